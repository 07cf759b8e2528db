"""What a process of its own does; it says how often it had to push again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from peerplan_jupyter.coordination.state.writer import StateWriter
from peerplan_jupyter.coordination.workspace import OrcWorkspace

CHANGES = 50 if os.environ.get("PEERPLAN_SLOW") else 10
"""That each of several writers makes at once."""


def change_often(root: str, initials: str, home: str) -> int:
    names = {"ORC_HOME": home, "ORC_INITIALS": initials, "ORC_MODE": "p2p"}
    workspace = OrcWorkspace.open(Path(root), names)
    writer = StateWriter(workspace.project, workspace.person)
    retries = 0
    for number in range(CHANGES):
        writer.record(
            f"TASK-{initials}-{number + 1:03d}", "planned", changes={"title": str(number)}
        )
        published = writer.publish()
        assert published.pushed, published
        retries += published.retries
    return retries


def main() -> None:
    sys.stdout.write(str(change_often(*sys.argv[1:])))
