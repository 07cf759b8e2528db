"""Agents that publish one plan at the same time, each a process with a home and a clone."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.operations import CreatePlan
from peerplan_jupyter.review.publishing import plan_json
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from ..support.nursery import Child, nursery
from .conftest import git

PLAN, FOLDER, ROUNDS = "sessions", "plan-artifacts:pr-7/plan-sessions", 8
MEET = """#!/bin/sh
# The first push waits for the second, half a minute at most: both were made on the same tip.
if mkdir {place}/first 2>/dev/null; then
  for _ in $(seq 1500); do [ -d {place}/second ] && exit 0; sleep 0.02; done
else
  mkdir {place}/second 2>/dev/null
fi
exit 0
"""


def start(tmp_path: Path, name: str) -> Child:
    home, clone = tmp_path / f"home-{name}", tmp_path / f"clone-{name}"
    git(tmp_path, "clone", "-q", str(tmp_path / "remote.git"), str(clone))
    born = nursery(f"{__package__}.publishing_agent", "git")
    asked = (str(home), str(clone), PLAN, name, str(ROUNDS))
    return born.start(*asked, environment={**os.environ, "PEERPLAN_HOME": str(home)})


def publish_first(workspace: Workspace, repository: Path) -> None:
    agent = workspace.actor("agent", "builder")
    made = CreatePlan(actor=agent, plan_id=PLAN, title="Sessions", pr=7, content="# Why\n")
    workspace.run(workspace.create(made, repository))
    workspace.run(workspace.publisher.publish(PLAN))


def content(remote: Path, file: str) -> bytes:
    command = ["git", "-C", str(remote), "cat-file", "blob", f"{FOLDER}/{file}"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def race(tmp_path: Path, names: tuple[str, ...]) -> int:
    """Let agents publish at once; how often one of them had to begin anew."""
    agents = [start(tmp_path, name) for name in names]
    try:
        for one in agents:
            assert one.stdout.readline() == "ready\n"
        hook = tmp_path / "remote.git" / "hooks" / "pre-receive"
        hook.write_text(MEET.format(place=tmp_path))
        hook.chmod(0o755)
        for one in agents:
            one.stdin.write("go\n")
            one.stdin.flush()
        return sum(retries(one) for one in agents)
    finally:
        for one in agents:
            one.kill()
            with one:
                pass


def retries(agent: Child) -> int:
    assert agent.wait(120) == 0
    return int(agent.stdout.read())


@pytest.fixture
def remote(workspace, repository, tmp_path) -> Path:
    """The bare remote, where the plan was published."""
    publish_first(workspace, repository)
    return tmp_path / "remote.git"


def test_two_agents_that_publish_a_plan_at_once_lose_nothing(remote, tmp_path):
    names = ("ada", "ben")
    assert race(tmp_path, names) > 0

    published = content(remote, "plan.json")
    plan = json.loads(published)["plan"]
    expected = {(name, number) for name in names for number in range(ROUNDS)}
    said = sorted(one["content"] for one in plan["annotations"])
    assert said == sorted(f"{name} says {number}" for name, number in expected)
    proofs = {one["caption"]: one for one in plan["artifacts"]}
    assert len(plan["artifacts"]) == len(expected) == len({one["file"] for one in proofs.values()})
    for name, number in expected:
        proof = proofs[f"{name} proves {number}"]
        lying = content(remote, proof["file"])
        assert lying == f"{name} {number}\n".encode() * (number + 1)
        assert proof["hash"] == f"sha256:{hashlib.sha256(lying).hexdigest()}"
    document = PlanDocument.load([content(remote, "plan.loro")])
    assert plan_json(document.plan()) == published


def test_what_loses_its_name_by_a_merge_lies_there_under_its_new_one(remote, tmp_path):
    homes = [Home.under(tmp_path / f"home-{name}") for name in ("ada", "ben")]
    with Workspace(homes[0]) as ada, Workspace(homes[1]) as ben:
        for name, one in (("ada", ada), ("ben", ben)):
            clone = tmp_path / f"clone-{name}"
            git(tmp_path, "clone", "-q", str(remote), str(clone))
            one.run(one.open(f"{clone}#{PLAN}"))
        for name, one in (("ada", ada), ("ben", ben)):
            actor = one.actor("agent", name, name)
            one.run(one.attach(PLAN, actor, f"by {name}\n".encode(), name="run.log"))
        for one in (ben, ada):
            one.run(one.publisher.publish(PLAN))
    plan = json.loads(content(remote, "plan.json"))["plan"]
    assert {content(remote, one["file"]) for one in plan["artifacts"]} == {b"by ada\n", b"by ben\n"}
    for one in plan["artifacts"]:
        found = hashlib.sha256(content(remote, one["file"])).hexdigest()
        assert one["hash"] == f"sha256:{found}"
