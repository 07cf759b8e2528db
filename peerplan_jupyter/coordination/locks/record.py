"""A small file that says who holds something: written whole or not at all, read with suspicion."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ...errors import StorageError

LARGEST = 4096


def write_record(path: Path, data: dict[str, Any], *, lasting: bool = True) -> None:
    """Put `data`, JSON values, at `path` as YAML, one per line. `lasting` waits for the disk, so
    that no half of it is found when the power fails. `StorageError` when it cannot be written.
    """
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in data.items())
    aside = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        with aside.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise unwritable(path, error) from None


def read_record(path: Path) -> dict[str, Any] | None:
    """What `write_record` wrote, or None when there is no file. `ValueError` when it is anything
    else, or cannot be read: somebody may hold what it is about.
    """
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    if not found.endswith(b"\n") or len(found) > LARGEST:
        raise ValueError(f"{path} was not written to its end")
    return dict(map(_parsed, found.decode("utf-8").splitlines()))


def printable(text: str, limit: int = 200) -> str:
    """`text` as it can be shown in a terminal: nothing in it steers one."""
    return "".join(one if one.isprintable() else "�" for one in text[:limit])


def texts(data: dict[str, Any], *names: str) -> list[str]:
    """What `data` has under `names`, as it can be shown. `ValueError` when one is no text."""
    found = [data.get(name) for name in names]
    told = [printable(one) for one in found if isinstance(one, str)]
    if len(told) < len(names):
        raise ValueError(f"{', '.join(names)} are texts")
    return told


def seconds(value: object) -> float:
    """`value` as a number of seconds; `ValueError` when it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return float(value)
    raise ValueError(f"{str(value)[:80]!r} is not a number of seconds")


def make_folder(path: Path) -> None:
    """Make the folder `path`. `StorageError` when that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> StorageError:
    """The error that says that nothing can be written at `path`."""
    return StorageError(
        f"{path} cannot be written: {error.strerror or error}.",
        hint="Check the rights on that folder and the room on its disk.",
    )


def _parsed(line: str) -> tuple[str, Any]:
    key, colon, value = line.partition(": ")
    if not colon:
        raise ValueError(f"{line[:80]!r} is not a key and a value")
    try:
        return key, json.loads(value)
    except RecursionError:
        raise ValueError(f"{key[:80]!r} is nested too deeply") from None
