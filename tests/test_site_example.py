"""The lines of `examples/site.md` make a site that shows the plan."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from peerplan_jupyter.store.site import building

EXAMPLE = Path(__file__).parents[1] / "examples" / "site.md"


@pytest.mark.skipif(not building.is_built(), reason="The static page was not built.")
def test_the_lines_of_the_example_make_a_site_with_the_plan(tmp_path):
    blocks = re.findall(r"```sh\n(.*?)```", EXAMPLE.read_text("utf-8"), re.DOTALL)
    script = "set -e\n" + "".join(blocks).replace("/tmp/", f"{tmp_path}/")
    command = f'peerplan() {{ "{sys.executable}" -m peerplan_jupyter.cli "$@"; }}\n'
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    own = {
        "HOME": str(tmp_path / "user"), "PEERPLAN_HOME": str(tmp_path / "home"),
        "GIT_CONFIG_GLOBAL": str(settings), "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    done = subprocess.run(
        ["sh", "-c", command + script], cwd=tmp_path, env=os.environ | own, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    site = tmp_path / "site"
    plan = json.loads((site / "plans/pr-12/plan-sessions/plan.json").read_text("utf-8"))["plan"]
    assert plan["status"] == "pending_review"
    evidence = site / "plans/pr-12/plan-sessions/copy.log.data"
    assert "none was lost" in evidence.read_text("utf-8")
    assert "Keep sessions in Redis" in (site / "index.html").read_text("utf-8")
