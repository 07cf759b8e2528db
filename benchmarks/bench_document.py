"""Documents: loading and changing a plan with 10,000 annotations, beside bare Loro.

uv run python benchmarks/bench_document.py
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import loro
from rich.console import Console
from rich.table import Table

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.schema import Actor

ACTOR = Actor(id="did:key:z6MkBenchBenchBenchBenchBench", name="Bench", kind="human")
CONTENT = "\n\n".join(f"Paragraph {i} says something about sessions." for i in range(2000))


def annotate(document: PlanDocument, number: int, texts: int = 2) -> None:
    quote = {"exact": f"Paragraph {number % 2000} says"}
    target = {"type": "text", "quote": quote} if number % texts == texts - 1 else {"type": "plan"}
    wire = {"op": "annotate", "type": "concern", "content": f"Comment {number}, as people write."}
    document.apply(parse_operation({**wire, "target": target}, ACTOR))


def plan_of(annotations: int, texts: int = 2) -> PlanDocument:
    """A plan in which every second annotation, or every one of `texts`, is about words."""
    made, _ = PlanDocument.create(
        CreatePlan(actor=ACTOR, plan_id="bench", title="Bench", content=CONTENT)
    )
    for number in range(annotations):
        annotate(made, number, texts)
    return made


def median(run: Callable[[], Any], rounds: int) -> float:
    """Milliseconds."""
    took = []
    for _ in range(rounds):
        gc.collect()
        started = time.perf_counter()
        run()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def bare_import(blob: bytes) -> None:
    loro.LoroDoc().import_(blob)


def keystroke(document: PlanDocument) -> Callable[[], None]:
    numbers = iter(range(10**9))
    return lambda: annotate(document, next(numbers))


def replace(document: PlanDocument, content: str) -> None:
    wire = {"op": "edit_content", "base": document.content, "content": content}
    document.apply(parse_operation(wire, ACTOR))


def edit(document: PlanDocument) -> Callable[[], None]:
    """Puts a sentence into the middle of the text and takes it out again, by turns."""
    said, place = "This was said later. ", "Paragraph 1000 says"

    def run() -> None:
        now = document.content
        replace(
            document, now.replace(said, "") if said in now else now.replace(place, said + place)
        )

    return run


def edits(annotations: int) -> list[float]:
    """In a plan all of whose annotations are about words: an edit, one that takes nearly half of
    the words away, one after that, and reading all annotations anew then.
    """
    document = plan_of(annotations, texts=1)
    document.annotations()
    before = median(edit(document), 20)
    rest = document.content.partition("Paragraph 1100 says")[0]
    cut = median(lambda: replace(document, rest), 1)
    after = median(edit(document), 20)
    blob = document.updates_since()
    fresh = PlanDocument.load([blob])
    return [before, cut, after, median(fresh.annotations, 1)]


def main() -> None:
    small, large = plan_of(10), plan_of(10_000)
    blob = large.updates_since()
    bare = median(lambda: bare_import(blob), 9)
    load = median(lambda: PlanDocument.load([blob]), 9)
    few, many = median(keystroke(small), 200), median(keystroke(large), 200)
    view = median(lambda: PlanDocument.load([blob]).plan().to_wire(), 5) - load
    edit_few, cut_few, _, read_few = edits(10)
    edit_many, cut_many, gone_many, read_many = edits(10_000)
    table = Table("what", "ms", "reference", "ms", "ratio", "goal")
    rows = [
        ("load 10,000 annotations", load, "bare Loro import", bare, "≤ 1.5"),
        ("one more annotation of 10,000", many, "one more of 10", few, "≤ 2 ms"),
        ("edit with 10,000 about words", edit_many, "edit with 10", edit_few, ""),
        ("… that takes 45% of them away", cut_many, "the same with 10", cut_few, ""),
        ("… 45% of which are gone", gone_many, "edit with 10", edit_few, ""),
        ("reading them all anew then", read_many, "the same with 10", read_few, ""),
        ("whole view of 10,000", view, "bare Loro import", bare, ""),
    ]
    for what, ms, reference, other, goal in rows:
        table.add_row(what, f"{ms:.2f}", reference, f"{other:.2f}", f"{ms / other:.2f}", goal)
    Console(width=110).print(table, f"document: {len(blob) / 1e6:.1f} MB of updates")


if __name__ == "__main__":
    main()
