"""Who acts: the person behind a request or a notebook."""

from __future__ import annotations

import getpass
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.auth.identity import User

_RANDOM_NAME = re.compile(r"[0-9a-f]{32}\Z")


def person_name(folder: Path) -> str:
    """How the person at this machine is called: git's `user.name` as it holds in `folder`, else
    the system's user. Runs git; not for an event loop.
    """
    from ..errors import PeerPlanError  # noqa: PLC0415 (heavy, and rarely used)
    from ..git.process import GitRunner  # noqa: PLC0415
    from ..git.repository import Repository  # noqa: PLC0415

    try:
        with Repository.open(folder) as repository:
            name = repository.config("user.name")
    except PeerPlanError:
        name = ""
    try:
        name = name or GitRunner(folder, folder).run("config", "user.name", check=False).text
    except PeerPlanError:
        name = ""
    return name or system_user()


def system_user() -> str:
    """The login name, or a word for somebody without one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"


def is_anonymous(user: User) -> bool:
    """Whether Jupyter made the name up, as it does for everybody who comes with the token."""
    return bool(_RANDOM_NAME.match(user.username)) and user.name.startswith("Anonymous ")


def label_of(user: User) -> str:
    """What keeps this user's key apart from those of others on the same server.

    Empty for the person whose server it is, whose kernels act with the same key.
    """
    owners = {os.environ.get("JUPYTERHUB_USER"), system_user()}
    return "" if is_anonymous(user) or user.username in owners else user.username
