"""Who runs this: the person's prefix in ids, the tag of their runs, and their names."""

from __future__ import annotations

import getpass
import hashlib
import socket
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from ..errors import InvalidInputError
from .config.schema import Config, Mode, PrefixSource
from .home import OrcHome
from .naming import slug, tag_of
from .project import Project

HASH_LENGTHS = (4, 6, 8)
"""Digits of an e-mail's hash in a prefix: the first, and what it grows to where two collide."""


@dataclass(frozen=True)
class Person:
    """The person at this machine, as the configuration and git know them."""

    config: Config
    mode: Mode
    project: Project
    home: OrcHome

    @cached_property
    def user(self) -> str:
        """The name that the system knows them by."""
        try:
            return getpass.getuser()
        except (OSError, KeyError):
            return "user"

    @cached_property
    def host(self) -> str:
        """The first part of the machine's name."""
        return socket.gethostname().split(".")[0] or "localhost"

    @cached_property
    def machine(self) -> str:
        """Eight digits that stand for this machine."""
        return self.home.machine_id()

    @cached_property
    def email(self) -> str:
        """`identity.email`, otherwise git's `user.email`, in its plain form."""
        return (self.config.identity.email or self._git("user.email")).strip().lower()

    @cached_property
    def display_name(self) -> str:
        """How the team calls them."""
        named = self.config.identity.display_name or self._git("user.name") or self.user
        return named.strip()[:200]

    @property
    def initials(self) -> str:
        """Their initials in capitals, or nothing."""
        return self.config.identity.initials.upper()

    @property
    def owner(self) -> str:
        """What a lease says of its holder: `alice@laptop`."""
        return f"{self.user}@{self.host}"

    @cached_property
    def prefix(self) -> str:
        """The prefix of the ids that they make; empty in solo mode.

        Raises `InvalidInputError` where what it is made from is not set.
        """
        if self.mode is Mode.SOLO:
            return ""
        source = self.config.task_id.prefix_source
        match source:
            case PrefixSource.INITIALS:
                return self._needed(self.initials, "identity.initials")
            case PrefixSource.USERNAME:
                return slug(self.user)
            case PrefixSource.EMAIL_HASH:
                return self._email_prefix(self._needed(self.email, "identity.email"))
            case PrefixSource.MACHINE:
                return slug(self.host)[:10] + self.machine[:2]
            case _:
                assert_never(source)

    @cached_property
    def tag(self) -> str:
        """What tells their runs from those of others; empty in solo mode."""
        return tag_of(self.prefix)

    def _email_prefix(self, email: str) -> str:
        from .team.files import read_team  # noqa: PLC0415

        return read_team(self.project).email_prefix(email)

    def _needed(self, value: str, name: str) -> str:
        if value:
            return value
        raise InvalidInputError(
            f"{name} is not set, and the ids of this team begin with it.",
            hint="Run `orc team join`, or set it in ~/.orc/config.yaml.",
        )

    def _git(self, key: str) -> str:
        return self.project.runner.run("config", "--get", key, check=False).text


def email_hash(email: str, length: int = HASH_LENGTHS[0]) -> str:
    """The first digits of the SHA-256 of an e-mail address, without case and outer spaces."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:length]
