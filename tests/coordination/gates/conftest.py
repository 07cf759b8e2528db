from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from ..running.conftest import begin, run

__all__ = ["begin", "run"]


class Orc:
    """A running `orc run --json`, with the events that it tells."""

    def __init__(self, root: Path, *args: str, **environment: str) -> None:
        command = [sys.executable, "-m", "peerplan_jupyter.cli.orc", "run", "--json", *args]
        self.process = subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.events: list[dict[str, Any]] = []

    def until(self, kind: str, **facts: Any) -> dict[str, Any]:
        """The next event of a kind with these facts."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            self.events.append(event)
            if event["event"] == kind and facts.items() <= event.items():
                return event
        raise AssertionError(f"no {kind} {facts}: {self.events} {self.process.stderr.read()}")

    def end(self) -> int:
        """Let it come to its end; its exit code."""
        out, _ = self.process.communicate(timeout=60)
        self.events += [json.loads(line) for line in out.splitlines()]
        return self.process.returncode

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.end()


@pytest.fixture
def orc() -> Iterator[Callable[..., Orc]]:
    begun: list[Orc] = []

    def begin_one(root: Path, *args: str, **environment: str) -> Orc:
        begun.append(Orc(root, *args, **environment))
        return begun[-1]

    yield begin_one
    for one in begun:
        one.process.kill()
        one.process.communicate()


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
