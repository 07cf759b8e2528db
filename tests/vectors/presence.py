"""`presence.json`: presence as it passes a server without the key.

What the stores of both languages write is built here by hand, since it holds the time.
"""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peerplan_jupyter.sync.fields import text, uint, var_bytes
from peerplan_jupyter.sync.keys import b64u, derive

from .people import room, seed

SECRET = room()
KEY = derive(SECRET.key, SECRET.room, "presence")
SAID_AT = 4_102_444_800_000
"""In milliseconds, and not soon: stores forget what is old."""
SILENT = b"\0"
ADA, BOB = "peer-ada", "peer-bob"


def make() -> dict[str, Any]:
    return {"room": SECRET.room, "key": b64u(KEY), "heard": heard(), "unheard": unheard(),
            "broken": broken()}  # fmt: skip


def heard() -> list[dict[str, Any]]:
    both = store(kept(ADA, said(ADA, "step 1")), kept(BOB, said(BOB, "step 2")))
    half = store(kept(ADA, said(ADA, "step 1")), kept(BOB, said(BOB, "step 2"), key=bytes(32)))
    gone = store(kept(ADA, said(ADA, "step 1")), kept(BOB, store(entry(BOB, SILENT))))
    cases: dict[str, tuple[bytes, dict[str, Any]]] = {
        "one peer": (store(kept(ADA, said(ADA, "step 1"))), {ADA: {"at": "step 1"}}),
        "another script": (store(kept("🙂", said("🙂", "grüß"))), {"🙂": {"at": "grüß"}}),
        "two peers": (both, {ADA: {"at": "step 1"}, BOB: {"at": "step 2"}}),
        "one of two with another key": (half, {ADA: {"at": "step 1"}}),
        "one of two that says nothing any more": (gone, {ADA: {"at": "step 1"}}),
    }
    return [
        {"name": name, "blob": b64u(blob), "states": states}
        for name, (blob, states) in cases.items()
    ]


def unheard() -> list[dict[str, str]]:
    words = said(ADA, "step 1")
    two = store(entry(ADA, at("step 1")), entry(BOB, at("step 2")))
    whole = sealed(ADA, words)
    cases = {
        "another key": kept(ADA, words, key=bytes(32)),
        "another room": kept(ADA, words, where="another"),
        "one peer's words under another's key": entry(BOB, holding(whole)),
        "words about another peer": kept(ADA, said(BOB, "step 1")),
        "words about two peers": kept(ADA, two),
        "no words": kept(ADA, b""),
        "words in the open": entry(ADA, at("step 1")),
        "a changed bit": entry(ADA, holding(whole[:-1] + bytes([whole[-1] ^ 1]))),
        "too few bytes for something sealed": entry(ADA, holding(whole[:20])),
        "nobody": b"",
    }
    return [
        {"name": name, "blob": b64u(store(*filter(None, [one])))} for name, one in cases.items()
    ]


def broken() -> list[dict[str, str]]:
    whole = store(kept(ADA, said(ADA, "step 1")))
    cases = {
        "nothing": b"",
        "noise": b"\xff" * 40,
        "what was cut": whole[:-8],
        "sealed noise": store(kept(ADA, store(text(ADA) + b"\1\xff"))),
    }
    return [{"name": name, "blob": b64u(blob)} for name, blob in cases.items()]


def kept(peer: str, words: bytes, *, key: bytes = KEY, where: str = SECRET.room) -> bytes:
    """What stands under a peer's key."""
    return entry(peer, holding(sealed(peer, words, key, where)))


def sealed(peer: str, words: bytes, key: bytes = KEY, where: str = SECRET.room) -> bytes:
    iv = seed(f"presence iv {peer}", 12)
    return iv + AESGCM(key).encrypt(iv, words, f"{where}|{peer}".encode())


def said(peer: str, where: str) -> bytes:
    """What a peer's own store says of it."""
    return store(entry(peer, at(where)))


def store(*entries: bytes) -> bytes:
    """An EphemeralStore, encoded: postcard."""
    return uint(len(entries)) + b"".join(entries)


def entry(key: str, value: bytes) -> bytes:
    return text(key) + value + leb128(2 * SAID_AT)


def leb128(number: int) -> bytes:
    rest = number >> 7
    return bytes([number & 127 | 128]) + leb128(rest) if rest else bytes([number])


def at(where: str) -> bytes:
    """`{"at": where}`."""
    return b"\1\6" + uint(1) + text("at") + b"\4" + text(where)


def holding(data: bytes) -> bytes:
    return b"\1\x08" + var_bytes(data)
