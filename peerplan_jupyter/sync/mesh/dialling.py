"""One try at a direct connection, from its first signal on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from ...errors import InvalidInputError, ProtocolError
from ..transports.webrtc.backend import Settings
from ..transports.webrtc.link import DirectLink, answer, offer
from ..transports.webrtc.servers import IceServer

_MOST = 100
"""Signals that may come before the connection is made."""


class Dialled:
    """A `DirectAttempt` whose connection is made by `opened`."""

    def __init__(
        self,
        offers: bool,
        say: Callable[[dict[str, Any]], None],
        warn: Callable[[str], None],
        settings: Settings,
    ) -> None:
        self._dial = offer if offers else answer
        self._say, self._warn, self._settings = say, warn, settings
        self._early: deque[dict[str, Any]] = deque(maxlen=_MOST)
        self._link: DirectLink | None = None
        self._closed = self._open = False

    def signal(self, said: dict[str, Any]) -> None:
        """See `DirectAttempt`. What cannot be understood counts as not come."""
        if self._link is None:
            self._early.append(said)
            return
        with suppress(ProtocolError):
            self._link.signal(said)

    async def opened(self) -> DirectLink:
        """See `DirectAttempt`."""
        self._link = await self._dial(self._say, settings=self._settings, warn=self._warn)
        if self._closed:
            self._link.close()
        for said in list(self._early):
            self.signal(said)
        try:
            await self._link.opened()
        except BaseException:
            self._link.close()
            raise
        self._open = True
        return self._link

    def close(self) -> None:
        """See `DirectAttempt`."""
        self._closed = True
        if self._link is not None and not self._open:
            self._link.close()


def ice_servers(
    given: Iterable[Mapping[str, Any]], warn: Callable[[str], None]
) -> tuple[IceServer, ...]:
    """The servers that can be asked; those that cannot are warned of and left out."""
    found = []
    for one in given:
        try:
            found.append(IceServer.from_wire(one))
        except InvalidInputError as error:
            warn(error.message)
    return tuple(found)
