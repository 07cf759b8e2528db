"""Where plans are published from on this machine."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from .database import storage

if TYPE_CHECKING:
    from .journal import Journal

_COLUMNS = 'workdir, remote, folder, "commit", version, at'


@dataclass(frozen=True)
class Binding:
    """A plan's repository here, and what was last published from it."""

    workdir: str
    remote: str | None
    folder: str
    commit: str = ""
    version: bytes = b""
    """The document's version that is in `commit`, as the document encodes it."""
    at: int | None = None


class Bindings:
    """The bindings in a journal, whose repositories are listed beside it as well."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        if not journal.repositories.exists:
            for plan_id, *row in journal.rows(f"SELECT plan_id, {_COLUMNS} FROM bindings"):  # noqa: S608
                self._list(plan_id, Binding(*row))

    def put(self, plan_id: str, binding: Binding) -> None:
        """Keep a plan's binding in place of the one before."""
        known = self.get(plan_id)
        if known is None or (known.workdir, known.remote) != (binding.workdir, binding.remote):
            self._list(plan_id, binding)
        with self._journal.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO bindings VALUES (?, ?, ?, ?, ?, ?, ?)",
                (plan_id, *astuple(binding)),
            )

    def get(self, plan_id: str) -> Binding | None:
        """A plan's binding, or None."""
        rows = self._journal.rows(
            f"SELECT {_COLUMNS} FROM bindings WHERE plan_id = ?",  # noqa: S608
            (plan_id,),
        )
        return Binding(*rows[0]) if rows else None

    def _list(self, plan_id: str, binding: Binding) -> None:
        with storage(self._journal.path):
            self._journal.repositories.note(plan_id, binding)
