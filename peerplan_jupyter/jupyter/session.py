"""A page's review session with the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InvalidInputError, PeerPlanError
from .address import room_address
from .sockets import TRY_AGAIN_LATER, PageSocket

if TYPE_CHECKING:
    from ..review.session import ReviewSession
    from .service import Service


class SessionSocket(PageSocket):
    """Carries a `ReviewSession`; bytes of artifacts are fetched over HTTP instead."""

    _service: Service
    _session: ReviewSession | None = None

    async def open(self, plan_id: str) -> None:
        """Begin the session. What comes before it has begun is answered then."""
        super().open(plan_id)
        self.set_nodelay(True)
        self._early: list[Any] = []
        try:
            self._service = await self.host.service()
            session = await self._service.session(
                self.current_user, plan_id, self.say, room_address(self)
            )
        except PeerPlanError as error:
            self.say({"kind": "closed", "error": error.to_wire()})
            self.end(TRY_AGAIN_LATER, error.message)
            return
        self._session = session
        if self.ws_connection is None:
            self.on_close()
        for message in self._early:
            self.hear(message)

    def hear(self, message: Any) -> None:
        """See `PageSocket`."""
        if self._session is None:
            self._early.append(message)
        elif isinstance(message, dict) and message.get("kind") == "artifact":
            error = InvalidInputError("Artifacts are fetched over HTTP here.")
            self.say({"kind": "error", "re": message.get("re"), "error": error.to_wire()})
        else:
            self._session.receive(message)

    def encode(self, message: dict[str, Any]) -> bytes:
        """See `review.messages`."""
        from ..review.messages import encoded  # noqa: PLC0415 (see `Host`)

        return encoded(message)

    def on_close(self) -> None:
        """End the session."""
        super().on_close()
        if self._session is not None:
            self._service.end_session(self._session)
