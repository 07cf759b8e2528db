"""An agent as a process with a home and a clone: it attaches, annotates and publishes, in rounds.

Its arguments are `HOME CLONE PLAN NAME ROUNDS`. It says that it is ready, begins with the first
line of its standard input, and prints how often others were faster.
"""

from __future__ import annotations

import sys
from pathlib import Path

from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home


def work(workspace: Workspace, plan: str, name: str, number: int) -> int:
    """One round; how often others were faster at its end."""
    actor = workspace.actor("agent", name, name)
    proof = f"{name} {number}\n".encode() * (number + 1)
    caption = f"{name} proves {number}"
    workspace.run(workspace.attach(plan, actor, proof, name=f"run-{number}.log", caption=caption))
    said = {"op": "annotate", "type": "suggestion", "content": f"{name} says {number}"}
    said["target"] = {"type": "plan"}
    workspace.run(workspace.submit(plan, parse_operation(said, actor)))
    return workspace.run(workspace.publisher.publish(plan)).retries


def main() -> None:
    home, clone = map(Path, sys.argv[1:3])
    plan, name, rounds = sys.argv[3], sys.argv[4], int(sys.argv[5])
    with Workspace(Home.under(home)) as workspace:
        workspace.run(workspace.open(f"{clone}#{plan}"))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        retries = sum(work(workspace, plan, name, number) for number in range(rounds))
    sys.stdout.write(f"{retries}\n")
