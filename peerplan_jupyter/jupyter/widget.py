"""PlanWidget: the review interface in a notebook's output, with the kernel behind it."""

from __future__ import annotations

from typing import Any

import anywidget
from traitlets import Unicode, observe

from ..errors import PeerPlanError
from ..plan.schema import Actor
from ..review.messages import Message, plain
from ..review.session import ReviewSession
from ..review.workspace import Workspace
from .assets import INTERFACE, LOADER, asset, version
from .fallback import fallback
from .kernel import kernel_sharing, server_link
from .servers import base_url


class PlanWidget(anywidget.AnyWidget):
    """A plan's view over comm messages, which are those of `ReviewSession`.

    A page whose Jupyter server has the same plans, as `journal` says, talks to that server, and to
    the kernel only while the server is away. What it asks for here is done on the peer's thread,
    and answered from there, so a running cell delays nothing once a message has come. Messages come
    in on a subshell where kernel and frontend have those (ipykernel 7, JupyterLab 4.4).
    """

    _esm = Unicode().tag(sync=True)
    plan_id = Unicode(help="The plan.").tag(sync=True)
    journal = Unicode(help="Which journal the kernel writes to.").tag(sync=True)
    server = Unicode(help="The base URL's path of the kernel's server, if known.").tag(sync=True)
    version = Unicode(help="The version of the interface's bundle.").tag(sync=True)
    closed = Unicode(help="Why the kernel no longer answers; empty while it does.").tag(sync=True)

    def __init__(self, workspace: Workspace, plan_id: str, actor: Actor) -> None:
        super().__init__(
            _esm=asset(LOADER).read_text("utf-8"),
            plan_id=plan_id,
            journal=workspace.peer.call(lambda plans: plans.journal.epoch),
            server=base_url(),
            version=version(INTERFACE),
        )
        self._workspace = workspace
        link = server_link(workspace)
        self._session = ReviewSession(
            workspace,
            plan_id,
            actor,
            self._say,
            link.connection,
            kernel_sharing(workspace, plan_id, actor),
        )
        link.follow(plan_id)
        self.on_msg(self._hear)

    def close(self) -> None:
        """End the session and the view."""
        self._session.close()
        self.closed = "This view was closed. Run the cell again."
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        found = super()._repr_mimebundle_(**kwargs)
        if found is None:
            return None
        data, metadata = found
        plan = self._workspace.peer.call(lambda plans: plans.get(self.plan_id).plan())
        return {**data, "text/html": fallback(plan), "text/plain": f"Plan {plan.title}"}, metadata

    @observe("comm")
    def _answer_where_asked(self, change: Any) -> None:
        # ipykernel 7.4 sends a page's message to the loop that used the comm last, which may be the
        # main one with its running cell, rather than to the subshell that the page asked for.
        if hasattr(change["new"], "_reply_subshell_for"):
            change["new"]._reply_subshell_for = lambda _data, asked: asked  # noqa: SLF001

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == "bundle":
            self._send_bundle(content)
        else:
            self._session.receive(content)

    def _send_bundle(self, content: Message) -> None:
        told: Message = {"kind": "bundle", "re": content.get("re")}
        try:
            code = asset(INTERFACE).read_bytes()
        except PeerPlanError as error:
            self._say(told | {"kind": "error", "error": error.to_wire()}, [])
        else:
            self._say(told | {"version": version(INTERFACE)}, [code])

    def _say(self, message: Message, buffers: list[bytes]) -> None:
        self.send(plain(message), buffers)
