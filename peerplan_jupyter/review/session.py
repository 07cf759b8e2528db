"""ReviewSession: one person's view of one plan, as messages. The host side, on any transport."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from re import compile as re_compile
from typing import Any

from ..errors import InvalidInputError, PeerPlanError
from ..plan.ids import new_id
from ..plan.operations import CreatePlan, parse_operation
from ..plan.schema import Actor, Plan
from ..sync.plans import PlanEvent, Plans
from .attendance import Participant
from .live import live_view
from .messages import Message
from .sharing import Sharing
from .workspace import Workspace

Send = Callable[[Message, list[bytes]], None]
"""Takes a message, which may hold models, and its binary parts. Called on the peer's thread; must
not block or raise.
"""
MANY = 500
"""With more annotations a page is told the plan without them first."""
Connection = Callable[[], dict[str, Any]]
"""How a page reaches this host, for the view's `live.connection`."""
_log = logging.getLogger(__name__)
_entity = re_compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_news = re_compile(r"[A-Za-z0-9][A-Za-z0-9_/-]{0,199}\Z")


class ReviewSession:
    """Answers a page's messages and tells it what changes, until it is closed.

    The actor is whom the host authenticated; what a message says about it is ignored. Runs on the
    peer's thread, so that it goes on while a cell is running; `receive` may be called on any.
    """

    def __init__(
        self,
        workspace: Workspace,
        plan_id: str,
        actor: Actor,
        send: Send,
        connection: Connection,
        sharing: Sharing | None = None,
    ) -> None:
        """Without `sharing` nobody can be invited from the page."""
        self._workspace = workspace
        self._plan_id = plan_id
        self._actor = actor
        self._send = send
        self._connection = connection
        self._sharing = sharing
        self._key = new_id()
        self._stops: list[Callable[[], None]] = []
        self._live_due = False
        self._answers: dict[str, Callable[[Message], Awaitable[None]]] = {
            "open": self._open,
            "submit": self._submit,
            "artifact": self._artifact,
            "publish": self._publish,
            "presence": self._presence,
            "seen": self._seen,
            "invite": self._invite,
            "invitations": self._invitations,
            "revoke": self._revoke,
        }

    def receive(self, message: Any) -> None:
        """Take a message; what it asks for is sent when it is done, errors too."""
        self._workspace.peer.spawn(self._answer(message))

    def close(self) -> None:
        """Stop telling; the page is gone."""
        self._workspace.attendance.leave(self._plan_id, self._key)
        for stop in self._stops:
            stop()
        self._stops.clear()

    def live_changed(self) -> None:
        """Tell the page what is live now, soon; many calls at once make one message."""
        self._workspace.peer.loop.call_soon_threadsafe(self._plan_live)

    async def _answer(self, message: Any) -> None:
        re = message.get("re") if isinstance(message, dict) else None
        re = re if isinstance(re, int) else None
        try:
            await self._answer_to(message)(message)
        except PeerPlanError as error:
            self._send({"kind": "error", "re": re, "error": error.to_wire()}, [])
        except Exception as error:
            _log.exception("A message could not be answered")
            told = PeerPlanError(f"Something broke here: {type(error).__name__}.")
            self._send({"kind": "error", "re": re, "error": told.to_wire()}, [])

    def _answer_to(self, message: Any) -> Callable[[Message], Awaitable[None]]:
        kind = message.get("kind") if isinstance(message, dict) else None
        if not isinstance(kind, str) or kind not in self._answers:
            raise InvalidInputError(f"{str(message)[:60]!r} is not a message of this protocol.")
        return self._answers[kind]

    async def _open(self, message: Message) -> None:
        if not self._stops:
            peer, attendance = self._workspace.peer, self._workspace.attendance
            self._stops = [
                peer.subscribe_here(self._changed),
                attendance.subscribe(self._somebody_moved),
                self._workspace.custody.subscribe(self._somebody_moved),
                self._workspace.room_listeners.subscribe(self._somebody_moved),
            ]
        self._enter(None)
        await self._workspace.custody.check(self._plan_id)
        await self._send_beginning()
        await self._send_view(message.get("re"))

    async def _submit(self, message: Message) -> None:
        raw = message.get("operation")
        operation = parse_operation(raw if isinstance(raw, dict) else {}, self._actor)
        if isinstance(operation, CreatePlan):
            raise InvalidInputError("A plan cannot be created inside another one.")
        applied = await self._workspace.submit(self._plan_id, operation, self._key)
        self._send({"kind": "accepted", "re": message.get("re"), "seq": applied.change.seq}, [])

    async def _artifact(self, message: Message) -> None:
        key = str(message.get("artifactId"))
        artifact, path = await self._workspace.custody.file(self._plan_id, key)
        data = await asyncio.to_thread(path.read_bytes)
        kind = artifact.media_type
        self._send({"kind": "artifact", "re": message.get("re"), "mediaType": kind}, [data])

    async def _publish(self, message: Message) -> None:
        await self._workspace.publisher.publish(self._plan_id)
        self._send({"kind": "accepted", "re": message.get("re")}, [])
        self.live_changed()

    async def _presence(self, message: Message) -> None:
        focus = message.get("focus")
        known = isinstance(focus, str) and _entity.match(focus)
        self._enter(focus if known else None)

    async def _seen(self, message: Message) -> None:
        listed = message.get("items")
        given = listed[:1000] if isinstance(listed, list) else []
        items = [item for item in given if isinstance(item, str) and _news.match(item)]
        reader, plan_id = self._actor.id, self._plan_id
        await self._workspace.peer.acall(lambda p: p.journal.mark_seen(plan_id, reader, items))

    async def _invite(self, message: Message) -> None:
        made = await self._shared().invite(message)
        self._send({"kind": "invitation", "re": message.get("re"), "invitation": made}, [])
        self.live_changed()

    async def _invitations(self, message: Message) -> None:
        given = await self._shared().invitations()
        self._send({"kind": "invitations", "re": message.get("re"), "invitations": given}, [])

    async def _revoke(self, message: Message) -> None:
        await self._shared().revoke(str(message.get("invitation")))
        self._send({"kind": "accepted", "re": message.get("re")}, [])

    def _shared(self) -> Sharing:
        if self._sharing is None:
            raise InvalidInputError("Nobody can be invited from here.")
        return self._sharing

    def _enter(self, focus: str | None) -> None:
        participant = Participant(peer=self._key, actor=self._actor, focus=focus)
        self._workspace.attendance.enter(self._plan_id, participant)

    def _changed(self, event: PlanEvent) -> None:
        if event.plan_id != self._plan_id:
            return
        if event.change is None:
            self._workspace.peer.spawn(self._send_view(None))
            return
        self._send({"kind": "change", "change": event.change.to_wire()}, [])
        self._plan_live()
        if event.change.entities.get("artifacts"):
            self._workspace.peer.spawn(self._workspace.custody.check(self._plan_id))

    def _somebody_moved(self, plan_id: str) -> None:
        if plan_id == self._plan_id:
            self.live_changed()

    def _plan_live(self) -> None:
        if not self._live_due:
            self._live_due = True
            self._workspace.peer.loop.call_later(0.05, self._tell_live)

    def _tell_live(self) -> None:
        self._live_due = False
        if self._stops:
            self._workspace.peer.spawn(self._send_live())

    async def _send_live(self) -> None:
        live = await self._workspace.peer.acall(self._live)
        self._send({"kind": "live", "live": live}, [])

    async def _send_view(self, re: Any) -> None:
        def read(plans: Plans) -> Message:
            return self._view(plans, plans.get(self._plan_id).plan())

        view = await self._workspace.peer.acall(read)
        self._send({"kind": "view", "view": view} | ({"re": re} if re is not None else {}), [])

    async def _send_beginning(self) -> None:
        """The text of a plan with many annotations is seen before they are read."""

        def read(plans: Plans) -> Message | None:
            document = plans.get(self._plan_id)
            many = len(document.raw.ids("annotations")) > MANY
            return self._view(plans, document.plan(annotated=False)) if many else None

        view = await self._workspace.peer.acall(read)
        if view is not None:
            self._send({"kind": "beginning", "view": view}, [])

    def _view(self, plans: Plans, plan: Plan) -> Message:
        return {"seq": plans.get(self._plan_id).seq, "plan": plan, "live": self._live(plans)}

    def _live(self, plans: Plans) -> dict[str, Any]:
        own = self._connection()
        live = live_view(self._workspace, plans, self._plan_id, self._actor, own)
        if self._sharing is None:
            live["me"].pop("invites", None)
        return live
