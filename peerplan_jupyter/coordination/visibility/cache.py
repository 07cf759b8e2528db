"""What was read, by what it was read from: `.orc/orc.db`, which may be deleted at any time."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..project import Project
from .row import Row

FORM = 1
"""Changes with what is kept; a cache of another form is made anew."""
BUSY_SECONDS = 2.0
MANY = 20_000
"""How many folders and branches are kept that nobody asked for, before they are forgotten."""

_schema = f"""
CREATE TABLE folders (oid TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE branches (name TEXT PRIMARY KEY, oid TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE listings ("commit" TEXT PRIMARY KEY, entries TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE aliases (uid TEXT NOT NULL, old TEXT NOT NULL, PRIMARY KEY (uid, old)) WITHOUT ROWID;
CREATE TABLE rows (scope TEXT NOT NULL, key TEXT NOT NULL, place INTEGER NOT NULL,
  inputs TEXT NOT NULL, {", ".join(f"{name} TEXT NOT NULL" for name in Row._fields)},
  PRIMARY KEY (scope, key, place)) WITHOUT ROWID;
PRAGMA user_version = {FORM};
"""
_listed = ", ".join(Row._fields[:-1])


class Cache:
    """The cache of one project. It raises nothing: what cannot be kept is read again next time."""

    def __init__(self, project: Project) -> None:
        self._connection = _opened(_place(project))

    def rows(self, scope: str, *, facts: bool) -> dict[str, tuple[str, list[Row]]]:
        """By the key of an id, what its rows were made of, and the rows, with their `facts` or
        without. A row without an id says that there is nothing to show.
        """
        columns = f"{_listed}, {'facts' if facts else repr('')}"
        asked = f"SELECT key, inputs, {columns} FROM rows WHERE scope = ? ORDER BY key, place"  # noqa: S608
        found: dict[str, tuple[str, list[Row]]] = {}
        for kept in self._all(asked, scope):
            key, row = kept[0], Row._make(kept[2:])
            if key in found:
                found[key][1].append(row)
            else:
                found[key] = (kept[1], [row])
        return found

    def branches(self) -> dict[str, str]:
        """The folders that tasks have on branches, by `<commit>:<id>`."""
        return dict(self._all("SELECT name, oid FROM branches"))

    def listing(self, commit: str) -> str | None:
        """What was kept by `keep_listings`, or None."""
        found = self._all('SELECT entries FROM listings WHERE "commit" = ?', commit)
        return str(found[0][0]) if found else None

    def aliases(self) -> list[tuple[str, str]]:
        """The uids of tasks that were given other ids, and the keys of those before."""
        return self._all("SELECT uid, old FROM aliases")

    def folders(self, oids: Iterable[str]) -> dict[str, str]:
        """The facts of those of these folders that were read before."""
        found: dict[str, str] = {}
        wanted = list(oids)
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            marks = ",".join("?" * len(some))
            asked = f"SELECT oid, facts FROM folders WHERE oid IN ({marks})"  # noqa: S608
            found.update(self._all(asked, *some))
        return found

    def keep(
        self,
        scope: str,
        rows: Mapping[str, tuple[str, Sequence[Row]]],
        gone: Iterable[str],
        folders: Mapping[str, str],
        aliases: Iterable[tuple[str, str]],
    ) -> None:
        """Keep rows by their ids' keys, forget those of ids that are `gone`, and keep facts."""
        with self._changing() as connection:
            dropped = [(scope, key) for key in (*rows, *gone)]
            connection.executemany("DELETE FROM rows WHERE scope = ? AND key = ?", dropped)
            marks = ",".join("?" * (4 + len(Row._fields)))
            made = [
                (scope, key, place, inputs, *row)
                for key, (inputs, several) in rows.items()
                for place, row in enumerate(several)
            ]
            connection.executemany(f"INSERT OR REPLACE INTO rows VALUES ({marks})", made)  # noqa: S608
            _bound(connection, "folders")
            connection.executemany("INSERT OR REPLACE INTO folders VALUES (?, ?)", folders.items())
            connection.executemany("INSERT OR IGNORE INTO aliases VALUES (?, ?)", list(aliases))

    def keep_branches(self, found: Mapping[str, str]) -> None:
        """Keep which folder a task has on a branch; see `branches`."""
        with self._changing() as connection:
            _bound(connection, "branches")
            connection.executemany("INSERT OR REPLACE INTO branches VALUES (?, ?)", found.items())

    def keep_listings(self, found: Mapping[str, str]) -> None:
        """Keep which tasks commits have."""
        with self._changing() as connection:
            connection.execute("DELETE FROM listings WHERE (SELECT count(*) FROM listings) > 200")
            connection.executemany("INSERT OR REPLACE INTO listings VALUES (?, ?)", found.items())

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _all(self, asked: str, *values: str) -> list[Any]:
        try:
            return self._connection.execute(asked, values).fetchall()
        except sqlite3.Error:
            self._start_anew()
            return []

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection:
                yield self._connection
        except sqlite3.OperationalError:
            return
        except sqlite3.Error:
            self._start_anew()

    def _start_anew(self) -> None:
        """Go on in memory; what is in the file is no use to the next either."""
        (_, _, path), *_ = [*self._paths(), (0, "", "")]
        self._connection.close()
        if path:
            _remove(Path(path))
        self._connection = _made(":memory:")

    def _paths(self) -> list[tuple[int, str, str]]:
        try:
            return self._connection.execute("PRAGMA database_list").fetchall()
        except sqlite3.Error:
            return []


def _place(project: Project) -> Path:
    """`.orc/orc.db` where it is ignored; otherwise git's own folder, so that no file shows up in
    the status only because somebody looked.
    """
    ignored = (project.orc / ".gitignore").is_file()
    return project.database if ignored else project.state / project.database.name


def _opened(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(exist_ok=True)
        if not path.is_file():
            return _made(str(path))
        return _checked(path)
    except (sqlite3.Error, OSError):
        return _made(":memory:")


def _checked(path: Path) -> sqlite3.Connection:
    try:
        connection = _connected(str(path))
        if connection.execute("PRAGMA user_version").fetchone() == (FORM,):
            return connection
        connection.close()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        pass
    _remove(path)
    return _made(str(path))


def _made(path: str) -> sqlite3.Connection:
    connection = _connected(path)
    # Two processes may make it at once; the second finds it made.
    with contextlib.suppress(sqlite3.OperationalError):
        connection.executescript(f"BEGIN IMMEDIATE;{_schema}COMMIT;")
    return connection


def _connected(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _remove(path: Path) -> None:
    for suffix in ("", "-journal"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _bound(connection: sqlite3.Connection, table: str) -> None:
    connection.execute(
        f"DELETE FROM {table} WHERE (SELECT count(*) FROM {table}) > {MANY}"  # noqa: S608
    )
