"""A process that publishes: `WORK NAME ROUNDS`; it prints how often it had to begin again."""

from __future__ import annotations

import sys
from pathlib import Path

from peerplan_jupyter.git.repository import Repository, Signature
from peerplan_jupyter.store.branch import PlanFolder
from peerplan_jupyter.store.publisher import publish


def main() -> None:
    work, name, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with Repository.open(work) as repository:
        retries = sum(once(repository, f"{name}-{number}") for number in range(rounds))
    sys.stdout.write(f"{retries}\n")


def once(repository: Repository, said: str) -> int:
    def build(found: bytes | None) -> PlanFolder:
        lines = set((found or b"").decode().split()) | {said}
        return PlanFolder(b"{}", " ".join(sorted(lines)).encode(), {f"{said}.txt": b"x"})

    ada = Signature("A", "a@b")
    return publish(
        repository, folder="drafts/plan-auth", build=build, message="m", author=ada
    ).retries
