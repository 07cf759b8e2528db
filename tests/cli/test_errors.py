from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peerplan_jupyter.cli.exits import exit_codes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("args", "code", "name"),
    [
        (["show", "nowhere"], 3, "not_found"),
        (["show"], 2, "invalid_input"),
        (["sing"], 2, "invalid_input"),
        (["new", "T", "--id", "Not An Id"], 2, "invalid_input"),
        (["new", "T", "--pr", "many"], 2, "invalid_input"),
        (["new", "T", "--pr", "0"], 2, "invalid_input"),
        (["new", "T", "--content", "nowhere.md"], 3, "not_found"),
        (["new", "T", "--content", "."], 2, "invalid_input"),
        (["new", "T", "--content", "latin.md"], 2, "invalid_input"),
        (["new", "T", "--content", "huge.md"], 6, "too_large"),
        (["new", "T", "--repo", "/"], 3, "not_found"),
        (["attach", "sessions", "nowhere.png"], 3, "not_found"),
        (["attach", "sessions", "folder"], 2, "invalid_input"),
        (["attach", "sessions", "empty.log"], 2, "invalid_input"),
        (["attach", "sessions", "README.md", "--type", "poem"], 2, "invalid_input"),
        (["attach", "sessions", "."], 2, "invalid_input"),
        (["attach", "sessions", "README.md", "--step", "step-9"], 3, "not_found"),
        (["attach", "sessions", "README.md", "--step", "Move the sessions"], 3, "not_found"),
        (["attach", "sessions", "README.md", "--caption", "x" * 9_000], 2, "invalid_input"),
        (["wait", "sessions", "--cursor", "yesterday"], 2, "invalid_input"),
        (["wait", "sessions", "--timeout", "-1"], 2, "invalid_input"),
        (["wait", "sessions", "--for", "godot"], 2, "invalid_input"),
        (["publish", "--repo", "."], 2, "invalid_input"),
        (["open", "https://elsewhere.example/x?plan=sessions"], 2, "invalid_input"),
        (["demo", "--keep", "."], 2, "invalid_input"),
    ],
)
def test_bad_input_is_said_with_its_code(peerplan, plan, repository, args, code, name):
    (repository / "latin.md").write_bytes("Grüße".encode("latin-1"))
    (repository / "huge.md").write_text("x" * 800_001)
    (repository / "empty.log").touch()
    (repository / "folder").mkdir()
    refused = peerplan(*args, "--json")
    assert (refused.code, refused.error["code"]) == (code, name)
    assert refused.error["message"]
    assert len(peerplan("list", "--json").json["plans"]) == 1


def test_an_error_is_a_sentence_without_json(peerplan, plan):
    refused = peerplan("show", "nowhere")
    assert refused.out == ""
    assert refused.err.startswith("peerplan: There is no plan 'nowhere' here.\n")
    assert "Traceback" not in refused.err


def test_evidence_that_was_taken_before_the_bad_file_is_named(peerplan, plan, repository):
    refused = peerplan("attach", plan, "README.md", "nowhere.png", "--json")
    assert refused.error["data"]["attached"] == ["README.md"]


def test_a_journal_that_cannot_be_made_is_a_storage_error(peerplan, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PEERPLAN_HOME", str(tmp_path / "file" / "home"))
    refused = peerplan("list", "--json")
    assert (refused.code, refused.error["code"]) == (12, "storage")


def test_help_and_readme_have_the_table_of_exit_codes(peerplan):
    shown = peerplan("--help")
    assert shown.code == 0
    readme = (ROOT / "README.md").read_text("utf-8")
    table = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", readme, re.MULTILINE))
    assert {int(code): meaning for code, meaning in table.items()} == exit_codes()
    for code, meaning in exit_codes().items():
        assert re.search(rf"^\s+{code}  {re.escape(meaning)}$", shown.out, re.MULTILINE)


def start(*args):
    return subprocess.Popen(
        [sys.executable, "-c", "from peerplan_jupyter.cli import main; main()", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_a_wait_without_a_trace(peerplan, plan):
    waiting = start("wait", plan, "--json")
    journal = Path(os.environ["PEERPLAN_HOME"]) / "journal.sqlite-wal"
    wait_until(journal.exists)
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=30)
    assert (waiting.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_traceback(plan):
    listing = start("list", "--json")
    listing.stdout.close()
    assert "Traceback" not in listing.stderr.read()
    listing.stderr.close()
    listing.wait(timeout=30)


def test_a_pipe_gets_no_escape_sequences(plan):
    done = start("list")
    out, _ = done.communicate(timeout=30)
    assert "Sessions" in out
    assert "\x1b" not in out


def test_json_is_one_object_on_one_line(peerplan, plan):
    for args in (["list"], ["show", plan], ["doctor"], ["publish", plan]):
        out = peerplan(*args, "--json").out
        assert out.count("\n") == 1
        assert isinstance(json.loads(out), dict)


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from peerplan_jupyter.cli.app import run\n"
        "run(['--help'])\n"
        "heavy = {'asyncio', 'pydantic', 'loro', 'git', 'rich', 'mcp', 'jupyter_server'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
