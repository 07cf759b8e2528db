"""Keeping what is nowhere else before something is removed: refs that people can find it by."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from ...git.process import GitRunner
from .worktree import Worktree, commit_tree

FOLDER = "refs/orc/rescue"


@dataclass(frozen=True)
class Rescue:
    """A commit that was kept, and the ref that keeps it."""

    ref: str
    commit: str


def rescue_files(worktree: Worktree) -> Rescue | None:
    """Keep what is in a worktree and not committed; None where all is."""
    if not worktree.is_dirty():
        return None
    return keep(worktree.runner, worktree.path.name, worktree.snapshot())


def rescue_index(runner: GitRunner, name: str) -> Rescue | None:
    """Keep what was staged in a worktree whose files are gone; `runner` is the worktree's."""
    done = runner.run("write-tree", check=False)
    if done.status or done.text == runner.run("rev-parse", "HEAD^{tree}", check=False).text:
        return None
    return keep(runner, name, commit_tree(runner, done.text))


def keep(runner: GitRunner, name: str, commit: str) -> Rescue:
    """Keep `commit` under a ref of its own; the one that it has already where it is kept."""
    known = runner.run(
        "for-each-ref", f"--points-at={commit}", "--format=%(refname)", f"{FOLDER}/{name}/"
    ).text
    if known:
        return Rescue(known.split("\n")[0], commit)
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%f")
    ref = f"{FOLDER}/{name}/{moment}"
    runner.run("update-ref", ref, commit, "")
    return Rescue(ref, commit)
