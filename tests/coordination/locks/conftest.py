from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ...support.nursery import nursery
from ...support.repositories import git, make_clone, make_remote, opened, own_git_configuration

__all__ = ["git", "make_clone", "make_remote", "opened", "own_git_configuration"]


class Played:
    """A process that plays one side; see `player.py`."""

    def __init__(self, *args: object) -> None:
        self.process = nursery(f"{__package__}.player").start(*map(str, args))
        self.pid = self.process.pid

    def tell(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(self.process.stdout.readline())
        return heard

    def ask(self, line: str) -> dict[str, Any]:
        self.tell(line)
        return self.hear()

    def kill(self) -> None:
        with self.process:
            self.process.kill()


@pytest.fixture
def play() -> Iterator[Callable[..., Played]]:
    """Start a process that plays one side, and wait until it is ready, unless told not to."""
    with contextlib.ExitStack() as stack:

        def start(*args: object, wait: bool = True) -> Played:
            one = Played(*args)
            stack.callback(one.kill)
            if wait:
                assert one.hear() == {}
            return one

        yield start


@pytest.fixture
def race(play) -> Callable[..., Callable[[], list[dict[str, Any]]]]:
    """Start several players; each call of what is returned lets all of them try at one moment."""

    def start(*sides: tuple[object, ...]) -> Callable[[], list[dict[str, Any]]]:
        players = [play(*side, wait=False) for side in sides]
        for one in players:
            assert one.hear() == {}

        def once() -> list[dict[str, Any]]:
            at = time.monotonic() + 0.01
            for one in players:
                one.tell(f"try {at}")
            said = [one.hear() for one in players]
            for one in players:
                one.tell("release")
            for one in players:
                one.hear()
            return said

        return once

    return start


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something holds, 30 seconds at most."""

    def wait(holds: Callable[[], object]) -> None:
        until = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < until, "it did not come about within 30 s"
            time.sleep(0.01)

    return wait
