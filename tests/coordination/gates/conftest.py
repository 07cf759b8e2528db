from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from ..running.conftest import begin, orc, run, scene

__all__ = ["begin", "orc", "run", "scene"]


class Reviewer:
    """A person with a workspace of their own, who reviews from a clone of their own."""

    def __init__(self, home: Path, clone: Path, name: str) -> None:
        self.workspace = Workspace(Home.under(home), here=clone)
        self.clone = clone
        self.actor = self.workspace.actor("human", name)

    def open(self, plan: str) -> None:
        self.workspace.run(self.workspace.open(f"{self.clone}#{plan}"))

    def do(self, plan: str, **wire: Any) -> None:
        operation = parse_operation(wire, self.actor)
        self.workspace.run(self.workspace.submit(plan, operation))

    def review(self, plan: str, verdict: str, summary: str = "") -> None:
        now = self.workspace.peer.call(lambda plans: plans.get(plan).revision)
        self.do(
            plan,
            op="submit_review",
            revision=now.id,
            digest=now.digest,
            verdict=verdict,
            summary=summary,
        )

    def publish(self, plan: str) -> None:
        self.workspace.run(self.workspace.publisher.publish(plan))


@pytest.fixture
def reviewer(tmp_path: Path) -> Iterator[Callable[..., Reviewer]]:
    made: list[Reviewer] = []

    def make(clone: Path, name: str = "Ben", home: Path | None = None) -> Reviewer:
        one = Reviewer(home or tmp_path / f"home-of-{name}", clone, name)
        one.workspace.start()
        made.append(one)
        return one

    yield make
    for one in made:
        one.workspace.close()
