"""What the specification shows in so many words."""

from __future__ import annotations

import hashlib
import re
import socket

import pytest

from peerplan_jupyter.coordination.config.schema import Mode
from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.resources.chain import Chain, Kind
from peerplan_jupyter.coordination.resources.source import Source
from peerplan_jupyter.coordination.team.founding import found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("initials", "TASK-AM-001"),
        ("username", "TASK-alice-001"),
        ("email_hash", f"TASK-{hashlib.sha256(b'alice@example.org').hexdigest()[:4]}-001"),
        ("machine", r"TASK-laptop[0-9a-f]{2}-001"),
    ],
)
def test_ids_are_as_the_table_of_prefix_sources_shows(
    make_project, opened, monkeypatch, source, expected
):
    monkeypatch.setenv("LOGNAME", "alice")
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop")
    root = make_project(shared__config=f"task_id: {{mode: p2p, prefix_source: {source}}}")
    person = opened(root, ORC_INITIALS="AM", ORC_EMAIL="Alice@example.org").person
    assert re.fullmatch(expected, str(TaskId(person.prefix, 1)))


def test_there_are_three_modes_and_four_sources():
    assert list(Mode) == ["solo", "p2p", "team"]
    assert list(Source) == ["PersonalGlobal", "PersonalProject", "TeamShared", "Builtin"]


def test_the_named_prompts_templates_and_skills_are_builtin(make_project, opened):
    workspace = opened(make_project())
    named = {
        Kind.PROMPT: {"implement", "test", "review"},
        Kind.TEMPLATE: {"feature", "bugfix", "spike"},
        Kind.SKILL: {"company-style", "code-review"},
    }
    for kind, names in named.items():
        chain = Chain.of(kind, workspace.project, workspace.home)
        assert {name for name in names if chain.find(name).content.strip()} == names


def test_no_file_is_merged_line_by_line(make_project, git):
    """`merge=union` makes one person of two."""
    root = make_project()
    found(Project.find(root))
    shared = ("config.yaml", "team.yaml", "members/AM.yaml")
    asked = git(root, "check-attr", "merge", *(f".orc/shared/{name}" for name in shared))
    assert [line.split(": ")[-1] for line in asked.splitlines()] == ["orc-yaml"] * 3
