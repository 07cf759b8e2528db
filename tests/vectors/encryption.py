"""`encryption.json`: %ELO containers, among them the vector of `protocol-e2ee.md`."""

from __future__ import annotations

from typing import Any

from peerplan_jupyter.sync.elo import Span, contained, sealed_record
from peerplan_jupyter.sync.keys import b64u

from .people import seed

KEY = bytes(range(32))
NORMATIVE = {
    "iv": bytes.fromhex("86bcad09d5e7e3d70503a57e"),
    "plaintext": bytes.fromhex("01026869"),
    "header": bytes.fromhex("0004010203040103026b310c86bcad09d5e7e3d70503a57e"),
    "ciphertext": bytes.fromhex("6930a8fbe96cc5f30b67f4bc7f53262e01b62852"),
}
"""As published, not as made here."""


def make() -> dict[str, Any]:
    normative = NORMATIVE["header"] + b"\x14" + NORMATIVE["ciphertext"]
    return {
        "key": b64u(KEY),
        "containers": [
            told("k1", [(b"\1\2\3\4", 1, 3, NORMATIVE["plaintext"], NORMATIVE["iv"])],
                 contained([normative])),
            made("v1", [(b"6378707190144987332", 0, 1, b"one"), (b"7", 5, 300, bytes(300))]),
            made("v1", []),
        ],
        "broken": broken(),
    }  # fmt: skip


def made(key_id: str, records: list[tuple[bytes, int, int, bytes]]) -> dict[str, Any]:
    given = [(*one, seed(f"elo iv {one[0]!r}", 12)) for one in records]
    return told(key_id, given, contained(record(key_id, *one) for one in given))


def record(key_id: str, peer: bytes, start: int, end: int, data: bytes, iv: bytes) -> bytes:
    return sealed_record(KEY, key_id, Span(peer, start, end), data, iv)


def told(key_id: str, records: list[Any], container: bytes) -> dict[str, Any]:
    names = ("peer", "start", "end", "plaintext", "iv")
    fields = [dict(zip(names, one, strict=True)) for one in records]
    plain = [
        {key: b64u(value) if isinstance(value, bytes) else value for key, value in one.items()}
        for one in fields
    ]
    return {"keyId": key_id, "records": plain, "container": b64u(container)}


def broken() -> list[dict[str, str]]:
    """Containers of which nothing may be opened."""
    iv = seed("elo iv", 12)
    whole = record("v1", b"7", 0, 1, b"one", iv)
    cases = {
        "a bit of the ciphertext": contained([whole[:-1] + bytes([whole[-1] ^ 1])]),
        "another span in the header": contained([whole.replace(b"\x017\0\1", b"\x017\0\2")]),
        "another peer in the header": contained([whole.replace(b"\x017\0\1", b"\x018\0\1")]),
        "an empty span": contained([whole.replace(b"\x017\0\1", b"\x017\1\1")]),
        "another kind": contained([b"\2" + whole[1:]]),
        "a short iv": contained([whole.replace(b"\x0c" + iv, b"\x0b" + iv[:11])]),
        "a cut record": contained([whole[:-1]]),
        "a longer record": contained([whole + b"\0"]),
        "a cut container": contained([whole])[:-1],
        "a longer container": contained([whole]) + b"\0",
        "more records than there are bytes": b"\xff\xff\xff\x0f",
        "nothing": b"",
    }
    return [{"name": name, "container": b64u(data)} for name, data in cases.items()]
