"""Plan: a plan as the notebook's author handles it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..errors import InvalidInputError
from ..plan.document import Applied, PlanDocument
from ..plan.operations import parse_operation
from ..plan.roles import MemberRole
from ..plan.schema import (
    Actor,
    Annotation,
    AnnotationType,
    Artifact,
    Policy,
    Revision,
    Status,
    Step,
)
from ..review.publishing import plan_json
from ..review.receiving import Receiver
from ..review.workspace import Workspace
from ..store.publisher import Published
from .by_hand import AnswerByHand, MeetingByHand
from .kernel import enter_own_room, enter_room
from .servers import own_rooms
from .widget import PlanWidget

T = TypeVar("T")
_widgets: dict[tuple[int, str], PlanWidget] = {}


class Plan:
    """A plan in this kernel. What is read is the plan as it is now; what is done is done as
    `person`, and durable when the method returns. As a cell's result it is the review interface.
    """

    def __init__(self, workspace: Workspace, plan_id: str, person: Actor) -> None:
        self._workspace, self.id, self._person = workspace, plan_id, person
        self._read(lambda document: document.id)

    def __repr__(self) -> str:
        return f"<Plan {self.id}: {self.title} ({self.status.replace('_', ' ')})>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget._repr_mimebundle_(**kwargs)

    @property
    def widget(self) -> PlanWidget:
        """The review interface; one for each plan, however often it is shown."""
        key = (id(self._workspace), self.id)
        if key not in _widgets:
            _widgets[key] = PlanWidget(self._workspace, self.id, self._person)
        return _widgets[key]

    @property
    def title(self) -> str:
        """The plan's title."""
        return self._read(lambda document: document.title)

    @property
    def status(self) -> Status:
        """draft, pending_review, changes_requested or approved."""
        return self._read(lambda document: document.standing.status)

    @property
    def content(self) -> str:
        """The markdown."""
        return self._read(lambda document: document.content)

    @property
    def steps(self) -> list[Step]:
        """The steps in order."""
        return self._read(lambda document: list(document.steps))

    @property
    def annotations(self) -> list[Annotation]:
        """All annotations, oldest first, resolved and withdrawn ones too."""
        return self._read(lambda document: document.annotations())

    @property
    def artifacts(self) -> list[Artifact]:
        """All evidence that was not withdrawn."""
        return self._read(
            lambda document: [one for one in document.artifacts.values() if not one.withdrawn]
        )

    @property
    def revision(self) -> Revision | None:
        """The revision that reviewers are asked about."""
        return self._read(lambda document: document.revision)

    @property
    def policy(self) -> Policy:
        """When a revision counts as approved."""
        return self._read(lambda document: document.policy)

    def to_dict(self) -> dict[str, Any]:
        """The plan as in `plan.json`."""
        return self._read(lambda document: document.plan().to_wire())

    def to_json(self) -> str:
        """`plan.json` as it would be published now."""
        return self._read(lambda document: plan_json(document.plan()).decode())

    def annotate(
        self,
        content: str,
        *,
        type: AnnotationType = "concern",  # noqa: A002
        quote: str = "",
        step: str = "",
        artifact: str = "",
    ) -> Annotation:
        """Say something about the plan, or about a `quote` of its content, a step or an artifact.

        Raises `InvalidInputError`, and `StaleError` when the quote is not in the content.
        """
        target = _target(quote, step, artifact)
        applied = self._do("annotate", type=type, content=content, target=target)
        key = applied.change.news[0].id
        return self._read(lambda document: document.annotation(key))

    def reply(self, annotation: Annotation | str, content: str) -> None:
        """Answer in an annotation's thread."""
        self._do("reply", annotationId=_id(annotation), content=content)

    def resolve(self, annotation: Annotation | str) -> None:
        """Close a thread."""
        self._do("resolve", annotationId=_id(annotation))

    def reopen(self, annotation: Annotation | str) -> None:
        """Open a closed thread again."""
        self._do("reopen", annotationId=_id(annotation))

    def edit(self, content: str) -> None:
        """Replace the content; merged with what changes meanwhile."""
        self._do("edit_content", base=self.content, content=content)

    def attach(
        self, source: str | Path | bytes, *, name: str = "", step: str = "", caption: str = ""
    ) -> Artifact:
        """Take a file, or bytes under a `name`, in as evidence for the claim in `caption`."""
        taken = source if isinstance(source, bytes) else Path(source)
        done = self._workspace.run(
            self._workspace.attach(
                self.id, self._person, taken, name=name, step=step or None, caption=caption
            )
        )
        return self._read(lambda document: document.artifacts[done.artifact_id])

    def request_review(self, note: str = "") -> Revision:
        """Freeze the plan as it is into a revision and ask for verdicts on it."""
        self._do("request_review", note=note)
        made = self.revision
        assert made is not None  # noqa: S101 (it was made just now)
        return made

    def approve(self, summary: str = "") -> None:
        """Approve the current revision, as the person who runs the notebook."""
        self._review("approved", summary)

    def request_changes(self, summary: str) -> None:
        """Ask for changes to the current revision."""
        self._review("changes_requested", summary)

    def comment(self, summary: str) -> None:
        """Review the current revision without a verdict."""
        self._review("commented", summary)

    def set_policy(
        self, *, approvals: int | None = None, exclude_author: bool | None = None
    ) -> Policy:
        """Say how many people have to approve, and whether the plan's owner does not count.

        What is None stays as it is. Raises `InvalidInputError` unless `approvals` is 1 to 20.
        """
        wanted = {"approvals": approvals, "excludeAuthor": exclude_author}
        self._do("set_policy", **{key: one for key, one in wanted.items() if one is not None})
        return self.policy

    def invite(
        self,
        role: MemberRole = "reviewer",
        *,
        hours: float | None = None,
        servers: Iterable[str] = (),
        note: str = "",
    ) -> str:
        """A link by which whoever has it reviews this plan with you, live, as `role`, for so many
        hours or until it is revoked (`peerplan revoke`).

        Without `servers` you meet at the room servers of the settings, else at your own Jupyter
        server. Raises `InvalidInputError` where there is none.
        """
        inviting = self._workspace.inviting
        who = self._workspace.identity("human")
        made = self._workspace.run(
            inviting.invite(
                self.id,
                who,
                self._person.name,
                role=role,
                seconds=None if hours is None else int(hours * 3600),
                servers=tuple(servers) or self._own_servers(),
                note=note,
            )
        )
        self._workspace.run(enter_own_room(self._workspace, self.id))
        return made.url

    def meet_by_hand(self) -> MeetingByHand:
        """Begin to meet somebody whom you invited and whom no room server reaches: give them the
        text, and what they send back to `answered`.

        Raises `NotFoundError` where nobody was invited, and `UnreachableError` on a machine without
        a network.
        """
        meetings = self._workspace.meetings
        self._workspace.run(enter_room(self._workspace, self.id))
        return MeetingByHand(self._workspace, self._workspace.run(meetings.introduce(self.id)))

    def answer_by_hand(self, text: str) -> AnswerByHand:
        """Answer the text of somebody who began to meet you so: send them the text of the result.

        Raises `InvalidInputError` for another text, `NotFoundError` where nobody was invited, and
        `UnreachableError` on a machine without a network.
        """
        meetings = self._workspace.meetings
        self._workspace.run(enter_room(self._workspace, self.id))
        return AnswerByHand(self._workspace, self._workspace.run(meetings.answer(self.id, text)))

    def _own_servers(self) -> tuple[str, ...]:
        named = self._workspace.settings.rooms.servers
        return () if named else own_rooms()

    def publish(self) -> Published:
        """Write the plan and its evidence to the plan branch, and push it."""
        return self._workspace.run(self._workspace.publisher.publish(self.id))

    def fetch(self) -> bool:
        """Bring in what others published on the plan branch since; whether there was anything.

        Not needed where peers are linked. Raises `GitError` or `UnreachableError` when the remote
        does not answer.
        """
        return self._workspace.run(Receiver(self._workspace, self.id).receive())

    def wait(
        self, status: Status | Iterable[Status] | None = None, timeout: float | None = None
    ) -> Plan:
        """Wait until the plan has the status (one of several; None: until anything changes).

        `timeout` is in seconds, None waits for ever. Raises `TimeoutError`.
        """
        wanted = {status} if isinstance(status, str) else set(status) if status else None
        ends = None if timeout is None else time.monotonic() + timeout
        changed = threading.Event()
        stop = self._workspace.peer.subscribe(lambda event: self._wake(event.plan_id, changed))
        try:
            while not (self.status in wanted if wanted else changed.is_set()):
                if ends is not None and time.monotonic() >= ends:
                    raise TimeoutError(f"The plan {self.id} is still {self.status}.")
                # Not longer, because Windows delivers no interrupt to a waiting thread.
                changed.wait(0.5 if ends is None else max(0.0, min(0.5, ends - time.monotonic())))
                if wanted:
                    changed.clear()
        finally:
            stop()
        return self

    def _wake(self, plan_id: str, changed: threading.Event) -> None:
        if plan_id == self.id:
            changed.set()

    def _review(
        self, verdict: Literal["approved", "changes_requested", "commented"], summary: str
    ) -> None:
        revision = self.revision
        if revision is None:
            raise InvalidInputError(
                "There is no revision to review yet.", hint="Call request_review() first."
            )
        fields = {"revision": revision.id, "digest": revision.digest, "verdict": verdict}
        self._do("submit_review", **fields, summary=summary)

    def _do(self, op: str, **fields: Any) -> Applied:
        operation = parse_operation({"op": op, **fields}, self._person)
        return self._workspace.run(self._workspace.submit(self.id, operation))

    def _read(self, function: Callable[[PlanDocument], T]) -> T:
        return self._workspace.peer.call(lambda plans: function(plans.get(self.id)))


def _id(annotation: Annotation | str) -> str:
    return annotation if isinstance(annotation, str) else annotation.id


def _target(quote: str, step: str, artifact: str) -> dict[str, Any]:
    if sum(map(bool, (quote, step, artifact))) > 1:
        raise InvalidInputError("An annotation is about one thing: a quote, a step or an artifact.")
    if quote:
        return {"type": "text", "quote": {"exact": quote}}
    if step:
        return {"type": "step", "stepId": step}
    return {"type": "artifact", "artifactId": artifact} if artifact else {"type": "plan"}
