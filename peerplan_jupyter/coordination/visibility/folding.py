"""Reading what is new of tasks, and making rows of it; this is where YAML and pydantic come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from ..project import Project
from ..state.folder import TaskFolder, read_folder
from ..state.folding import Folded, Place, Rank, fold_places, superseded
from ..tasks.execution import ExecutionStatus
from . import checkout
from .cache import Cache
from .folders import Folder, FolderReader
from .row import NOTHING, UNREADABLE, Row, plain

if TYPE_CHECKING:
    from .tasks import Source

_ranks = tuple(Rank)
_at_work = {ExecutionStatus.RUNNING, ExecutionStatus.WAITING}


class Folding:
    """Places of tasks with what was read of them so far."""

    def __init__(
        self,
        project: Project,
        cache: Cache,
        reading: Callable[[], FolderReader],
        sources: Mapping[str, Sequence[Source]],
        *,
        here: bool,
    ) -> None:
        """`here` leaves out what is only known to have been run."""
        self._tasks = project.tasks
        self._cache = cache
        self._reading = reading
        self._sources = sources
        self._here = here
        self._places: dict[str, list[Place]] = {}
        self._folders: dict[str, TaskFolder] = {}
        self.aliases: set[tuple[str, str]] = set()
        """The uids of tasks that were given other ids, and the keys of those before."""

    def read(self, keys: Iterable[str]) -> None:
        """Read all that is said of these ids."""
        wanted = list(keys)
        oids = {
            one.mark for key in wanted for one in self._sources[key] if one.rank != Rank.CHECKOUT
        }
        self._read_folders(oids - self._folders.keys() - {""})
        for key in wanted:
            self._places[key] = [self._place(one) for one in self._sources[key]]
        tasks = (one.folder.task for key in wanted for one in self._places[key])
        for uid, olds in superseded(task for task in tasks if task).items():
            self.aliases |= {(uid, old) for old in olds}

    def rows(self, key: str) -> list[Row]:
        """The rows of an id, once all was read; none where nothing is to show."""
        places = self._places[key]
        if self._here and all(one.rank == Rank.STATE and _says_no_task(one) for one in places):
            return []
        return [_row(one) for one in fold_places(places, self._gone)]

    @cached_property
    def _gone(self) -> dict[str, frozenset[str]]:
        gone: dict[str, frozenset[str]] = {}
        for uid, old in {*self.aliases, *self._cache.aliases()}:
            gone[uid] = gone.get(uid, frozenset()) | {old}
        return gone

    def _place(self, source: Source) -> Place:
        if source.rank == Rank.CHECKOUT:
            folder = self._from_checkout(source.name)
        else:
            folder = self._folders.get(source.mark, TaskFolder())
        return Place(source.name, source.where, _ranks[source.rank], folder)

    def _from_checkout(self, name: str) -> TaskFolder:
        files, faults = checkout.files(self._tasks, name)
        read = read_folder(files)
        return TaskFolder(read.task, read.executions, read.changes, (*read.faults, *faults))

    def _read_folders(self, oids: set[str]) -> None:
        for folder in self._reading().folders(sorted(oids)) if oids else ():
            self.take(folder)

    def take(self, folder: Folder) -> None:
        """Know what the files of a folder say, if they were read."""
        if folder.files is not None:
            self._folders[folder.oid] = read_folder(folder.files)


def _says_no_task(place: Place) -> bool:
    return place.folder.task is None and not place.folder.faults


def _row(folded: Folded) -> Row:
    faults = plain("; ".join(folded.faults))[:2000] if folded.faults else ""
    summary = folded.summary()
    if summary is None:
        facts = {
            "id": str(folded.id),
            "status": UNREADABLE,
            "faults": list(map(plain, folded.faults)),
        }
        here = str(folded.id)
        return NOTHING._replace(id=here, status=UNREADABLE, fault=faults, facts=_json(facts))
    running = [
        [one.tag, plain(one.executor)] for one in folded.executions if one.status in _at_work
    ]
    facts = summary.to_wire()
    facts["aliases"] = list(folded.task.aliases) if folded.task else []
    return Row(
        summary.id,
        summary.uid,
        summary.status,
        summary.weight,
        plain(summary.phase),
        plain(summary.title),
        plain(summary.creator),
        plain(summary.creator_name),
        _json(running) if running else "[]",
        faults,
        _json(facts),
    )


def _json(facts: Any) -> str:
    return to_json(facts).decode()
