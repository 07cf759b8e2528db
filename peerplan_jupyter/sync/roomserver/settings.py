"""What the configuration of a room server says, checked, and made into a hub."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import InvalidInputError
from .admission import Admission
from .backplane import Backplane
from .hub import Hub
from .ice import IceServers
from .limits import RoomLimits

_SHORTEST_SECRET = 16


@dataclass(frozen=True)
class RoomSettings:
    """Of the command line, or of the Jupyter server."""

    limits: Mapping[str, float] = field(default_factory=dict)
    """Of `RoomLimits`, by name, where they differ from the defaults."""
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret_file: Path | None = None
    """Holds coturn's `static-auth-secret`."""
    turn_seconds: int = 3600
    backplane: str = field(default="", repr=False)
    """`redis://…` of the servers that share their rooms; it may hold a password."""

    def make_hub(self, admission: Admission | None = None) -> Hub:
        """A hub; `InvalidInputError` for settings that are wrong, and `NotFoundError` if the
        backplane's package is not installed.
        """
        limits, ice = make_limits(self.limits), self._ice_servers()
        return Hub(limits, admission, ice, _backplane(self.backplane))

    def _ice_servers(self) -> IceServers:
        _check_urls(self.stun_urls, ("stun:", "stuns:"), "STUN")
        _check_urls(self.turn_urls, ("turn:", "turns:"), "TURN")
        if bool(self.turn_urls) != bool(self.turn_secret_file):
            raise InvalidInputError(
                "TURN needs both the URLs of a server and the file with its secret.",
                hint="The secret is coturn's `static-auth-secret`.",
            )
        if self.turn_seconds <= 0:
            raise InvalidInputError("Credentials for TURN must be valid for some seconds.")
        secret = _secret(self.turn_secret_file) if self.turn_secret_file else ""
        return IceServers(self.stun_urls, self.turn_urls, secret, self.turn_seconds)


def make_limits(changed: Mapping[str, float]) -> RoomLimits:
    """The defaults with some changed; `InvalidInputError` for unknown names and odd values."""
    whole = {one.name: isinstance(one.default, int) for one in dataclasses.fields(RoomLimits)}
    made: dict[str, Any] = {}
    for name, value in changed.items():
        if name not in whole:
            raise InvalidInputError(
                f"There is no limit called {name!r}.", hint=f"There are {', '.join(whole)}."
            )
        if not math.isfinite(value) or value < 0 or (value == 0 and name not in _MAY_BE_0):
            raise InvalidInputError(f"The limit {name} cannot be {value:g}.")
        made[name] = int(value) if whole[name] else float(value)
    return RoomLimits(**made)


_MAY_BE_0 = {"connections_per_address", "grace"}


def parse_limits(options: list[str]) -> dict[str, float]:
    """`NAME=VALUE` of the command line."""
    made = {}
    for option in options:
        name, _, value = option.partition("=")
        try:
            made[name.replace("-", "_")] = float(value)
        except ValueError:
            raise InvalidInputError(
                f"{option!r} is no limit.", hint="For example --limit members=50."
            ) from None
    return made


def _backplane(url: str) -> Backplane | None:
    if not url:
        return None
    from .federation import Federation  # noqa: PLC0415 (needs a package that is optional)

    return Federation(url)


def _check_urls(urls: tuple[str, ...], schemes: tuple[str, ...], kind: str) -> None:
    for url in urls:
        if not url.startswith(schemes) or url in schemes:
            raise InvalidInputError(
                f"{url!r} is no {kind} server.", hint=f"For example {schemes[0]}ice.example.org."
            )


def _secret(path: Path) -> str:
    try:
        secret = path.expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"The secret of TURN cannot be read: {error}.") from None
    if len(secret) < _SHORTEST_SECRET:
        raise InvalidInputError(
            f"The secret of TURN in {path} is shorter than {_SHORTEST_SECRET} characters.",
            hint="Make one with `openssl rand -hex 32`, and give coturn the same.",
        )
    return secret
