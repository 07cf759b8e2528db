"""What it costs to judge others' changes before they are taken in, beside taking them in.

`uv run python benchmarks/bench_gate.py [annotations …]`; milliseconds. One change by a reviewer or
by an owner: medians of 50. A join: all of the plan at once, from an owner.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Literal

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.sync.gate import Gate
from peerplan_jupyter.sync.gate_copy import GateCopy

OWNER = Actor(id=f"did:key:z6Mk{'Maker' * 8}", name="Olga", kind="human")
GUEST = Actor(id=f"did:key:z6Mk{'guest' * 8}", name="Rita", kind="human")
NOTE = {"op": "annotate", "type": "question", "content": "Why?", "target": {"type": "plan"}}


def plan(annotations: int) -> PlanDocument:
    """A plan with that many annotations by its owner."""
    document, _ = PlanDocument.create(CreatePlan(actor=OWNER, plan_id="bench", title="Bench"))
    for _ in range(annotations):
        key = new_id()
        fields = {"id": key, "author": OWNER.id, "type": "question", "content": "x" * 200}
        document.raw.write("annotations", key, {**fields, "timestamp": 1})
    document.doc.commit()
    return document


def timed(function: Callable[[bytes], Any], update: bytes) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    function(update)
    return (time.perf_counter() - start) * 1000


def changes(annotations: int, role: Literal["reviewer", "owner"], fork: bool) -> None:
    """Print the row of one change after the other."""
    document = plan(annotations)
    guest = PlanDocument.load([document.updates_since()])
    copy = GateCopy(lambda: document, fork=fork)
    gate = Gate(role, GUEST, copy)
    judged, taken = [], []
    for _ in range(51):
        update = guest.apply(parse_operation(NOTE, GUEST)).update
        judged.append(timed(gate.check, update))
        taken.append(timed(document.import_updates, update))
    copy.close()
    first, *rest = judged
    row = (first, statistics.median(rest), max(rest), statistics.median(taken))
    name = role if fork else f"{role}, no fork"
    print(f"{annotations:>7} {name:<18}" + "".join(f"{one:>10.2f}" for one in row))


def join(annotations: int) -> None:
    """Print the row of a plan that comes at once."""
    update = plan(annotations).updates_since()
    judged, taken = [], []
    for _ in range(3):
        document = PlanDocument()
        copy = GateCopy(lambda document=document: document)
        copy.start()
        judged.append(timed(Gate("owner", OWNER, copy).check, update))
        taken.append(timed(document.import_updates, update))
        copy.close()
    row = ("", statistics.median(judged), max(judged), statistics.median(taken))
    shown = (f"{one:>10.2f}" if one != "" else " " * 10 for one in row)
    print(f"{annotations:>7} {'a join':<18}" + "".join(shown))


if __name__ == "__main__":
    print(f"{'plan':>7} {'':<18}{'first':>10}{'judge':>10}{'most':>10}{'take in':>10}")
    for count in map(int, sys.argv[1:] or ["100", "10000"]):
        changes(count, "reviewer", fork=True)
        changes(count, "reviewer", fork=False)
        changes(count, "owner", fork=True)
        join(count)
