"""Workspace: the plans of one user on one machine, and everything that is done with them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InvalidInputError, NotFoundError, PeerPlanError, UnreachableError
from ..evidence.intake import Evidence, take_bytes, take_file
from ..git.repository import Repository
from ..plan.document import Applied, PlanDocument
from ..plan.ids import new_id
from ..plan.operations import AddArtifact, CreatePlan, Operation, parse_operation
from ..plan.schema import Actor, ArtifactType
from ..store.bindings import Binding
from ..store.blobs import BlobStore
from ..store.home import Home
from ..store.recovery import Recovery
from ..store.rooms import Rooms
from ..store.settings import Settings, read_settings
from ..store.url import invitation_in
from ..sync import farewells
from ..sync.peer import Peer
from ..sync.plans import Plans
from .attendance import Attendance
from .custody import Custody
from .feedback import Feed
from .guests import Guests
from .identity import Identity, Kind, identity
from .listeners import Listeners
from .opening import Opener
from .publishing import Publisher
from .rebuilding import rebuild
from .summaries import summaries

if TYPE_CHECKING:
    from .inviting import Inviting
    from .meetings import Meetings

T = TypeVar("T")
LEAVING = 6.0
"""Seconds that leaving all rooms may take when a workspace is closed."""
_log = logging.getLogger(__name__)


class Workspace:
    """A peer with its journal, evidence, identities and publisher.

    Its coroutines may be awaited on any event loop; code without one uses `run`. Every change
    is durable when the coroutine that makes it returns. `settings` are by default those of the
    user's file, and to make a workspace raises what `read_settings` raises then.
    """

    def __init__(
        self,
        home: Home | None = None,
        settings: Settings | None = None,
        here: Path | None = None,
    ) -> None:
        self.home = home or Home.default()
        self.here = here
        """The folder that this process works in; None: the current one."""
        self.settings = settings or read_settings(self.home)
        self.limit = limit = self.settings.max_artifact_bytes
        self.blobs = BlobStore(self.home.blobs)
        self.rooms = Rooms(self.home.data / "rooms")
        self.peer = Peer(self.home.journal)
        self.feed = Feed(self.peer)
        self.publisher = Publisher(self.peer, self.blobs, self.settings.raw_urls)
        self.attendance = Attendance()
        self.room_listeners = Listeners()
        """Told on the peer's thread when the room of a plan looks different."""
        self.custody = Custody(self.peer, self.blobs, limit)
        self.recovered: Path | None = None
        """Where a broken journal was moved to when this workspace found it."""
        self.read_back: list[str] = []
        """The plans that this workspace read back when it started; see `rebuilding`."""
        self.recoveries: list[Recovery] = []
        """What came of the broken journals that it read then."""
        hosts = self.settings.trusted_hosts
        self.opener = Opener(self.peer, self.blobs, self.custody, self.home, hosts, limit)

    def start(self) -> Workspace:
        """Open the journal; `StorageError` if that fails. What a broken one lost is read back from
        git and from its file before this returns; see `recovered`, `read_back` and `recoveries`.
        """
        self.peer.start()
        farewells.add(self.close)
        self.recovered = self.peer.call(self._begin)
        if self.recovered is not None:
            _log.error("The journal was broken. It was moved to %s and begun anew.", self.recovered)
        self.read_back, self.recoveries = rebuild(self)
        for sentence in (one for made in self.recoveries for one in made.losses):
            _log.error("%s", sentence)
        return self

    def _begin(self, plans: Plans) -> Path | None:
        plans.guard = Guests(self.rooms).check
        return plans.journal.recovered

    def close(self) -> None:
        """Leave the rooms, end the peer's thread and close the journal.

        Called by itself when the process ends. In the child of a fork it does nothing.
        """
        farewells.remove(self.close)
        if self.met is not None and self.peer.alive:
            with suppress(PeerPlanError, TimeoutError, CancelledError):
                self.peer.spawn(self.met.close()).result(LEAVING)
        self.peer.close()

    @cached_property
    def meetings(self) -> Meetings:
        """The rooms that this process lives in."""
        from .meetings import Meetings  # noqa: PLC0415 (takes as long as all the rest)

        made = Meetings(self)
        self.custody.elsewhere = made.fetch
        return made

    @property
    def met(self) -> Meetings | None:
        """`meetings`, if anything asked for them yet."""
        return self.__dict__.get("meetings")

    def connection(self, plan_id: str, own: dict[str, Any]) -> dict[str, Any]:
        """How a page's host is connected, `own`, with what the plan's room adds to it."""
        return own if self.met is None else self.met.connection(plan_id, own)

    @cached_property
    def inviting(self) -> Inviting:
        """The invitations of this user."""
        from .inviting import Inviting  # noqa: PLC0415 (see `meetings`)

        return Inviting(self)

    def __enter__(self) -> Workspace:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run one of the coroutines to its end, from code that has no event loop."""
        return self.peer.spawn(coroutine).result()

    def actor(self, kind: Kind, name: str, label: str = "") -> Actor:
        """The user's actor of a kind; `label` keeps several of one kind apart."""
        return self.identity(kind, label).actor(name)

    def identity(self, kind: Kind, label: str = "") -> Identity:
        """The user's identity of a kind, with its key; see `actor`."""
        return identity(self.home.config / "identity", kind, label)

    async def create(
        self, operation: CreatePlan, workdir: Path | None = None, remote: str = "origin"
    ) -> Applied:
        """Begin a plan that is published to the repository at `workdir`, if there is one."""
        folder = _repository(workdir) if workdir is not None else None
        applied = await self.peer.acall(lambda plans: plans.create(operation))
        if folder is not None:
            await self.bind(operation.plan_id, folder, remote)
        return applied

    async def bind(self, plan_id: str, workdir: Path, remote: str = "origin") -> None:
        """Say from which repository on this machine a plan is published."""
        folder = _repository(workdir)

        def write(plans: Plans) -> None:
            known = plans.journal.binding(plan_id)
            fresh = Binding(workdir=str(folder), remote=remote, folder="")
            same = known is not None and known.workdir == str(folder)
            kept = replace(known, remote=remote) if known and same else fresh
            plans.journal.bind(plan_id, kept)

        await self.peer.acall(write)

    async def open(self, text: str, workdir: Path | None = None) -> str:
        """The id of the plan that a pasted text names; see `Opener.open`."""
        return await self.opener.open(text, workdir)

    async def join(self, text: str, name: str, workdir: Path | None = None, label: str = "") -> str:
        """As `open`, as the user called `name`, who comes into the plan's room too if `text` holds
        an invitation. What is published nowhere comes from the others who are there.

        Raises what `open` and `Invitation.parse` raise.
        """
        invited = invitation_in(text)
        if not invited:
            return await self.open(text, workdir)
        who = await asyncio.to_thread(self.identity, "human", label)
        await self.inviting.accept(text, invited, who, name, label)
        try:
            return await self.open(text, workdir)
        except (NotFoundError, UnreachableError, InvalidInputError):
            await self.meetings.arrival(invited)
            return invited

    async def submit(self, plan_id: str, operation: Operation, origin: str = "") -> Applied:
        """Apply an operation to a plan; `ForbiddenError` for what the role, in which this user was
        invited to it, does not allow.
        """
        return await self.peer.acall(lambda plans: plans.submit(plan_id, operation, origin))

    async def attach(  # noqa: PLR0913
        self,
        plan_id: str,
        actor: Actor,
        source: Path | bytes,
        *,
        name: str = "",
        kind: ArtifactType | None = None,
        step: str | None = None,
        caption: str = "",
        within: Path | None = None,
    ) -> AddArtifact:
        """Take a file (or bytes under `name`) in as evidence of a plan.

        Without `kind` the file's content says what it is. `within` is the folder that a path
        must not leave. Raises what `evidence.intake` raises, `NotFoundError` for a step that is not
        in the plan, `InvalidInputError`; then nothing was recorded.
        """
        await self.peer.acall(lambda plans: _step(plans.get(plan_id), step))
        taken = self._take(source, name, within)
        fields: dict[str, Any] = {
            "op": "add_artifact",
            "artifactId": new_id(),
            "stepId": step,
            "caption": caption,
        }
        fields |= taken.fields() | ({"type": kind} if kind else {})
        operation = parse_operation(fields, actor)
        assert isinstance(operation, AddArtifact)  # noqa: S101 (its `op` says so)
        await self.submit(plan_id, operation)
        return operation

    async def workdir(self, plan_id: str) -> Path | None:
        """The repository on this machine that a plan belongs to."""
        binding = await self.peer.acall(lambda plans: plans.journal.binding(plan_id))
        return Path(binding.workdir) if binding else None

    async def summaries(self, reader: str = "") -> list[dict[str, Any]]:
        """All plans in a few words each, the last created first; `unread` is for `reader`."""
        return await self.peer.acall(lambda plans: summaries(plans, reader))

    async def find(self, plan_id: str) -> str:
        """The plan's id, if it is here; a unique beginning of at least four letters will do."""

        def match(plans: Plans) -> str:
            if plans.has(plan_id):
                return plan_id
            near = [one for one in plans.ids() if len(plan_id) >= 4 and one.startswith(plan_id)]
            if len(near) == 1:
                return near[0]
            raise NotFoundError(
                f"There is no plan {plan_id!r} here.",
                hint="`peerplan list` shows those there are; `peerplan open URL` brings others.",
                plans=near[:20],
            )

        return await self.peer.acall(match)

    def _take(self, source: Path | bytes, name: str, within: Path | None) -> Evidence:
        if isinstance(source, bytes):
            return take_bytes(self.blobs, source, name, self.limit)
        return take_file(self.blobs, source, name, within, self.limit)


def _step(document: PlanDocument, key: str | None) -> None:
    if key is not None:
        document.step(key)


def _repository(path: Path) -> Path:
    """The top folder of the repository that `path` is in; `NotFoundError` if in none."""
    with Repository.open(path) as repository:
        return repository.work_tree or repository.common_dir
