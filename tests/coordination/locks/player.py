"""A process that takes and gives back a guard or a lease as it is told, line by line.

Its arguments are `guard FOLDER TASK TAG`, `lease FOLDER OWNER TTL` or `git CLONE TASK TAG`; it
reads `try`, `try AT` (a monotonic time), `release`, and answers each with a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peerplan_jupyter.coordination.locks.file_lock import FileLock
from peerplan_jupyter.coordination.locks.git_lease import Answer, GitLease
from peerplan_jupyter.coordination.locks.guard import RunGuard
from peerplan_jupyter.coordination.locks.remote_lease import Holder, clone_id
from peerplan_jupyter.errors import AlreadyRunningError
from peerplan_jupyter.git.remote import find_remote
from peerplan_jupyter.git.repository import Repository

Player = tuple[Callable[[], dict[str, Any]], Callable[[], object]]


def guard(folder: str, task: str, tag: str) -> Player:
    mine = RunGuard(Path(folder), task, tag)

    def attempt() -> dict[str, Any]:
        try:
            left = mine.acquire()
        except AlreadyRunningError as error:
            return {"won": False, "pid": error.data["pid"]}
        return {"won": True, "left": left.process.pid if left else None}

    return attempt, mine.release


def lease(folder: str, owner: str, ttl: str) -> Player:
    mine = FileLock(folder, owner, ttl=float(ttl))

    def attempt() -> dict[str, Any]:
        won = mine.try_acquire()
        return {"won": won, "left": mine.took_over.owner if mine.took_over else None}

    return attempt, mine.release


def git(clone: str, task: str, tag: str) -> Player:
    repository = Repository.open(clone)
    remote = find_remote(repository, "origin")
    assert remote
    holder = Holder(tag, tag, "machine", clone_id(repository, "machine"))
    mine = GitLease(repository, remote, task, holder, ttl=600)

    def attempt() -> dict[str, Any]:
        outcome = mine.acquire()
        return {"won": outcome.answer is Answer.ACQUIRED, "answer": outcome.answer.value}

    return attempt, mine.release


def main() -> None:
    kind, *args = sys.argv[1:]
    attempt, release = {"guard": guard, "lease": lease, "git": git}[kind](*args)
    say({})
    for line in sys.stdin:
        word, *at = line.split()
        while at and time.monotonic() < float(at[0]):
            pass
        said = attempt() if word == "try" else release() and None
        say(said or {})


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()
