"""What a process of its own does; it says the ids that it made."""

from __future__ import annotations

import sys
from pathlib import Path

from peerplan_jupyter.coordination.ids.generator import TaskIdGenerator
from peerplan_jupyter.coordination.project import Project


def main() -> None:
    generator = TaskIdGenerator("p2p", "AM", Project.find(Path.cwd()))
    for _ in range(int(sys.argv[1])):
        sys.stdout.write(f"{generator.next()}\n")
