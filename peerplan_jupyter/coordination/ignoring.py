"""Folders in a checkout that git shall not see, whatever its other rules say."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ..errors import StorageError

DRAFTS = ".drafts"


def drafts_in(orc: Path) -> Path:
    """Where what is to be in the folder `.orc` of a checkout is made first: git does not see what
    somebody leaves there who is killed.
    """
    return unseen(orc / DRAFTS)


def unseen(folder: Path) -> Path:
    """The folder, made if it is not there, with a rule of its own by which git ignores all that is
    in it; no file of the user's is written for that. `StorageError` where it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x") as file:
            file.write("*\n")
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error.strerror or error}.") from None
    return folder
