"""Carrying a handshake over a link, before anything else is read from it."""

from __future__ import annotations

from contextlib import suppress

from ...errors import ProtocolError
from ..handshake import Handshake, HandshakeState, Member
from ..transports.channel import PairLink
from ..transports.relay import RelayLink

_GOING_ON = {HandshakeState.HELLO, HandshakeState.PROOF, HandshakeState.WELCOME}


async def greet(link: PairLink, handshake: Handshake) -> Member:
    """Who is at the other end of the link, proved.

    Raises what the handshake refuses with, `ProtocolError` for anything that is not part of one,
    and `ConnectionError`. The time is the caller's to limit, and the link to close.
    """
    await _say(link, handshake.start())
    while handshake.state in _GOING_ON:
        message = await link.control.receive()
        if message is None:
            raise ConnectionResetError("The link ended during the handshake.")
        if not isinstance(message, str):
            raise ProtocolError("Something else came before the handshake was over.")
        answer = handshake.receive(message)
        if isinstance(link, RelayLink) and handshake.directions is not None:
            link.secure(*handshake.directions)
        # The other side may have said why it closed, which is still to be read.
        with suppress(ConnectionError):
            await _say(link, answer)
    if handshake.member is None:
        raise handshake.error or ProtocolError("The handshake failed.")
    return handshake.member


async def _say(link: PairLink, texts: list[str]) -> None:
    for text in texts:
        await link.control.send(text)
