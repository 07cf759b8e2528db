"""What was read, by what it was read from: `.orc/orc.db`, which may be deleted at any time.

A list of thousands of tasks is kept as a few long texts, which are read and written in a fraction
of the time that as many rows of a table take. Texts, since anybody may have written the file.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..project import Project
from .kept import Kept
from .row import Row

FORM = 2
"""Changes with what is kept; a cache of another form is made anew."""
BUSY_SECONDS = 2.0
MANY = 20_000
"""How many branches are kept that nobody asked for, before they are forgotten."""

_schema = f"""
CREATE TABLE lists (scope TEXT PRIMARY KEY, told TEXT NOT NULL, rows TEXT NOT NULL,
  facts TEXT NOT NULL, inputs TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE texts (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE listings ("commit" TEXT PRIMARY KEY, entries TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE aliases (uid TEXT NOT NULL, old TEXT NOT NULL, PRIMARY KEY (uid, old)) WITHOUT ROWID;
PRAGMA user_version = {FORM};
"""


class Cache:
    """The cache of one project. It raises nothing: what cannot be kept is read again next time."""

    def __init__(self, project: Project) -> None:
        self._connection = _opened(_place(project))

    def rows(self, scope: str, told: str, *, facts: bool) -> list[Row] | None:
        """The list that was kept last, if it is what `told` comes to, with its `facts` or without;
        None otherwise.
        """
        column = "facts" if facts else "''"
        asked = f"SELECT rows, {column} FROM lists WHERE scope = ? AND told = ?"  # noqa: S608
        found = self._all(asked, scope, told)
        return Kept(*found[0]).rows() if found else None

    def kept(self, scope: str) -> Kept:
        """All that is known of the list that was kept last."""
        found = self._all("SELECT rows, facts, inputs FROM lists WHERE scope = ?", scope)
        return Kept(*found[0]) if found else Kept()

    def keep(self, scope: str, told: str, kept: Kept, aliases: Iterable[tuple[str, str]]) -> None:
        """Keep a list, which `told` comes to, and aliases."""
        with self._changing() as connection:
            row = (scope, told, kept.shown, kept.facts, kept.inputs)
            connection.execute("INSERT OR REPLACE INTO lists VALUES (?, ?, ?, ?, ?)", row)
            connection.executemany("INSERT OR IGNORE INTO aliases VALUES (?, ?)", list(aliases))

    def branches(self) -> dict[str, str]:
        """The folders that tasks have on branches, by `<commit>:<id>`."""
        found = self._all("SELECT text FROM texts WHERE name = 'branches'")
        lines = found[0][0].split("\n") if found else []
        return dict(zip(lines[0::2], lines[1::2], strict=False))

    def keep_branches(self, found: Mapping[str, str]) -> None:
        """Keep which folder a task has on a branch; see `branches`."""
        newest = list(found.items())[-MANY:]
        text = "\n".join([part for pair in newest for part in pair])
        with self._changing() as connection:
            connection.execute("INSERT OR REPLACE INTO texts VALUES ('branches', ?)", (text,))

    def are_sound(self, settings: str) -> bool:
        """Whether these were kept by `keep_sound` last."""
        asked = "SELECT 1 FROM texts WHERE name = 'settings' AND text = ?"
        return bool(self._all(asked, settings))

    def keep_sound(self, settings: str) -> None:
        """Keep that these settings can be used."""
        with self._changing() as connection:
            connection.execute("INSERT OR REPLACE INTO texts VALUES ('settings', ?)", (settings,))

    def listing(self, commit: str) -> str | None:
        """What was kept by `keep_listings`, or None."""
        found = self._all('SELECT entries FROM listings WHERE "commit" = ?', commit)
        return str(found[0][0]) if found else None

    def keep_listings(self, found: Mapping[str, str]) -> None:
        """Keep which tasks commits have."""
        with self._changing() as connection:
            connection.execute("DELETE FROM listings WHERE (SELECT count(*) FROM listings) > 200")
            connection.executemany("INSERT OR REPLACE INTO listings VALUES (?, ?)", found.items())

    def aliases(self) -> list[tuple[str, str]]:
        """The uids of tasks that were given other ids, and the keys of those before, in order."""
        return self._all("SELECT uid, old FROM aliases ORDER BY uid, old")

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
        except (sqlite3.Error, UnicodeEncodeError):
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
