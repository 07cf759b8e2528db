"""Where in git something is said of tasks: one process lists all refs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ...git.process import GitRunner
from ..naming import PREFIX_PATTERN
from ..state.layout import state_folder

USUAL = ("main", "master")


class Branch(NamedTuple):
    """A branch that somebody works on a task on."""

    ref: str
    commit: str
    task: str
    """The task's id as the branch's name has it."""

    @property
    def key(self) -> str:
        """What is equal where the task's folder is."""
        return f"{self.commit}:{self.task}"


@dataclass(frozen=True)
class Refs:
    """What there is to read."""

    default: tuple[str, str] | None
    """The ref and the commit of the default branch, as the remote has it if there is one."""
    states: Sequence[tuple[str, str]]
    branches: Sequence[Branch]
    skipped: tuple[str, ...]
    said: str
    """All that git was asked, and its answer."""


def list_refs(runner: GitRunner, remote: str | None, branch_prefix: str, default: str = "") -> Refs:
    """All refs that say something of tasks; without a `remote`, those of this clone only.

    `default` is the name of the default branch where it is known to be an unusual one.
    """
    patterns = _patterns(remote, branch_prefix, default)
    said = runner.run("for-each-ref", "--format=%(objectname) %(refname)", *patterns)
    text = said.stdout.decode("utf-8", "backslashreplace")
    work, states, other = _sorted_out(text, branch_prefix)
    found = [Branch(ref, commit, task) for commit, ref, task in work if task]
    skipped = tuple(ref for _, ref, task in work if not task)
    return Refs(_default(other, remote, default), states, found, skipped, f"{patterns} {text}")


def _patterns(remote: str | None, prefix: str, default: str) -> list[str]:
    folders = (prefix, state_folder(prefix))
    names = [name for name in (default, *USUAL) if name]
    places = ["refs/heads"]
    if remote:
        places += [f"refs/remotes/{remote}", f"refs/peerplan/remotes/{remote}"]
    heads = ["HEAD"] if remote else []
    return [f"{place}/{name}" for place in places for name in (*folders, *names, *heads)]


def _sorted_out(
    text: str, prefix: str
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]], dict[str, str]]:
    work: list[tuple[str, str, str]] = _work(prefix).findall(text)
    states: list[tuple[str, str]] = []
    other: dict[str, str] = {}
    state = f"/{state_folder(prefix)}/"
    for line in text.split("\n") if len(work) < text.count("\n") else ():
        commit, _, ref = line.partition(" ")
        if state in ref:
            states.append((ref, commit))
        elif ref and f"/{prefix}/" not in ref:
            other[ref] = commit
    return work, states, other


@lru_cache(maxsize=4)
def _work(prefix: str) -> re.Pattern[str]:
    """A line on a branch below `prefix`: its commit, its ref, and the task's id if it names one."""
    task = rf"(TASK(?:-{PREFIX_PATTERN})?-[0-9]{{3,9}})(?:-[a-z][a-z0-9]{{0,13}}(?:-[2-9])?)?"
    place = rf"refs/(?:heads|remotes/[^/\n]+|peerplan/remotes/[^/\n]+)/{re.escape(prefix)}"
    return re.compile(rf"^(\w+) ({place}/(?:{task}|[^\n]*))$", re.MULTILINE)


def _default(refs: Mapping[str, str], remote: str | None, default: str) -> tuple[str, str] | None:
    names = [name for name in (default, *USUAL) if name]
    places = ("refs/remotes", "refs/peerplan/remotes") if remote else ()
    known = [f"{place}/{remote}/{name}" for place in places for name in ("HEAD", *names)]
    candidates = [*known, *(f"refs/heads/{name}" for name in names)]
    return next(((ref, refs[ref]) for ref in candidates if ref in refs), None)


def short(ref: str) -> str:
    """A ref as people call it."""
    for begin in ("refs/heads/", "refs/remotes/", "refs/peerplan/remotes/", "refs/"):
        if ref.startswith(begin):
            return ref[len(begin) :]
    return ref
