"""Custody: where the bytes of a plan's evidence are, and whether they are what was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..errors import IntegrityError, NotFoundError, PeerPlanError, TooLargeError
from ..plan.schema import Artifact
from ..store.bindings import Binding
from ..store.blobs import MAX_ARTIFACT, BlobStore
from ..sync.peer import Peer
from ..sync.plans import Plans
from .fetching import fetch_artifact
from .publishing import published_artifact

Listener = Callable[[str], None]
State = tuple[str, str]
Elsewhere = Callable[[str, str, int, Callable[[int], None]], Awaitable[bytes]]
"""The bytes of a plan's artifact by its hash, on the peer's thread; see `Artifacts.fetch`."""


class Custody:
    """Every hash is checked once per process, when its plan is first looked at.

    What is missing is looked for again whenever somebody looks. `limit` is the largest artifact,
    in bytes, that is fetched.
    """

    def __init__(self, peer: Peer, blobs: BlobStore, limit: int = MAX_ARTIFACT) -> None:
        self._peer = peer
        self._blobs = blobs
        self._limit = limit
        self.elsewhere: Elsewhere | None = None
        """Asked for what neither this machine nor the plan branch has."""
        self._known: dict[tuple[str, str], State] = {}
        self._listeners: list[Listener] = []

    def states(self, plans: Plans, plan_id: str) -> dict[str, dict[str, str]]:
        """`{artifact id: {"state", "detail"}}` as known now; `checking` where it is not yet."""
        binding = plans.journal.binding(plan_id)
        told: dict[str, dict[str, str]] = {}
        for one in plans.get(plan_id).artifacts.values():
            state, detail = self._known.get((plan_id, one.id), ("checking", ""))
            if state == "verified" and binding and not published_artifact(binding, one):
                state = "unpublished"
            told[one.id] = {"state": state, "detail": detail}
        return told

    async def check(self, plan_id: str) -> None:
        """Check in the background what was not checked yet; listeners hear of the results."""
        artifacts = await self._peer.acall(lambda plans: _artifacts(plans, plan_id))
        due = [one for one in artifacts if one.hash and self._is_due(plan_id, one)]
        if due:
            self._peer.spawn(self._check_all(plan_id, due))

    async def file(self, plan_id: str, artifact_id: str) -> tuple[Artifact, Path]:
        """An artifact and a file with its verified bytes, fetched from git if need be.

        Raises `NotFoundError`, and `IntegrityError` when what is there has another hash.
        """
        artifacts = await self._peer.acall(lambda plans: _artifacts(plans, plan_id))
        found = next((one for one in artifacts if one.id == artifact_id), None)
        if found is None or not found.hash:
            raise NotFoundError(f"The plan has no artifact {artifact_id[:64]!r}.")
        if self._is_due(plan_id, found):
            await self._check(plan_id, found)
        state, detail = self._known[plan_id, found.id]
        if state == "mismatch":
            raise IntegrityError(detail)
        if state == "missing":
            raise NotFoundError(detail)
        return found, self._blobs.path(found.hash)

    def note(self, plan_id: str, artifact_id: str, state: str, detail: str) -> None:
        """Remember what was found out elsewhere about an artifact."""
        self._known[plan_id, artifact_id] = (state, detail)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with a plan's id, on the peer's thread, when a state became known."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def _is_due(self, plan_id: str, artifact: Artifact) -> bool:
        state, _ = self._known.get((plan_id, artifact.id), ("missing", ""))
        return state == "missing"

    async def _check_all(self, plan_id: str, due: list[Artifact]) -> None:
        for one in due:
            await self._check(plan_id, one)
        self._tell(plan_id)

    async def _check(self, plan_id: str, artifact: Artifact) -> State:
        binding = await self._peer.acall(lambda plans: plans.journal.binding(plan_id))
        state = await asyncio.to_thread(self._verify, artifact)
        if state[0] == "missing":
            state = await asyncio.to_thread(self._fetch, binding, artifact)
        if state[0] == "missing" and self.elsewhere is not None:
            state = await asyncio.wrap_future(self._peer.spawn(self._ask(plan_id, artifact, state)))
        self._known[plan_id, artifact.id] = state
        return state

    async def _ask(self, plan_id: str, artifact: Artifact, missing: State) -> State:
        """Bring an artifact from other peers; `missing` if they cannot give it.

        Who gives other bytes than were recorded says nothing about the evidence.
        """
        assert self.elsewhere is not None  # noqa: S101 (its caller looked)
        try:
            data = await self.elsewhere(
                plan_id,
                artifact.hash or "",
                self._limit,
                lambda got: self._progress(plan_id, artifact, got),
            )
            await asyncio.to_thread(self._blobs.put_bytes, data, self._limit)
        except IntegrityError:
            return "missing", f"What another peer gave as {artifact.name} has another hash."
        except TooLargeError:
            return "missing", f"{artifact.name} is larger than {self._limit:,} bytes."
        except PeerPlanError:
            return missing
        return "verified", ""

    def _progress(self, plan_id: str, artifact: Artifact, got: int) -> None:
        shown = f"{got:,} of {artifact.size:,} bytes came" if artifact.size else f"{got:,} bytes"
        before = self._known.get((plan_id, artifact.id))
        self._known[plan_id, artifact.id] = ("checking", f"{shown} from another peer.")
        if before is None or got % (1 << 20) < 1 << 14:
            self._tell(plan_id)

    def _tell(self, plan_id: str) -> None:
        for listener in list(self._listeners):
            listener(plan_id)

    def _verify(self, artifact: Artifact) -> State:
        try:
            self._blobs.open(artifact.hash or "").close()
        except IntegrityError as error:
            return "mismatch", error.message
        except PeerPlanError:
            return "missing", f"The bytes of {artifact.name} are not on this machine."
        return "verified", ""

    def _fetch(self, binding: Binding | None, artifact: Artifact) -> State:
        try:
            fetch_artifact(self._blobs, binding, artifact, self._limit)
        except IntegrityError as error:
            return "mismatch", error.message
        except PeerPlanError as error:
            return "missing", error.message
        return "verified", ""


def _artifacts(plans: Plans, plan_id: str) -> list[Artifact]:
    return [one for one in plans.get(plan_id).artifacts.values() if not one.withdrawn]
