"""What only one description says, of all that are for data channels: few bytes, to be carried by
hand. See docs/mesh.md, "by hand".
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address, ip_address
from uuid import UUID

from ....errors import ProtocolError
from .sdp import fingerprint

MAX_CANDIDATES = 16
"""More make a code that no camera reads."""
_SETUPS = ("actpass", "active", "passive")
_TYPES = ("host", "srflx", "prflx", "relay")
_SIZES = (4, 16, 16)
"""Bytes of an address, by its kind: IPv4, IPv6, and a UUID under .local."""
_MDNS = 2
_PRINT = 32
_CANDIDATE = re.compile(
    r"^a=candidate:\S+ 1 udp (\d{1,10}) (\S+) (\d{1,5}) typ (host|srflx|prflx|relay)\b",
    re.IGNORECASE | re.MULTILINE,
)
_ICE_TEXT = re.compile(r"[A-Za-z0-9+/]{4,255}")


@dataclass(frozen=True)
class _Candidate:
    type: int
    kind: int
    address: bytes
    port: int
    priority: int

    @property
    def worth(self) -> int:
        """An address that a server told has nothing in its place, unlike one of many own ones."""
        return self.priority if self.type == 0 else 1 << 32

    def pack(self) -> bytes:
        numbers = struct.pack(">HI", self.port, self.priority & 0xFFFFFFFF)
        return bytes([self.kind * 4 + self.type]) + self.address + numbers

    def line(self, index: int) -> str:
        where = f"{self.priority} {_address_text(self.kind, self.address)} {self.port}"
        related = " raddr 0.0.0.0 rport 0" if self.type else ""
        return f"a=candidate:{index} 1 udp {where} typ {_TYPES[self.type]}{related}"


def essence_of(sdp: str) -> bytes:
    """The bytes that stand for a description. `ProtocolError` if it lacks what everybody needs."""
    setup = _value(sdp, "setup")
    names = [_value(sdp, "ice-ufrag"), _value(sdp, "ice-pwd")]
    if setup not in _SETUPS or not all(map(_ICE_TEXT.fullmatch, names)):
        raise ProtocolError("A description without what an introduction needs.")
    print_ = bytes.fromhex(fingerprint(sdp).partition(" ")[2].replace(":", ""))
    texts = b"".join(bytes([len(name)]) + name.encode() for name in names)
    packed = b"".join(one.pack() for one in _candidates_in(sdp))
    return bytes([_SETUPS.index(setup)]) + print_ + texts + packed


def described_by(essence: bytes) -> str:
    """A description that says what was packed. `ProtocolError` for bytes that are none."""
    reader = BytesIO(essence)
    try:
        setup = _SETUPS[_take(reader, 1)[0]]
        print_ = _take(reader, _PRINT).hex(":").upper()
        ufrag, pwd = (_take(reader, _take(reader, 1)[0]).decode("ascii") for _ in range(2))
        candidates = list(_candidates_from(reader))
    except (IndexError, UnicodeDecodeError):
        raise ProtocolError("No description is written like that.") from None
    if not (_ICE_TEXT.fullmatch(ufrag) and _ICE_TEXT.fullmatch(pwd)):
        raise ProtocolError("No description is written like that.")
    lines = [
        "v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0",
        *(one.line(index) for index, one in enumerate(candidates, 1)),
        f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{pwd}", "a=ice-options:trickle",
        f"a=fingerprint:sha-256 {print_}", f"a=setup:{setup}", "a=mid:0",
        "a=sctp-port:5000", "a=max-message-size:262144",
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)


def _value(sdp: str, name: str) -> str:
    found = re.search(rf"^a={name}:(\S+)", sdp, re.MULTILINE)
    return found[1] if found else ""


def _candidates_in(sdp: str) -> list[_Candidate]:
    found = []
    for priority, address, port, type_ in _CANDIDATE.findall(sdp):
        known = _address_of(address)
        if known and int(port) <= 0xFFFF:
            index = _TYPES.index(type_.lower())
            found.append(_Candidate(index, *known, int(port), int(priority)))
    return sorted(found, key=lambda one: -one.worth)[:MAX_CANDIDATES]


def _candidates_from(reader: BytesIO) -> list[_Candidate]:
    found: list[_Candidate] = []
    while head := reader.read(1):
        kind, type_ = divmod(head[0], 4)
        address = _take(reader, _SIZES[kind])
        port, priority = struct.unpack(">HI", _take(reader, 6))
        found.append(_Candidate(type_, kind, address, port, priority))
    if len(found) > MAX_CANDIDATES:
        raise IndexError
    return found


def _address_of(text: str) -> tuple[int, bytes] | None:
    try:
        if text.lower().endswith(".local"):
            return _MDNS, UUID(text[:-6]).bytes
        address = ip_address(text)
    except ValueError:
        return None
    return int(address.version == 6), address.packed


def _address_text(kind: int, address: bytes) -> str:
    if kind == _MDNS:
        return f"{UUID(bytes=address)}.local"
    return str(IPv6Address(address) if kind else IPv4Address(address))


def _take(reader: BytesIO, size: int) -> bytes:
    data = reader.read(size)
    if len(data) < size:
        raise IndexError
    return data
