"""Processes that publish, together or until they are killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ..support.nursery import nursery
from .test_publisher import DRAFT, files, state_of


def writing(work, name, rounds):
    """A process that publishes so often."""
    return nursery(f"{__package__}.writer").start(str(work), name, str(rounds))


def ended(writer):
    """How often it had to begin again."""
    with writer:
        retries = int(writer.stdout.read())
        assert writer.wait(60) == 0
    return retries


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(0.01)


def test_a_publication_that_is_killed_while_it_pushes_leaves_no_ref(make_remote, make_clone, git):
    remote = make_remote()
    hook, asked, free = remote / "hooks" / "pre-receive", remote / "asked", remote / "free"
    hook.write_text(f"#!/bin/sh\ntouch {asked}\nwhile [ ! -e {free} ]; do sleep 0.01; done\n")
    hook.chmod(0o755)
    work = make_clone(remote)
    writer = writing(work, "a", 1)
    until(asked.exists)
    assert git(work, "for-each-ref", "--format=%(refname)").startswith("refs/heads/main\nrefs/peer")
    with writer:
        writer.kill()
    until(lambda: git(work, "for-each-ref", "--format=%(refname)") == "refs/heads/main")
    free.touch()
    until(lambda: git(remote, "for-each-ref") != "")
    with writing(work, "b", 1) as writer:
        assert writer.wait(60) == 0
    assert git(remote, "show", f"plan-artifacts:{DRAFT}/plan.loro") == "a-0 b-0"


@pytest.mark.parametrize("turns", ["one machine", "many machines"])
def test_four_processes_that_publish_one_plan_at_once_lose_nothing(
    make_remote, make_clone, git, tmp_path, monkeypatch, turns
):
    remote = make_remote()
    writers = []
    for name in "abcd":
        work = make_clone(remote, name)
        if turns == "many machines":
            monkeypatch.setenv("PEERPLAN_HOME", str(tmp_path / f"home-{name}"))
        writers.append(writing(work, name, 8))
    retries = [ended(writer) for writer in writers]

    expected = {f"{name}-{number}" for name in "abcd" for number in range(8)}
    assert set(git(remote, "show", f"plan-artifacts:{DRAFT}/plan.loro").split()) == expected
    artifacts = {Path(file).stem for file in files(git, remote) if file.endswith(".txt")}
    assert artifacts == expected
    assert git(remote, "rev-list", "--count", "plan-artifacts") == "32"
    assert turns == "many machines" or sum(retries) == 0


def test_processes_that_share_a_clone_lose_nothing(make_clone, make_remote, git):
    remote = make_remote()
    work = make_clone(remote)
    before = state_of(work, git)
    for writer in [writing(work, name, 5) for name in "ab"]:
        ended(writer)
    assert len(git(remote, "show", f"plan-artifacts:{DRAFT}/plan.loro").split()) == 10
    assert git(work, "rev-parse", "plan-artifacts") == git(remote, "rev-parse", "plan-artifacts")
    assert git(work, "for-each-ref", "refs/peerplan/tmp") == ""
    assert state_of(work, git) == before


def test_processes_that_publish_without_a_remote_lose_nothing(make_clone, git):
    work = make_clone()
    for writer in [writing(work, name, 5) for name in "ab"]:
        ended(writer)
    assert len(git(work, "show", f"plan-artifacts:{DRAFT}/plan.loro").split()) == 10
