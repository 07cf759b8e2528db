"""The last number that was used with each prefix: one counter for all work trees of a clone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock

from ...errors import InvalidInputError, StorageError
from ..ignoring import unseen
from ..project import Project
from ..yamlfile import dump_yaml, read_yaml, write_atomically

LARGEST = 9_999_999
"""Numbers above it were not counted up to; nobody is made to go on from there."""
PATIENCE = 30.0
"""Seconds that one process waits for the others."""


@dataclass
class Ledger:
    """What the counter's file says."""

    numbers: dict[str, int] = field(default_factory=dict)
    """The last number by prefix."""
    stamps: dict[str, int] = field(default_factory=dict)
    """When what was surveyed last had changed; see `survey.stamps`."""
    view: list[int] = field(default_factory=list)
    """The time and the size of the readable view as it was written."""
    seen: list[str] = field(default_factory=list)
    """The commits whose tasks are counted; see `survey.numbers_in_use`."""

    def last(self, prefix: str) -> int:
        """The last number that was used with `prefix`, however that is spelled."""
        return max(
            (n for name, n in self.numbers.items() if name.upper() == prefix.upper()), default=0
        )

    def raise_to(self, prefix: str, number: int) -> None:
        """Have `number` used, and all below it."""
        if self.last(prefix) < number <= LARGEST:
            for name in [name for name in self.numbers if name.upper() == prefix.upper()]:
                del self.numbers[name]
            self.numbers[prefix] = number


class Sequences:
    """The counter in `<git common directory>/orc/sequences.json`. What it says can be read in
    `.orc/local/sequences.yaml`, and a number that is raised there counts.
    """

    def __init__(self, project: Project) -> None:
        self._file = project.state / "sequences.json"
        self._view = project.local / "sequences.yaml"

    @contextlib.contextmanager
    def changing(self) -> Iterator[Ledger]:
        """The ledger, for one process at a time; it is kept when the block ends without an error.

        Raises `StorageError` where it cannot be written, or others hold it for too long.
        """
        with self._alone():
            ledger = self._read()
            self._heed_view(ledger)
            shown = dict(ledger.numbers)
            yield ledger
            if ledger.numbers != shown or not ledger.view or _stamp(self._view) != ledger.view:
                self._write_view(ledger)
            write_atomically(self._file, json.dumps(ledger.__dict__))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self._file.with_suffix(".lock"), PATIENCE, poll_interval=0.002)
            lock.acquire()
        except filelock.Timeout:
            raise StorageError(
                f"Another process has held {self._file} for {PATIENCE:g} s.", hint="Try again."
            ) from None
        except OSError as error:
            raise StorageError(f"{self._file} cannot be used: {error.strerror or error}.") from None
        try:
            yield
        finally:
            lock.release()

    def _read(self) -> Ledger:
        """What is there; what a failing disk left is made anew from what was surveyed."""
        try:
            return _ledger(json.loads(self._file.read_bytes()))
        except (OSError, ValueError, TypeError, AttributeError):
            return Ledger()

    def _heed_view(self, ledger: Ledger) -> None:
        if (stamp := _stamp(self._view)) == ledger.view or not stamp:
            return
        with contextlib.suppress(InvalidInputError, StorageError, FileNotFoundError):
            prefixes = read_yaml(self._view).get("prefixes") or {}
            for prefix, number in prefixes.items() if isinstance(prefixes, dict) else ():
                if isinstance(number, str) and number.isdecimal() and len(number) < 10:
                    ledger.raise_to(prefix, int(number))

    def _write_view(self, ledger: Ledger) -> None:
        """A view that cannot be written keeps nobody from an id."""
        with contextlib.suppress(StorageError):
            unseen(self._view.parent)
            write_atomically(
                self._view, dump_yaml({"prefixes": dict(sorted(ledger.numbers.items()))})
            )
            ledger.view = _stamp(self._view)


def _ledger(facts: dict[str, Any]) -> Ledger:
    numbers = {str(name): int(number) for name, number in facts["numbers"].items()}
    stamps = {str(name): int(stamp) for name, stamp in facts["stamps"].items()}
    seen = [str(commit) for commit in facts.get("seen", [])]
    return Ledger(numbers, stamps, [int(part) for part in facts["view"]], seen)


def _stamp(path: Path) -> list[int]:
    try:
        facts = path.stat()
    except OSError:
        return []
    return [facts.st_mtime_ns, facts.st_size]
