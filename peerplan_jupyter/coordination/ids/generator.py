"""The next id for a task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import InvalidInputError
from ...git.repository import Place
from ..naming import PREFIX_PATTERN, TaskId
from ..project import Project
from .reservation import TIMEOUT, Reservations
from .sequences import LARGEST, Ledger, Sequences
from .survey import numbers_in_use, stamps, task_folders

MODES = ("solo", "p2p", "team")
TRIES = 25
"""How many ids are asked for at the remote before one is used without."""


@dataclass(frozen=True)
class Minted:
    """An id that nobody here has, with whether nobody else can get it, or why that is not sure."""

    id: TaskId
    reserved: bool
    note: str = ""


class TaskIdGenerator:
    """Makes ids with one prefix, `TASK-AM-001` and on; in solo mode without, `TASK-001`.

    Their numbers are above all that this clone has seen: counted, in any of its work trees, in its
    refs and what they hold; in `own_ref` there are only ids that were made here. With a remote that
    answers, each is reserved there. Without a project, numbers begin at 1 and are not kept.
    """

    def __init__(
        self,
        mode: str,
        prefix: str,
        project: Project | None = None,
        *,
        remote: str | None = "origin",
        timeout: float = TIMEOUT,
        place: Place | None = None,
        own_ref: str = "",
    ) -> None:
        if mode not in MODES:
            raise InvalidInputError(f"unknown mode: {mode}", hint=f"There are {', '.join(MODES)}.")
        self._prefix = "" if mode == "solo" else _checked(prefix)
        self._project = project
        self._sequences = Sequences(project) if project else None
        self._memory = Ledger()
        self._remote = None if mode == "solo" else remote
        self._timeout = timeout
        self._place = place
        self._own_ref = own_ref
        self._reservations: Reservations | None = None

    def next(self) -> str:
        """The next id. `StorageError` when the counter cannot be written, `InvalidInputError` when
        there is no number left.
        """
        return str(self.take().id)

    def take(self) -> Minted:
        """The next id, with whether it is reserved; raises as `next`."""
        task = self._counted()
        if self._project is None or self._remote is None:
            return Minted(task, reserved=False)
        reservations = self._reserving(self._project)
        for _ in range(TRIES):
            reserved = reservations.reserve(task)
            if reserved is not False:
                return Minted(task, bool(reserved), reservations.note)
            task = self._counted(reservations.highest(self._prefix))
        return Minted(task, reserved=False, note=f"Others reserved {TRIES} ids meanwhile.")

    def saw(self, commit: str, parents: Sequence[str]) -> None:
        """Know that a commit has no ids but ours and those of its parents, so that nobody has to
        look; raises as `next`.
        """
        if self._sequences is not None:
            with self._sequences.changing() as ledger:
                if set(parents) <= set(ledger.seen):
                    kept = [one for one in ledger.seen if one not in parents]
                    ledger.seen = [*kept, commit]

    def _reserving(self, project: Project) -> Reservations:
        if self._reservations is None:
            place = self._place or Place(project.runner)
            self._reservations = Reservations(place, self._remote, self._timeout)
        return self._reservations

    def _counted(self, above: int = 0) -> TaskId:
        """The first free number above all that is known here, and above `above`."""
        if self._project is None or self._sequences is None:
            return self._advanced(self._memory, above)
        with self._sequences.changing() as ledger:
            self._survey(self._project, ledger)
            task = self._advanced(ledger, above)
            folders = task_folders(self._project)
            while any((folder / str(task)).exists() for folder in folders):
                task = self._advanced(ledger, above)
            return task

    def _advanced(self, ledger: Ledger, above: int) -> TaskId:
        number = max(ledger.last(self._prefix), min(above, LARGEST)) + 1
        if number > LARGEST:
            raise InvalidInputError(
                f"All numbers up to {LARGEST:,} are used with the prefix {self._prefix!r}.",
                hint="Use another prefix, or lower the number in .orc/local/sequences.yaml.",
            )
        ledger.raise_to(self._prefix, number)
        return TaskId(self._prefix, number)

    def _survey(self, project: Project, ledger: Ledger) -> None:
        """Look at what others brought here, when any ref or work tree has changed."""
        now = stamps(project, self._own_ref)
        if now == ledger.stamps and -1 not in now.values():
            return
        numbers, ledger.seen = numbers_in_use(project, ledger.seen)
        for prefix, number in numbers.items():
            ledger.raise_to(self._spelled(prefix), number)
        ledger.stamps = now

    def _spelled(self, prefix: str) -> str:
        return self._prefix if prefix.upper() == self._prefix.upper() else prefix.upper()


def _checked(prefix: str) -> str:
    if re.fullmatch(PREFIX_PATTERN, prefix) is None:
        raise InvalidInputError(
            f"{prefix[:40]!r} cannot be the prefix of ids.",
            hint="A prefix is 2 to 12 letters and digits; `orc team join` sets yours.",
        )
    return prefix
