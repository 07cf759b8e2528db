"""Keys of rooms and of people: derivation, `did:key`, signatures. Forms as in `docs/mesh.md`."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Literal, TypeAlias

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..errors import InvalidInputError

KEY_SIZE = 32
SALT_SIZE = 16
SIGNATURE_SIZE = 64
Purpose: TypeAlias = Literal["signal", "hello", "document", "presence"]

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_MULTICODEC = b"\xed\x01"
_DID = "did:key:z"
_DID_LENGTH = len(_DID) + 47
"""Every Ed25519 `did:key` has it: its two first bytes are never zero."""


def b64u(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str, size: int) -> bytes:
    """The `size` bytes that `text` is the one base64url form of; `InvalidInputError` otherwise."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if len(data) != size or b64u(data) != text:
        raise InvalidInputError(f"{text[:24]!r} is not the base64url form of {size} bytes.")
    return data


def base58(data: bytes) -> str:
    """Bitcoin's base 58, as multibase `z` has it."""
    number, digits = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        digits = _BASE58[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def unbase58(text: str) -> bytes:
    """What `base58` made `text` of; `InvalidInputError` for other characters.

    The time grows with the square of the length, which callers limit.
    """
    number = 0
    for digit in text:
        value = _BASE58.find(digit)
        if value < 0:
            raise InvalidInputError(f"{digit!r} is not a digit of base 58.")
        number = number * 58 + value
    body = number.to_bytes((number.bit_length() + 7) // 8)
    return bytes(len(text) - len(text.lstrip("1"))) + body


def did_key(public: bytes) -> str:
    """An Ed25519 public key as `did:key` (W3C CCG did:key method)."""
    return _DID + base58(_ED25519_MULTICODEC + public)


def public_key(did: str) -> bytes:
    """The Ed25519 public key in a `did:key`; `InvalidInputError` for anything else."""
    if did.startswith(_DID) and len(did) == _DID_LENGTH:
        data = unbase58(did.removeprefix(_DID))
        if data[:2] == _ED25519_MULTICODEC and len(data) == 2 + KEY_SIZE:
            return data[2:]
    raise InvalidInputError(f"{did[:80]!r} is not the did:key of an Ed25519 key.")


def did_of(key: Ed25519PrivateKey) -> str:
    """The `did:key` of a key pair."""
    return did_key(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def verified(did: str, signature: str, data: bytes) -> bool:
    """Whether `signature` (base64url) over `data` was made by the key in `did`."""
    try:
        signed = unb64u(signature, SIGNATURE_SIZE)
        Ed25519PublicKey.from_public_bytes(public_key(did)).verify(signed, data)
    except (InvalidInputError, InvalidSignature, ValueError):
        return False
    return True


def canonical(value: Any) -> bytes:
    """RFC 8785; `InvalidInputError` for what has no such form, as half a surrogate pair."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidInputError(f"This has no canonical JSON: {str(error)[:200]}.") from None


def room_id(owner: bytes, salt: bytes, key: bytes) -> str:
    """The id of the room of these; it commits to them and reveals none."""
    return b64u(hashlib.sha256(b"peerplan room v1\0" + owner + salt + key).digest()[:16])


def derive(key: bytes, room: str, purpose: Purpose) -> bytes:
    """The room's key for one purpose."""
    return hkdf(key, room.encode(), f"peerplan/v1/{purpose}")


def hkdf(secret: bytes, salt: bytes, info: str) -> bytes:
    """32 bytes of HKDF-SHA256 (RFC 5869)."""
    return HKDF(SHA256(), KEY_SIZE, salt, info.encode()).derive(secret)
