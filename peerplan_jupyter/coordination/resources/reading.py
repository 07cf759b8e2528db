"""Reading a file that others may have written: no way out of its folder, no surprise in size."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from ...errors import InvalidInputError, StorageError, TooLargeError, UnsafePathError

MAX_BYTES = 256_000


def read_text(path: Path, within: Path | None) -> str | None:
    """The text of a file, or None where there is none. Everything else that keeps it from being
    read is an error that names it: `UnsafePathError` for a link that leads out of `within`,
    `TooLargeError`, `InvalidInputError` for what is not UTF-8, `StorageError`.
    """
    data = read_bytes(path, within)
    if data is None:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{path} is not text in UTF-8 (byte {error.start:,}).", hint="Save it as UTF-8."
        ) from None


def read_bytes(path: Path, within: Path | None) -> bytes | None:
    """The bytes of a file; see `read_text`."""
    try:
        place = path.resolve(strict=True)
        if within is not None and not place.is_relative_to(within):
            raise UnsafePathError(
                f"{path} leads out of {within}.", hint="Put the file itself there, not a link."
            )
        return _read(place, path)
    except FileNotFoundError:
        _check_absent(path)
        return None
    except (OSError, RuntimeError) as error:
        raise _unreadable(path, error) from None


def _check_absent(path: Path) -> None:
    """Nothing is there; but a link that leads nowhere is a mistake."""
    if path.is_symlink():
        raise StorageError(f"{path} is a link to nothing.", hint="Mend the link, or remove it.")


def _read(place: Path, path: Path) -> bytes:
    """A pipe with this name would be waited for without end, so it is not opened as a file is."""
    handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a file")
        with open(handle, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        raise TooLargeError(f"{path} is too large: at most {MAX_BYTES:,} bytes are read.")
    return data


def _unreadable(path: Path, error: OSError | RuntimeError) -> StorageError:
    why = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return StorageError(
        f"{path} cannot be read: {why}.", hint="It would be used before those below it: mend it."
    )
