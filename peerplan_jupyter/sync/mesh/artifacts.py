"""Artifacts by their sha256 from whoever in the room has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from ...errors import IntegrityError, NotFoundError, PeerPlanError, TooLargeError, UnreachableError
from .bulk import Bulk

MOST = 100_000_000
"""Bytes of one artifact that are taken unless told otherwise."""
KEPT = 4
"""Artifacts that are kept in part, to go on with somebody else."""
Progress = Callable[[int], None]


class Artifacts:
    """Fetches artifacts from one source after the other. What came of one before it was cut off
    is kept for a while: the next source goes on from there. Only what has the hash is given out.
    """

    def __init__(self, sources: Callable[[], Iterable[Bulk]]) -> None:
        """`sources` names those that may be asked, best first."""
        self._sources = sources
        self._parts: dict[str, bytearray] = {}

    async def fetch(
        self,
        hash: str,  # noqa: A002
        most: int = MOST,
        progress: Progress = lambda _: None,
    ) -> bytes:
        """The bytes of `sha256:…`; `progress` is told how many are here.

        Raises `NotFoundError` if nobody here has them, `UnreachableError` if those who had went (a
        later call goes on from there), `TooLargeError` above `most` bytes, and `IntegrityError` if
        what came is not what the hash names.
        """
        failure: PeerPlanError = NotFoundError("Nobody who is here now can give this artifact.")
        for source in self._sources():
            try:
                return await self._from(source, hash, most, progress)
            except NotFoundError:
                continue
            except PeerPlanError as error:
                failure = error
            except ConnectionError as error:
                failure = UnreachableError(str(error))
        raise failure

    async def _from(self, source: Bulk, hash: str, most: int, progress: Progress) -> bytes:  # noqa: A002
        parts = self._parts.pop(hash, bytearray())
        begun = bool(parts)
        try:
            async for piece in source.fetch(hash, len(parts)):
                parts += piece
                _check_size(parts, most)
                progress(len(parts))
        except (TooLargeError, IntegrityError):
            raise
        except BaseException:
            self._keep(hash, parts)
            raise
        if f"sha256:{hashlib.sha256(parts).hexdigest()}" == hash:
            return bytes(parts)
        if begun:  # by another source, which may have lied: what is wrong is known of a whole only
            return await self._from(source, hash, most, progress)
        raise IntegrityError("What another peer gave has another hash.")

    def _keep(self, hash: str, parts: bytearray) -> None:  # noqa: A002
        if parts:
            self._parts[hash] = parts
        while len(self._parts) > KEPT:
            del self._parts[next(iter(self._parts))]


def _check_size(parts: bytearray, most: int) -> None:
    if len(parts) > most:
        raise TooLargeError(f"More than {most:,} bytes came.")
