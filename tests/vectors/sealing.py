"""`sealing.json`: derived keys, sealed bytes, and relayed frames."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peerplan_jupyter.sync.keys import b64u, derive
from peerplan_jupyter.sync.sealing import Direction

from .people import room, seed

AAD = "room|from|to|attempt"
WORDS = [b"", b"\0hello", "🙂 grüß".encode(), bytes(range(256))]


def sealed(label: str, data: bytes, aad: str) -> bytes:
    iv = seed(f"{label} iv", 12)
    return iv + AESGCM(seed(label)).encrypt(iv, data, aad.encode())


def make() -> dict[str, Any]:
    return {
        "derived": derived(),
        "sealed": [one(data) for data in WORDS],
        "broken": broken(),
        "direction": direction(),
        "disorder": disorder(),
    }


def derived() -> dict[str, Any]:
    secret = room()
    purposes: Any = ("signal", "hello", "document", "presence")
    keys = {one: b64u(derive(secret.key, secret.room, one)) for one in purposes}
    return {"room": secret.room, "key": b64u(secret.key), "keys": keys}


def one(data: bytes) -> dict[str, str]:
    label = f"sealing {len(data)}"
    made = sealed(label, data, AAD)
    return {"key": b64u(seed(label)), "aad": AAD, "data": b64u(data), "sealed": b64u(made)}


def broken() -> list[dict[str, str]]:
    whole = sealed("broken", b"secret", AAD)
    flipped = bytes([*whole[:-1], whole[-1] ^ 1])
    other_iv = bytes([whole[0] ^ 1, *whole[1:]])
    cases = {
        "a bit of the tag": (flipped, AAD, "broken"),
        "a bit of the iv": (other_iv, AAD, "broken"),
        "cut": (whole[:-1], AAD, "broken"),
        "too short for a tag": (whole[:27], AAD, "broken"),
        "nothing": (b"", AAD, "broken"),
        "other additional data": (whole, "room|to|from|attempt", "broken"),
        "another key": (whole, AAD, "another"),
    }
    return [
        {"name": name, "key": b64u(seed(label)), "aad": aad, "sealed": b64u(data)}
        for name, (data, aad, label) in cases.items()
    ]


def direction() -> dict[str, Any]:
    sender = Direction(seed("direction"))
    frames = [{"data": b64u(data), "frame": b64u(sender.seal(data))} for data in WORDS]
    return {"key": b64u(seed("direction")), "frames": frames}


def disorder() -> list[dict[str, Any]]:
    """Frames of which the last must not be opened."""
    sender, other = Direction(seed("direction")), Direction(seed("another"))
    zero, first, second = (sender.seal(data) for data in (b"zero", b"one", b"two"))
    cases = {
        "twice": [zero, zero],
        "left out": [zero, second],
        "out of order": [first],
        "of another key": [other.seal(b"zero")],
        "a counter changed to fit": [first[:7] + b"\0" + first[8:]],
        "cut": [zero[:10]],
        "nothing": [b""],
    }
    return [
        {"name": name, "key": b64u(seed("direction")), "frames": [b64u(one) for one in frames]}
        for name, frames in cases.items()
    ]
