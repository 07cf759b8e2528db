"""What a process of its own does, which imports nothing but this."""

from __future__ import annotations

from pathlib import Path

from peerplan_jupyter.coordination.ids.generator import TaskIdGenerator
from peerplan_jupyter.coordination.project import Project


def mint_many(root: str, count: int) -> list[str]:
    generator = TaskIdGenerator("p2p", "AM", Project.find(Path(root)))
    return [generator.next() for _ in range(count)]
