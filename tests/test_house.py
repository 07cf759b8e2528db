"""What holds for the repository as a whole."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from .support.order import WAITING, WORKING

ROOT = Path(__file__).parents[1]
LONGEST = 400
SOURCE = {".py", ".ts", ".tsx", ".mjs"}
HOUSE = ("peerplan_jupyter", "js/src", "js/build")
FOREIGN = re.compile(
    r"\"resolved\":\s*\"http"  # a lock file that names where packages were fetched
    r"|https?://[^\s\"'`]+/simple/"
    r"|https?://[^\s\"'`]+\.(?:whl|tgz)\b"
    r"|(?<![\w.])/(?:root|home/\w+|Users/\w+|work|workspace)/"
)


def committed() -> list[Path]:
    """The files that git has; a source distribution has no git, and nothing to hold there."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not in a clone")
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def text(path: Path) -> str:
    data = path.read_bytes()
    return "" if b"\0" in data[:8000] else data.decode("utf-8", "replace")


def test_no_source_file_is_longer_than_a_room():
    rooms = [
        path for path in committed() if path.suffix in SOURCE and "generated" not in path.parts
    ]
    rooms = [path for path in rooms if any(path.is_relative_to(ROOT / part) for part in HOUSE)]
    lengths = {str(path.relative_to(ROOT)): len(text(path).splitlines()) for path in rooms}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_committed_file_names_a_registry_or_a_place_on_one_machine():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in committed()
        if path != Path(__file__)
        for match in [FOREIGN.search(text(path))]
        if match
    ]
    assert found == []


def test_built_things_are_not_committed():
    built = {"static", "labextension", "node_modules", "dist"}
    assert [path for path in committed() if built & set(path.relative_to(ROOT).parts)] == []


def test_there_is_one_version():
    package = json.loads((ROOT / "js" / "package.json").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    source = project["tool"]["hatch"]["version"]
    read = re.search(source["pattern"], (ROOT / source["path"]).read_text("utf-8"))
    assert read is not None
    assert read["version"] == package["version"]
    assert f"## {package['version']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_links_in_the_documents_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / name).read_text("utf-8")):
            assert (ROOT / target).exists(), f"{name} links to {target}"


def test_a_binder_opens_a_notebook_that_is_there():
    linked = re.findall(r"labpath=([^\s`)]+)", (ROOT / "README.md").read_text("utf-8"))
    default = re.findall(r"/lab/tree/([^\"]+)", (ROOT / "binder" / "postBuild").read_text("utf-8"))
    assert linked == default == ["examples/review.ipynb"]
    assert (ROOT / linked[0]).is_file()


def test_the_command_in_the_package_is_the_one_in_the_readme():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"]["peerplan"] == "peerplan_jupyter.cli:main"
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "uv run peerplan demo" in readme
    assert "uv run pytest" in readme


def test_the_files_of_tests_whose_length_is_known_are_there():
    assert [name for name in {**WAITING, **WORKING} if not (ROOT / "tests" / name).exists()] == []
