"""The few lines of a session description that are our business (RFC 8866, RFC 8122, RFC 8839)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from ....errors import ProtocolError
from ..channel import FRAME_BYTES
from .backend import Candidate

MAX_SDP = 64 * 1024
_STRANGE = re.compile(r"[^\t\r\n -~]|\r(?!\n)")
_FINGERPRINT = re.compile(
    r"a=fingerprint:sha-256 +([0-9a-f]{2}(?::[0-9a-f]{2}){31})", re.IGNORECASE
)


def check(sdp: str) -> None:
    """Raise `ProtocolError` unless a description may be given to a library.

    It is text that everybody splits into the same lines, has one fingerprint by SHA-256, and
    describes data channels that take our messages. No audio or video: aiortc would decode them.
    """
    if len(sdp) > MAX_SDP or _STRANGE.search(sdp):
        raise ProtocolError("A description came that is too long or has strange characters.")
    media = re.findall(r"^m=(\S+)", sdp, re.MULTILINE)
    if media != ["application"]:
        raise ProtocolError(f"A description of {', '.join(media) or 'nothing'} came.")
    longest = re.search(r"^a=max-message-size:(\d{1,10})", sdp, re.MULTILINE)
    if longest and 0 < int(longest[1]) < FRAME_BYTES:
        raise ProtocolError(f"A description of channels that take {longest[1]} bytes came.")
    fingerprint(sdp)


def fingerprint(sdp: str) -> str:
    """The certificate that a description promises: `sha-256 AB:CD:…`.

    Raises `ProtocolError` unless there is exactly one by SHA-256.
    """
    matches = (_FINGERPRINT.fullmatch(line) for line in sdp.splitlines())
    found = {match[1].upper() for match in matches if match}
    if len(found) != 1:
        raise ProtocolError("A description without one SHA-256 fingerprint came.")
    return f"sha-256 {found.pop()}"


def only_sha256(sdp: str) -> str:
    """The description without fingerprints by other hashes.

    A library may check whichever it likes of several. What it checks must be what `binding` signs.
    """
    prefix = "a=fingerprint"
    return _without(sdp, lambda line: line.startswith(prefix) and not _FINGERPRINT.fullmatch(line))


def split_candidates(sdp: str) -> tuple[str, list[Candidate | None]]:
    """The description without its candidates, and these; None at the end if it says that it ends.

    Libraries look up the names in a description before they go on, which takes a second.
    """
    mid = re.search(r"^a=mid:(\S+)", sdp, re.MULTILINE)
    init: Candidate = {"sdpMid": mid[1] if mid else None, "sdpMLineIndex": 0}
    candidates: list[Candidate | None] = [
        {"candidate": line.removeprefix("a="), **init}
        for line in sdp.splitlines()
        if line.startswith("a=candidate:")
    ]
    if re.search(r"^a=end-of-candidates", sdp, re.MULTILINE):
        candidates.append(None)
    return _without(
        sdp, lambda line: line.startswith(("a=candidate:", "a=end-of-cand"))
    ), candidates


def binding(one: str, other: str) -> bytes:
    """What both ends of a connection can sign: SHA-256 over the sorted fingerprints."""
    return hashlib.sha256(
        "\n".join(sorted((fingerprint(one), fingerprint(other)))).encode()
    ).digest()


def _without(sdp: str, drop: Callable[[str], bool]) -> str:
    return "".join(f"{line}\r\n" for line in sdp.splitlines() if not drop(line))
