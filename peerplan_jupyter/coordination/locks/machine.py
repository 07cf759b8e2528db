"""The name of a machine that no other has."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from ...errors import StorageError
from .record import make_folder, unwritable

NAME = "machine-id"


def machine_id(folder: Path) -> str:
    """The id of this machine, 32 hexadecimal digits, kept in `folder` (`~/.orc`) and made there by
    whoever asks first. Machines that share a home share it too.

    `StorageError` when it cannot be written, or when the file holds something else.
    """
    path = folder / NAME
    found = _read(path)
    if found is None:
        _create(path)
        found = _read(path)
    if found is None or not re.fullmatch(r"[0-9a-f]{32}", found):
        raise StorageError(
            f"{path} holds {(found or '')[:40]!r}, and not 32 hexadecimal digits.",
            hint="Remove the file; the next command makes another.",
        )
    return found


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from None


def _create(path: Path) -> None:
    make_folder(path.parent)
    aside = path.with_name(f".{NAME}.{os.urandom(6).hex()}")
    try:
        aside.write_text(f"{os.urandom(16).hex()}\n", "utf-8")
        # Fails where the id is there, so that all get the one that came first.
        with contextlib.suppress(FileExistsError):
            _link(aside, path)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        aside.unlink(missing_ok=True)


def _link(aside: Path, path: Path) -> None:
    try:
        os.link(aside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with path.open("x", encoding="utf-8") as file:
            file.write(aside.read_text("utf-8"))
