"""Each folder of the package imports those below it, and never those above."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "peerplan_jupyter"
LAYERS = (
    "plan",
    "git",
    "store",
    "sync",
    "evidence",
    "review",
    "coordination",
    "agent",
    "jupyter",
    "cli",
)


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """What a module imports from the package, as path parts below it; lazy imports too."""
    here = path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1]
            module = tuple(node.module.split(".")) if node.module else ()
            yield from [(*base, *module)] if module else [(*base, one.name) for one in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE.name):
            yield tuple(str(node.module).split(".")[1:])
        elif isinstance(node, ast.Import):
            named = [one.name.split(".") for one in node.names]
            yield from (tuple(parts[1:]) for parts in named if parts[0] == PACKAGE.name)


def modules(layer: str) -> list[Path]:
    return sorted((PACKAGE / layer).rglob("*.py"))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_from_below(layer):
    allowed = {*LAYERS[: LAYERS.index(layer) + 1], "errors"}
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {'.'.join(parts)}"
        for path in modules(layer)
        for parts in imports(path)
        if parts and parts[0] not in allowed
    ]
    assert wrong == []


def test_every_folder_of_the_package_is_a_layer():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders <= set(LAYERS)
    assert folders >= {"plan", "git", "store", "sync", "evidence", "review", "agent", "jupyter"}


def test_upward_and_sideways_imports_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.PACKAGE", tmp_path)
    module = tmp_path / "plan" / "deep" / "bad.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "from ...cli import main\nfrom .. import schema\nfrom .near import x\n"
        "def f():\n    from peerplan_jupyter.sync.peer import Peer\n"
    )
    found = set(imports(module))
    assert ("cli",) in found
    assert ("plan", "schema") in found
    assert ("plan", "deep", "near") in found


def test_the_errors_import_nothing_of_the_package():
    assert list(imports(PACKAGE / "errors.py")) == []
