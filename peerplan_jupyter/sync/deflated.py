"""Long updates on their way, deflated; see Documents and presence in `docs/mesh.md`."""

from __future__ import annotations

import zlib
from functools import lru_cache

from ..errors import ProtocolError, TooLargeError

DEFLATE = "deflate"
"""The word by which a peer says that it takes such updates."""
_MAGIC = b"defl"
"""In the place of Loro's own `loro`. The length of the update follows, four bytes, big endian."""
_HEAD = len(_MAGIC) + 4
_LEVEL = 1
"""What higher ones save takes longer to find than to send."""


@lru_cache(maxsize=2)
def deflated(update: bytes) -> bytes:
    """What to send in the place of `update`; the same where nothing would be saved.

    The last two are kept: whole plans, of which several may be asked for one after the other.
    """
    work = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = _MAGIC + len(update).to_bytes(4) + work.compress(update) + work.flush()
    return packed if len(packed) < len(update) else update


def is_deflated(blob: bytes) -> bool:
    """Whether a blob says that it is one."""
    return blob[: len(_MAGIC)] == _MAGIC and len(blob) > _HEAD


def inflated_size(blob: bytes) -> int:
    """Bytes that a deflated update says it has."""
    return int.from_bytes(blob[len(_MAGIC) : _HEAD])


def inflated(blob: bytes) -> bytes:
    """The update of a deflated one. `TooLargeError` if it is longer than it says, of which no more
    is inflated, and `ProtocolError` if it is shorter, or is none.
    """
    said, work = inflated_size(blob), zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        update = work.decompress(memoryview(blob)[_HEAD:], said + 1)
    except zlib.error as error:
        raise ProtocolError(f"A deflated update is not usable: {error}.") from None
    if len(update) > said:
        raise TooLargeError(f"A deflated update has more than the {said} bytes that it says.")
    if len(update) < said or not work.eof or work.unused_data:
        raise ProtocolError(f"A deflated update is not the {said} bytes that it says.")
    return update
