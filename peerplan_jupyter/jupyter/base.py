"""What the handlers of the REST interface share: authentication, limits, errors as JSON."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from ..errors import ForbiddenError, InvalidInputError, PeerPlanError, TooLargeError
from .host import Host

MAX_JSON = 8_000_000
"""Bytes; twice an edit of the longest content, every character of it escaped."""


class PlanAPIHandler(APIHandler):
    """A handler that knows the host, and answers errors as `{"error": {code, message, …}}`.

    Every subclass decorates each verb with `web.authenticated`.
    """

    def initialize(self, host: Host) -> None:
        """Tornado passes what the route says."""
        self.host = host

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """An error of ours under its own status; any other says no more than its status."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if not isinstance(error, PeerPlanError):
            error = _plain(status_code, error)
        else:
            self.set_status(error.status)
        self.finish(json.dumps({"error": error.to_wire(), "message": error.message}))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """What a caller can mend is no failure of the server."""
        if isinstance(value, PeerPlanError):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value.message)
        else:
            super().log_exception(typ, value, tb)


@web.stream_request_body
class BodyHandler(PlanAPIHandler):
    """A handler whose body is refused before it is read whole, if it is too large."""

    async def limit(self) -> int:
        """Bytes that the body may have."""
        return MAX_JSON

    async def prepare(self) -> None:  # type: ignore[override]
        """Authenticate, then look at the announced size; the body comes after this."""
        await super().prepare()
        self._pieces: list[bytes] = []
        if self.request.method not in {"POST", "PUT"}:
            return
        if not self.current_user:
            raise web.HTTPError(403)
        limit, announced = await self.limit(), self.request.headers.get("Content-Length", "0")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(int(announced), limit)
        # A body of unknown length is cut off by tornado, which closes the connection.
        self.request.connection.set_max_body_size(limit + 1)  # type: ignore[union-attr]

    def data_received(self, chunk: bytes) -> None:
        """Tornado brings a piece of the body."""
        self._pieces.append(chunk)

    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self._pieces)

    def json(self) -> Any:
        """The body as JSON; `InvalidInputError` if it is none."""
        try:
            return json.loads(self.body())
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(
                f"The request's body is not JSON: {str(error)[:200]}.",
                hint="Send one JSON object, in UTF-8.",
            ) from None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object."""
        found = self.json()
        if not isinstance(found, dict):
            raise InvalidInputError("The request's body is not a JSON object.")
        return found


def _too_large(size: int, limit: int) -> TooLargeError:
    return TooLargeError(
        f"The body has {size:,} bytes; {limit:,} are taken here.", size=size, limit=limit
    )


def _plain(status: int, error: BaseException | None) -> PeerPlanError:
    if status in {401, 403}:
        return ForbiddenError(
            "The server does not know who you are, or from which page you come.",
            hint="Send its token: `Authorization: token …`; `jupyter server list` shows it.",
        )
    if isinstance(error, web.HTTPError):
        return PeerPlanError(error.log_message or error.reason or f"HTTP {status}")
    return PeerPlanError("Something broke in the server; its log says what.")
