"""Where plans are published from on this machine."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .journal import Journal


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
    """The bindings in a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def put(self, plan_id: str, binding: Binding) -> None:
        """Keep a plan's binding in place of the one before."""
        with self._journal.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO bindings VALUES (?, ?, ?, ?, ?, ?, ?)",
                (plan_id, *astuple(binding)),
            )

    def get(self, plan_id: str) -> Binding | None:
        """A plan's binding, or None."""
        rows = self._journal.rows(
            'SELECT workdir, remote, folder, "commit", version, at FROM bindings WHERE plan_id = ?',
            (plan_id,),
        )
        return Binding(*rows[0]) if rows else None
