"""One pair of peers in one room: a state machine without input or output of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

from ..errors import (
    DocumentError,
    ForbiddenError,
    PeerPlanError,
    ProtocolError,
    TooLargeError,
)
from ..plan.guard import PanicError
from .batches import Batches
from .codec import encode
from .deflated import DEFLATE
from .early import Early
from .events import Closed, Event, Imported, Joined, Refused, Role, State
from .fragments import Reassembly
from .frames import (
    DOCUMENTS,
    Ack,
    Crdt,
    DocUpdate,
    Fragment,
    FragmentHeader,
    Frame,
    JoinError,
    JoinErrorCode,
    JoinRequest,
    JoinResponseOk,
    Leave,
    Permission,
    RoomError,
    RoomErrorCode,
    UpdateStatus,
)
from .intake import Intake
from .introduction import Introduction, Terms
from .limits import TokenBucket
from .ports import (
    NO_VERSION,
    DocumentPort,
    ForeseeingDocument,
    PartedDocument,
    SelectiveDocument,
)
from .refusals import EarlyError, LethalError, OversteppedError
from .statuses import status_of


class Session:
    """Keeps a document (or presence) equal with one other peer.

    Frames that come are given to `receive`, local changes to `push`, and `tick` is called about
    once a second; each returns the frames to send, in their order. What a change brought is told
    to `listen`. A session may outlive its connection: `disconnected`, then `start` again; version
    vectors make up for what was lost on the way. Nothing here is safe to share between threads.
    """

    def __init__(
        self,
        room: str,
        port: DocumentPort,
        role: Role,
        terms: Terms,
        *,
        crdt: Crdt = Crdt.LORO,
        listen: Callable[[Event], None] = lambda _: None,
    ) -> None:
        self.room, self.crdt, self.role = room, crdt, role
        self.state = State.IDLE
        self.permission: Permission = "read"
        """What this side may do at the other."""
        self.remote = Introduction(acks=False)
        """What the other peer said about itself."""
        self.listen = listen
        """Told what happens; set anew by the connection that carries the session."""
        self._port, self._terms = port, terms
        self._limits, self._clock = terms.limits, terms.clock
        self._granted: Permission = "read"
        self._batches = Batches(crdt, room, self._limits, self._clock)
        self._reassembly = Reassembly(self._limits)
        self._intake = Intake(port, terms, crdt)
        self._arrived: deque[tuple[bytes, tuple[bytes, ...]]] = deque()
        self._early = Early(self._clock)
        self._bucket = self._new_bucket()
        self._unsent = self._invalid = 0
        self._second_try = False

    @property
    def pending(self) -> int:
        """Local changes that the other peer has not acknowledged (0 where peers do not say)."""
        return self._unsent + self._batches.changes

    @property
    def ephemeral(self) -> bool:
        """Whether the room holds presence."""
        return self.crdt not in DOCUMENTS

    def start(self) -> list[bytes]:
        """Asks to join; for the requester, at each new connection."""
        self.disconnected()
        self._bucket, self._invalid = self._new_bucket(), 0
        self._second_try = False
        return self._ask()

    def disconnected(self) -> None:
        """Takes note that nothing sent so far can be counted on."""
        self._unsent += self._batches.clear()
        self._reassembly = Reassembly(self._limits)
        self._arrived.clear()
        self._early.clear()
        self.state = State.IDLE

    def leave(self) -> list[bytes]:
        """Ends the session from this side, after what waited to be sent."""
        was, self.state = self.state, State.CLOSED
        if was in (State.CLOSED, State.IDLE):
            return []
        rest = self._batches.rest() if was is State.JOINED else []
        return rest + self._encoded(Leave(self.crdt, self.room))

    def evict(self, reason: str) -> list[bytes]:
        """Puts the other peer out, and says why."""
        goodbye: Frame = RoomError(self.crdt, self.room, RoomErrorCode.EVICTED, reason)
        return self._encoded(goodbye) + self._close(reason, fault=True)

    def push(self, update: bytes) -> list[bytes]:
        """Sends a change that this session did not bring, now or when it is possible."""
        if isinstance(self._port, SelectiveDocument) and not (
            update := self._port.outgoing(update)
        ):
            return []
        if self.state is State.JOINED and self.permission == "write":
            return self._batches.add(update)
        if self.role is Role.REQUESTER and not self.ephemeral and self.state is not State.CLOSED:
            self._unsent += 1
        return []

    def tick(self) -> list[bytes]:
        """Does what is due: batches that took too long, batches to send again or at last, and those
        that came too early.
        """
        if self.state is not State.JOINED:
            return []
        late = self._reassembly.expire(self._clock())
        out = [self._ack(batch, UpdateStatus.FRAGMENT_TIMEOUT) for batch in late]
        return out + self.again() + self._batches.retries() + self._batches.flush()

    def again(self) -> list[bytes]:
        """Takes in what came before what it depends on, as far as that came since; the frames to
        send.
        """
        out: list[bytes] = []
        while self._early and (due := self._early.due(self._port.version())):
            batch, updates = due
            told = self._take_in(batch, iter(updates))
            if batch in self._early:
                break
            out += told
        return out

    async def settle(self) -> list[bytes]:
        """Takes in what came, where the port has that tried before it; the frames to send."""
        out: list[bytes] = []
        while self._arrived:
            out += await self._settle(*self._arrived.popleft())
        return out

    def receive(self, frame: Frame) -> list[bytes]:  # noqa: C901, PLR0911 - one case per message
        """Takes one frame of this room; with a `ForeseeingDocument`, `settle` goes on with it."""
        if self.state is State.CLOSED:
            return []
        if not self._bucket.take():
            return self._flooded(frame)
        match frame:
            case JoinRequest() if self.role is Role.RECEIVER:
                return self._join_request(frame)
            case JoinResponseOk() if self.role is Role.REQUESTER:
                return self._join_response(frame)
            case JoinError():
                return self._join_error(frame)
            case DocUpdate():
                return self._take(frame.batch, frame.updates)
            case FragmentHeader() | Fragment():
                return self._fragment(frame)
            case Ack():
                return self._acknowledged(frame)
            case RoomError():
                return self._room_error(frame)
            case Leave():
                return self._close("The other peer left the room.", left=True)
            case _:
                return self.evict(f"A {type(frame).__name__} came from the wrong side.")

    def _ask(self) -> list[bytes]:
        self.state = State.JOINING
        return self._request(self._version())

    def _request(self, version: bytes) -> list[bytes]:
        payload = self._terms.introduction.encode()
        return self._encoded(JoinRequest(self.crdt, self.room, payload, version))

    def _join_request(self, frame: JoinRequest) -> list[bytes]:
        try:
            self._meet(frame.auth)
        except PeerPlanError as error:
            return self._turn_away(error)
        self.permission, self.state = "write", State.JOINED
        self._batches.clear()
        self._batches.acks = self.remote.acks and not self.ephemeral
        extra = self._terms.introduction.encode()
        out = self._encoded(
            JoinResponseOk(self.crdt, self.room, self._granted, self._version(), extra)
        )
        out += self._backfill(frame.version)
        self.listen(Joined(self.permission, self.remote))
        return out

    def _join_response(self, frame: JoinResponseOk) -> list[bytes]:
        if self.state is not State.JOINING:
            return self.evict("An answer to a join came unasked.")
        try:
            self._meet(frame.extra)
        except PeerPlanError as error:
            leave = self._encoded(Leave(self.crdt, self.room))
            return leave + self._close(error.message, fault=True)
        self.permission, self.state = frame.permission, State.JOINED
        self._batches.acks = not self.ephemeral
        out = self._backfill(frame.version) if self.permission == "write" else []
        self.listen(Joined(self.permission, self.remote))
        return out

    def _meet(self, raw: bytes) -> None:
        if len(raw) > self._limits.introduction:
            raise TooLargeError(
                f"An introduction of {len(raw)} bytes; {self._limits.introduction} are allowed."
            )
        remote = Introduction.decode(raw)
        self._granted = self._terms.admit(self.room, remote)
        self.remote = remote
        self._batches.deflates = self._intake.inflates and DEFLATE in remote.features

    def _turn_away(self, error: PeerPlanError) -> list[bytes]:
        code, app_code = JoinErrorCode.APP_ERROR, error.code
        if isinstance(error, ForbiddenError):
            code, app_code = JoinErrorCode.AUTH_FAILED, ""
        refusal = JoinError(self.crdt, self.room, code, error.message, app_code=app_code or None)
        return self._encoded(refusal) + self._close(error.message)

    def _join_error(self, frame: JoinError) -> list[bytes]:
        unknown = frame.code is JoinErrorCode.VERSION_UNKNOWN
        if unknown and self.state is State.JOINING and not self._second_try:
            self._second_try = True
            return self._request(NO_VERSION)
        message = frame.message or frame.code.name.lower()
        return self._close(f"The room refused: {message}", refused=True)

    def _backfill(self, version: bytes) -> list[bytes]:
        changes, self._unsent = self._unsent, 0
        out: list[bytes] = []
        for part in self._missing(version):
            out += self._batches.add(part, max(changes, 1))
            changes = 0
        return out

    def _missing(self, version: bytes) -> list[bytes]:
        """What a peer of that version lacks: everything, if the version is not understood."""
        with suppress(DocumentError, ProtocolError):
            return self._parts(version)
        return self._parts(b"")

    def _parts(self, version: bytes) -> list[bytes]:
        if isinstance(self._port, PartedDocument):
            return self._port.parts_since(version)
        whole = self._port.updates_since(version)
        return [whole] if whole else []

    def _version(self) -> bytes:
        return self._port.version() if self.ephemeral else self._port.version() or NO_VERSION

    def _fragment(self, frame: FragmentHeader | Fragment) -> list[bytes]:
        if isinstance(frame, Fragment) and self._reassembly.dropped(frame.batch):
            return []
        try:
            if isinstance(frame, FragmentHeader):
                self._permit()
                self._reassembly.begin(frame, self._clock())
                return []
            update = self._reassembly.add(frame, self._clock())
        except PeerPlanError as error:
            self._reassembly.drop(frame.batch)
            return self._refuse(frame.batch, error)
        return [] if update is None else self._take(frame.batch, (update,))

    def _take(self, batch: bytes, updates: tuple[bytes, ...]) -> list[bytes]:
        if isinstance(self._port, ForeseeingDocument):
            self._arrived.append((batch, updates))
            return []
        return self._take_in(batch, map(self._intake.opened, filter(None, updates)))

    async def _settle(self, batch: bytes, updates: tuple[bytes, ...]) -> list[bytes]:
        """Of several updates, which are short, only what all trials need is done beforehand."""
        opened = map(self._intake.opened, filter(None, updates))
        try:
            self._permit()
            whole = next(opened, b"") if len(updates) == 1 else b""
        except PeerPlanError as error:
            return self._refuse(batch, error)
        assert isinstance(self._port, ForeseeingDocument)  # noqa: S101
        async with self._port.foreseen(whole):
            return self._take_in(batch, iter((whole,)) if whole else opened)

    def _take_in(self, batch: bytes, updates: Iterator[bytes]) -> list[bytes]:
        before, changed, error = b"", list[bytes](), None
        try:
            self._permit()
            before = self._port.version()
            for update in updates:
                if self._imported(batch, update, updates):
                    changed.append(update)
        except PeerPlanError as caught:
            error = caught
        if not isinstance(error, EarlyError):
            self._early.drop(batch)
        if changed:
            self.listen(Imported(before, tuple(changed)))
        if error is not None:
            return self._refuse(batch, error)
        acks = self.role is Role.RECEIVER or self.remote.acks
        return [self._ack(batch, UpdateStatus.OK)] if acks else []

    def _imported(self, batch: bytes, update: bytes, others: Iterator[bytes]) -> bool:
        """Whether one of a batch changed anything. The `others` behind it wait with it."""
        try:
            return self._port.import_updates(update)
        except EarlyError:
            self._early.keep(batch, (update, *others), self._port.version())
            raise

    def _permit(self) -> None:
        if self.state is not State.JOINED:
            raise ForbiddenError("The peer has not joined the room.")
        if self._granted != "write":
            raise ForbiddenError("The peer may only read.")

    def _refuse(self, batch: bytes, error: PeerPlanError) -> list[bytes]:
        status = status_of(error)
        self._invalid += status is UpdateStatus.INVALID_UPDATE
        out = [self._ack(batch, status)]
        worst = isinstance(error, TooLargeError | PanicError | OversteppedError | LethalError)
        if worst or self._invalid >= self._limits.invalid_updates:
            return out + self.evict(error.message)
        return out

    def _flooded(self, frame: Frame) -> list[bytes]:
        out: list[bytes] = []
        if isinstance(frame, DocUpdate | FragmentHeader | Fragment):
            out.append(self._ack(frame.batch, UpdateStatus.RATE_LIMITED))
        rate = self._limits.messages_per_second
        return out + self.evict(f"More than {rate:g} messages a second came.")

    def _acknowledged(self, frame: Ack) -> list[bytes]:
        batch = self._batches.acknowledged(frame.batch, frame.status)
        if batch is not None and frame.status is not UpdateStatus.OK:
            self.listen(Refused(frame.status, batch.changes))
        return self._batches.retries() + self._batches.flush()

    def _room_error(self, frame: RoomError) -> list[bytes]:
        again = frame.code is RoomErrorCode.REJOIN_SUGGESTED and self.role is Role.REQUESTER
        if again and self.state is State.JOINED:
            self.disconnected()
            return self._ask()
        reason = f"The other peer ended it: {frame.message or frame.code.name.lower()}"
        return self._close(reason, refused=True)

    def _close(self, reason: str, **why: bool) -> list[bytes]:
        """`why` are fields of `Closed`."""
        self.disconnected()
        self.state = State.CLOSED
        self.listen(Closed(reason, **why))
        return []

    def _ack(self, batch: bytes, status: UpdateStatus) -> bytes:
        return encode(Ack(self.crdt, self.room, batch, status))

    def _encoded(self, frame: Frame) -> list[bytes]:
        return [encode(frame)]

    def _new_bucket(self) -> TokenBucket:
        return TokenBucket(self._limits.messages_per_second, self._limits.burst, self._clock)
