"""Evidence over HTTP: sent in pieces where a player asks for them, never run by the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from ..errors import InvalidInputError
from .base import BodyHandler, PlanAPIHandler

if TYPE_CHECKING:
    from ..plan.schema import Artifact

SHOWN = {
    "application/json": "application/json",
    "application/x-asciicast": "application/x-asciicast",
    "application/x-ipynb+json": "application/x-ipynb+json",
    "image/gif": "image/gif",
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "image/webp": "image/webp",
    "text/csv": "text/csv; charset=utf-8",
    "text/markdown": "text/markdown; charset=utf-8",
    "text/plain": "text/plain; charset=utf-8",
    "text/x-diff": "text/x-diff; charset=utf-8",
    "video/mp4": "video/mp4",
    "video/webm": "video/webm",
}
"""Media types that a browser may show by themselves, and how they are announced."""
DOWNLOADED = {
    "application/pdf": "application/pdf",
    "application/xml": "application/xml",
    "application/zip": "application/zip",
    "image/svg+xml": "image/svg+xml",
    "text/html": "text/html; charset=utf-8",
}
"""Media types that could run something: offered as downloads. `<img>` shows an SVG all the same."""


class ArtifactHandler(PlanAPIHandler, web.StaticFileHandler):
    """One artifact's verified bytes, with range requests by tornado."""

    def initialize(self, host: Any) -> None:  # type: ignore[override]
        """See `PlanAPIHandler`."""
        self.host = host
        self.default_filename = None

    @property
    def content_security_policy(self) -> str:
        """Whatever is in the file, it has no origin and loads nothing."""
        return "sandbox; default-src 'none'; style-src 'unsafe-inline'"

    @web.authenticated
    async def get(self, plan_id: str, artifact_id: str) -> None:  # type: ignore[override]
        """The bytes."""
        await self._serve(plan_id, artifact_id, include_body=True)

    @web.authenticated
    async def head(self, plan_id: str, artifact_id: str) -> None:  # type: ignore[override]
        """What `GET` would say of them."""
        await self._serve(plan_id, artifact_id, include_body=False)

    def finish(self, *args: Any, **_: Any) -> Any:
        """Keep the content type that the file has, which `APIHandler` would overwrite."""
        self.update_api_activity()
        return JupyterHandler.finish(self, *args)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """See `PlanAPIHandler`."""
        self.set_header("Content-Type", "application/json")
        super().write_error(status_code, **kwargs)

    def compute_etag(self) -> str | None:
        """The hash that the plan records, which was checked."""
        return f'"{self.artifact.hash}"' if hasattr(self, "artifact") else None

    def get_content_type(self) -> str:
        """The recorded media type, if it is a known one."""
        kind = self.artifact.media_type
        return SHOWN.get(kind) or DOWNLOADED.get(kind) or "application/octet-stream"

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002 (tornado's signature)
        """What keeps the file from running, and browsers from keeping it unasked."""
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, no-cache")
        if self.artifact.media_type not in SHOWN:
            self.set_attachment_header(self.artifact.name)

    async def _serve(self, plan_id: str, artifact_id: str, *, include_body: bool) -> None:
        service = await self.host.service()
        self.artifact: Artifact
        self.artifact, path = await service.artifact(plan_id, artifact_id)
        self.root = str(path.parent)
        await web.StaticFileHandler.get(self, path.name, include_body)


class ArtifactsHandler(BodyHandler):
    """Where files come in."""

    async def limit(self) -> int:
        """See `BodyHandler`."""
        return (await self.host.service()).workspace.limit

    @web.authenticated
    async def post(self, plan_id: str) -> None:
        """Take the body in as a file called `?name=`, with `?step=` and `?caption=` if given."""
        name = self.get_query_argument("name", "")
        if not name:
            raise InvalidInputError("The file has no name.", hint="Add ?name=… to the address.")
        step = self.get_query_argument("step", None)
        caption = self.get_query_argument("caption", "")
        service = await self.host.service()
        done = await service.attach(self.current_user, plan_id, self.body(), name, step, caption)
        self.set_status(201)
        self.finish({"artifactId": done.artifact_id, "hash": done.hash, "type": done.type})
