"""The tables of `README.md`: each requirement is there once, and each test named there exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
README = Path(__file__).with_name("README.md").read_text("utf-8")
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


@cache
def functions_of(path: str) -> frozenset[str]:
    """The names of the functions in a file, which is not imported for that."""
    tree = ast.parse((TESTS / path).read_text("utf-8"))
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(one.name for one in tree.body if isinstance(one, defined))


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading."""
    part = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def test_each_requirement_is_there_once_with_a_test():
    found = rows("Requirements")
    assert [row[0] for row in found] == [f"R{number}" for number in range(1, 70)]
    assert [row[0] for row in found if not NAMED.search(row[-1])] == ["R68"]
    assert len(rows("R68, row by row")) == 8


def test_every_row_names_a_test_or_says_why_there_is_none():
    for heading in (
        "R68, row by row",
        "Tests that go beyond the three of the specification",
        "Bad input: a clear error, and nothing lost",
    ):
        found = rows(heading)
        assert found
        assert [r for r in found if not NAMED.search(r[-1]) and "not tested: " not in r[-1]] == []


def test_every_test_that_is_named_exists():
    named = set(NAMED.findall(README))
    assert named
    assert README.count("::") == len(NAMED.findall(README))
    assert sorted(f"{path}::{name}" for path, name in named if name not in functions_of(path)) == []
