"""One other peer of the room: the links to it, one after the other, over the best path there is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from time import monotonic
from typing import Any

from ...errors import ForbiddenError, PeerPlanError
from ...plan.ids import new_id
from ..handshake import Member
from ..limits import TokenBucket
from ..transports.channel import PairLink, Path
from ..transports.relay import RelayLink
from .attempts import Attempts
from .signals import Signal
from .surroundings import DirectAttempt, Surroundings

PATIENCE = 5.0
"""Seconds without an open channel after which the relay is taken, unless told otherwise."""
GREETING = 10.0
"""Seconds that a handshake may take."""
STEADY = 2.0
"""Seconds after which a link that ends was one; one that ends before is not made anew at once."""
OVERLAP = 1.0
"""Seconds that the old link stays beside a better one, so that nobody seems to leave."""
PAUSES = (2.0, 15.0, 30.0, 60.0, 300.0)
"""Seconds between attempts at a direct connection."""
DEAF = 20.0
"""Seconds without a word after which a peer counts as gone that does not answer attempts."""
RELAYS = 50.0, 200.0
"""Relayed links of the other side that are begun: for each second, and at once. Each costs keys."""
_TRIES = 3
_log = logging.getLogger(__name__)


class Pair:
    """Begun by `start`; signals and relayed frames of the other peer are given to it.

    `over` is set when the other peer does not answer any more, or must not be linked with.
    """

    def __init__(
        self, mesh: Surroundings, other: str, *, direct: bool = True, patience: float = PATIENCE
    ) -> None:
        self.other = other
        self.offers = mesh.me > other
        self.member: Member | None = None
        self.link: PairLink | None = None
        """The link that carries the plan, once the handshake is done."""
        self.trouble = ""
        """Why there is no direct link."""
        self.over = asyncio.Event()
        self.absent = False
        """Whether somebody said in its name that it goes."""
        self.refused = False
        """Whether it is over because one of the two does not want the other."""
        self.lonely = 0
        """For how many looks there was neither a link nor a word; see `Gathering`."""
        self._mesh, self._direct, self._patience = mesh, direct, patience
        self._trying: Attempts[DirectAttempt] = Attempts()
        self._unanswered: DirectAttempt | None = None
        self._anew = False
        """Whether that was given up because the other peer came back. The next is not given up so:
        any member may say that another is there, as often as it likes.
        """
        self._relays: Attempts[RelayLink] = Attempts()
        """The one that carries the plan stays among them until it is over."""
        self._patient = TokenBucket(*RELAYS, monotonic)
        self._since = monotonic()
        self._hopeless = self._announced = False
        self._heard = monotonic()
        self._hurry = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def path(self) -> Path | None:
        """How the plan travels now; None while it does not."""
        return self.link.path if self.link else None

    def start(self) -> None:
        """Begin to connect, if that is this side's part."""
        if self.offers:
            self._spawn(self._offer())

    def leaves(self, link: PairLink) -> None:
        """The other peer said over a link that it goes. If it announced itself while that was the
        link, it may be back already: then its signals say whether it is there.
        """
        self.absent = self.absent or (link is self.link and not self._announced)

    def announced(self, *, to_all: bool = False) -> None:
        """The other peer said that it is there; `to_all` as one does that comes, and then knows of
        no offer that it was made before.
        """
        self.absent, self.lonely = False, 0
        self._announced = self.link is not None
        if to_all and self._unanswered is not None:
            self._unanswered.close()
            self._unanswered, self._anew = None, True
        self.hurry()

    def hurry(self) -> None:
        """The other peer is there and wants a link."""
        self._hurry.set()

    def signal(self, said: Signal) -> None:
        """Takes what the other peer said about an attempt. What was said before, and is said again
        by the room server, is about none.
        """
        self._hear()
        if said.type == "relay" and not self.offers:
            self._relayed_by(said.attempt)
        elif said.type == "offer" and not self.offers:
            self._answer(said)
        elif attempt := self._trying.get(said.attempt):
            self._unanswered = None if said.type == "answer" else self._unanswered
            attempt.signal(said.to_wire())

    def frame(self, attempt: str, payload: bytes) -> None:
        """Takes a relayed frame. The first of an attempt says that the offerer took the relay."""
        self._hear()
        if not self.offers:
            self._relayed_by(attempt)
        if link := self._relays.get(attempt):
            link.take(payload)

    def _hear(self) -> None:
        self._heard, self.absent, self.lonely = monotonic(), False, 0

    def cut(self) -> None:
        """Close the link; a new one is tried for at once."""
        if self.link is not None:
            self.link.close("The link was given up for a new one.")
        self.hurry()

    def lose_relay(self, reason: str) -> None:
        """The way through the room server was interrupted, so that frames may be missing."""
        for link in self._relays.all():
            link.close(reason)

    async def close(self, reason: str) -> None:
        """End all links with the other peer."""
        self.over.set()
        if self.link is not None:
            self.link.close(reason)
        self.lose_relay(reason)
        self._trying.close()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _offer(self) -> None:
        failed = 0
        while not self.over.is_set():
            link = await self._try_direct()
            if link is not None and await self.use(link):
                await link.wait_closed()
                failed = 0 if monotonic() - self._since > STEADY else failed + 1
            else:
                failed += 1
            if failed >= _TRIES and monotonic() - self._heard > DEAF and self.link is None:
                self.over.set()
            elif failed:
                await self._pause(PAUSES[min(failed, len(PAUSES)) - 1])

    async def _try_direct(self) -> PairLink | None:
        """A direct link; the relay is taken when none opens in time."""
        self._hurry.clear()
        attempt = self._begin(new_id()) if self._direct else None
        if attempt is None:
            self._take_relay()
            return None
        self._unanswered, self._anew = None if self._anew else attempt, False
        opening = asyncio.ensure_future(attempt.opened())
        opening.add_done_callback(_retrieved)
        try:
            await asyncio.wait({opening}, timeout=0 if self._hopeless else self._patience)
            if not opening.done():
                self._take_relay()
            link = await opening
        except PeerPlanError as error:
            if self._anew:
                return None
            self.trouble, self._hopeless = error.message, True
            self._take_relay()
            return None
        finally:
            self._unanswered = None
            opening.cancel()
        self._hopeless = False
        return link

    def _begin(self, name: str) -> DirectAttempt | None:
        def say(said: dict[str, Any]) -> None:
            fields = {key: said[key] for key in ("sdp", "candidate") if key in said}
            self._mesh.say(Signal(said["type"], self._mesh.me, self.other, name, **fields))

        attempt = self._mesh.attempt(self.offers, say)
        if attempt is not None:
            if self.offers:
                self._trying.close()
            self._trying.begin(name, attempt)
        return attempt

    def _answer(self, said: Signal) -> None:
        name = said.attempt
        attempt = self._begin(name) if self._trying.is_new(name) else None
        if attempt is not None:
            attempt.signal(said.to_wire())
            self._spawn(self._answered(name, attempt))

    async def _answered(self, name: str, attempt: DirectAttempt) -> None:
        try:
            link = await attempt.opened()
        except PeerPlanError as error:
            if self.path in {None, "relay"}:
                self.trouble = error.message
            self._trying.end(name)
            self._mesh.changed()
        else:
            await self.use(link)

    def _relayed_by(self, name: str) -> None:
        """The other side took the relay; a link that is there stays until the new one is greeted
        over, since anybody between the two can say so.
        """
        if self._relays.is_new(name) and self._patient.take():
            self._relay_to(name)

    def _take_relay(self) -> None:
        if self.link is None and not self._relays:
            name = new_id()
            self._mesh.say(Signal("relay", self._mesh.me, self.other, name))
            self._relay_to(name)

    def _relay_to(self, name: str) -> None:
        link = self._mesh.relay(self.other, name)
        self._relays.begin(name, link, spared=self.link)
        self._spawn(self._relayed(link))

    async def _relayed(self, link: RelayLink) -> None:
        used = await self.use(link)
        await link.wait_closed()
        self._relays.end(link.attempt)
        if not used and not self._relays:
            await self._look_for_another(STEADY, relayed=True)

    async def use(self, link: PairLink) -> bool:
        """Greet over a link, and let it carry the plan; False, with the link closed, if not."""
        try:
            member = await asyncio.wait_for(self._mesh.greet(link, self.other), GREETING)
        except TimeoutError:
            link.close("The other peer did not say who it is in time.")
            return False
        except (PeerPlanError, ConnectionError) as error:
            self._refuse(link, error)
            return False
        except asyncio.CancelledError:
            link.close("This peer gave it up.")
            raise
        if why := self._against(link, member):
            link.close(why)
            return False
        self._spawn(self._carry(link, member))
        return True

    def _against(self, link: PairLink, member: Member) -> str:
        """Why a link is not to carry the plan; empty if it is. Ids of peers are free to claim."""
        if self.over.is_set() or (link.path == "relay" and self.path not in {None, "relay"}):
            return "There is a better link."
        known = self.member.identity.id if self.link and self.member else member.identity.id
        return "" if known == member.identity.id else "Somebody else is here under that id."

    def _refuse(self, link: PairLink, error: Exception) -> None:
        link.close(str(error))
        if self.link is not None:  # anybody can come under the id of who is here
            return
        self.trouble = str(error)
        if isinstance(error, ForbiddenError):
            _log.warning("No link with the peer %s: %s", self.other, error.message)
            self._mesh.refused(self, error)
            self.refused = True
            self.over.set()
        self._mesh.changed()

    async def _carry(self, link: PairLink, member: Member) -> None:
        """Lets the link carry the plan, in place of the one that did."""
        if self.link is not None:
            self._spawn(self._retire(self.link))
        self.link, self.member, self._since = link, member, monotonic()
        self.absent = self._announced = False
        self._mesh.changed()
        try:
            await self._mesh.carry(self, link, member)
        except Exception:
            _log.exception("A link failed")
        finally:
            link.close("The link is over.")
            if self.link is link:
                self.link = None
                if isinstance(link, RelayLink):
                    self._relays.end(link.attempt)
                self._mesh.changed()
                steady = monotonic() - self._since > STEADY
                await self._look_for_another(0 if steady else STEADY, link.path == "relay")

    async def _look_for_another(self, seconds: float, relayed: bool) -> None:
        """The offerer makes a link after that time; who is not asks for one."""
        await asyncio.sleep(seconds)
        if self.over.is_set() or self.link is not None:
            return
        if not self.offers:
            self._mesh.ask(self)
            return
        if relayed:
            self._take_relay()
        self.hurry()

    async def _retire(self, link: PairLink) -> None:
        await asyncio.sleep(OVERLAP)
        link.close("A better path is there.")

    async def _pause(self, seconds: float) -> None:
        waits = [asyncio.ensure_future(one.wait()) for one in (self._hurry, self.over)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A pair failed", exc_info=error)


def _retrieved(task: asyncio.Future[Any]) -> None:
    """An attempt may fail while it is given up."""
    if not task.cancelled():
        task.exception()
