"""The few lines of a session description that are our business (RFC 8866, RFC 8122, RFC 8839)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from ....errors import ProtocolError
from ..channel import FRAME_BYTES
from .backend import Candidate

MAX_SDP = 64 * 1024
_FINGERPRINT = re.compile(r"a=fingerprint:(\S+) +(\S+)")
_SHA256 = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){31}")


def fingerprint(sdp: str) -> str:
    """The certificate that a description promises: `sha-256 AB:CD:…`.

    Raises `ProtocolError` unless there is exactly one by SHA-256.
    """
    found = {
        value.upper()
        for algorithm, value in _FINGERPRINT.findall(sdp)
        if algorithm.lower() == "sha-256"
    }
    if len(found) != 1 or not _SHA256.fullmatch(value := found.pop()):
        raise ProtocolError("A description without one SHA-256 fingerprint came.")
    return f"sha-256 {value}"


def only_sha256(sdp: str) -> str:
    """The description without fingerprints by other hashes.

    A library may check whichever it likes of several. What it checks must be what `binding` signs.
    """
    return _without(sdp, lambda line: line.startswith("a=fingerprint:") and not _is_sha256(line))


def _is_sha256(line: str) -> bool:
    return line.lower().startswith("a=fingerprint:sha-256 ")


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


def check_channels(sdp: str) -> None:
    """Raise `ProtocolError` unless data channels are all that is described, and take our messages.

    No audio and no video: aiortc would begin to decode them.
    """
    media = re.findall(r"^m=(\S+)", sdp, re.MULTILINE)
    if media != ["application"]:
        raise ProtocolError(f"A description of {', '.join(media) or 'nothing'} came.")
    longest = re.search(r"^a=max-message-size:(\d{1,10})", sdp, re.MULTILINE)
    if longest and 0 < int(longest[1]) < FRAME_BYTES:
        raise ProtocolError(f"A description of channels that take {longest[1]} bytes came.")


def binding(one: str, other: str) -> bytes:
    """What both ends of a connection can sign: SHA-256 over the sorted fingerprints."""
    return hashlib.sha256(
        "\n".join(sorted((fingerprint(one), fingerprint(other)))).encode()
    ).digest()


def _without(sdp: str, drop: Callable[[str], bool]) -> str:
    return "".join(f"{line}\r\n" for line in sdp.splitlines() if not drop(line))
