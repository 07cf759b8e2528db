"""`by_hand.json`: descriptions in few bytes, and the texts in which people carry them."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peerplan_jupyter.sync.keys import b64u
from peerplan_jupyter.sync.mesh.by_hand import HandKeys
from peerplan_jupyter.sync.transports.webrtc.essence import essence_of

from .people import seed

FROM, ATTEMPT = "01JB0000000000000000000001", "01JB0000000000000000000002"
HOST = "1 1 udp 2113937151 2b9f1ad8-7d0c-4f43-9c8d-3f8b8b1b5d11.local 54321 typ host"
SEEN = "842 1 udp 1677729535 203.0.113.9 61000 typ srflx raddr 192.0.2.7 rport 54321"
CANDIDATES: dict[str, list[str]] = {
    "none": [],
    "one": [f"{HOST} generation 0 network-cost 999"],
    "every kind": [
        HOST,
        f"{SEEN} generation 0",
        "3 1 udp 2122262783 2001:db8::8:800:200c:417a 50000 typ host",
        "4 1 UDP 16777215 198.51.100.4 3479 typ relay raddr 203.0.113.9 rport 61000",
        "5 1 udp 1845501695 192.0.2.7 54321 typ prflx raddr 10.0.0.1 rport 1",
    ],
    "of no use": [
        "1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active",
        "2 1 udp 2122260223 1:2:3 5 typ host",
        "3 1 udp 2122260223 a.name 5 typ host",
        "4 1 udp 2122260223 300.1.1.1 5 typ host",
        "5 1 udp 2122260223 192.0.2.7 70000 typ host",
        "6 2 udp 2122260223 192.0.2.7 5 typ host",
    ],
    "too many": [
        *(HOST.replace("2113937151", str(2113937151 + index)) for index in range(40)),
        SEEN,
    ],
}


def make() -> dict[str, Any]:
    setups = ["actpass", "active", "passive", "actpass", "active"]
    named = zip(CANDIDATES, setups, strict=True)
    return {"room": "room", "key": b64u(seed("by hand")), "texts": [one(*two) for two in named]}


def one(name: str, setup: str) -> dict[str, str]:
    sdp = described(CANDIDATES[name], setup)
    essence = essence_of(sdp)
    kind = "offer" if setup == "actpass" else "answer"
    said = {"type": kind, "from": FROM, "attempt": ATTEMPT}
    return {"name": name, **said, "sdp": sdp, "essence": essence.hex(), "text": text(name, essence)}


def text(name: str, essence: bytes) -> str:
    iv, keys = seed(f"by hand {name}", 12), HandKeys("room", seed("by hand"))
    plain = FROM.encode() + ATTEMPT.encode() + essence
    sealed = iv + AESGCM(keys.signal_key).encrypt(iv, plain, keys.aad)
    return base64.b32encode(sealed).decode().rstrip("=")


def described(candidates: list[str], setup: str) -> str:
    """As Chromium writes it, cut to the lines that differ between browsers."""
    lines = [
        "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
        "m=application 54321 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 192.0.2.7",
        *(f"a=candidate:{candidate}" for candidate in candidates),
        "a=ice-ufrag:4ZcD", "a=ice-pwd:2/1muCWoOi3uLifh0NuRHlGs", "a=ice-options:trickle",
        f"a=fingerprint:sha-256 {seed('fingerprint').hex(':').upper()}", f"a=setup:{setup}",
        "a=mid:0", "a=sctp-port:5000", "a=max-message-size:262144",
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)
