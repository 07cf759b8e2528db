"""Identities: an Ed25519 key of this user's for people, and one for agents."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from filelock import FileLock

from ..errors import StorageError
from ..plan.schema import Actor
from ..sync.keys import did_of

Kind = Literal["human", "agent"]


@dataclass(frozen=True)
class Identity:
    """A key pair and the kind of actor that it stands for."""

    key: Ed25519PrivateKey
    kind: Kind

    @property
    def id(self) -> str:
        """The public key as `did:key` (W3C CCG did:key method, Ed25519)."""
        return did_of(self.key)

    def actor(self, name: str) -> Actor:
        """Who acts with this key, under a display name."""
        shown = " ".join(name.split())[:100] or ("agent" if self.kind == "agent" else "someone")
        return Actor(id=self.id, name=shown, kind=self.kind)


def identity(folder: Path, kind: Kind, label: str = "") -> Identity:
    """The user's identity of a kind, made at first use and kept in `folder` with mode 0600.

    `label` keeps identities apart that share a folder (the users of one server). Two processes
    that make it at once come to the same key. Raises `StorageError`.
    """
    path = folder / f"{kind}{'-' + _safe(label) if label else ''}.pem"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(path.with_suffix(".lock"), timeout=10):
            return Identity(_read(path) if path.exists() else _make(path), kind)
    except (OSError, ValueError) as error:
        raise StorageError(
            f"The identity in {path} cannot be used: {error}.",
            hint="Make the folder writable, or move the file away to get a new identity.",
        ) from None


def _read(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("it is not an Ed25519 key")  # noqa: TRY004
    return key


def _make(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    return key


def _safe(label: str) -> str:
    return hashlib.sha256(label.encode()).hexdigest()[:16]
