"""Telling a team server what runs. What it does not hear changes nothing of the work."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from ...errors import InvalidInputError, PeerPlanError, UnreachableError
from ..config.schema import Mode
from ..tasks.execution import Execution
from ..tasks.task import Task
from ..workspace import OrcWorkspace
from .projects import reported_project
from .reports import API, Kind, ReportedProject, parse_report
from .tokens import server_token, token_name

TIMEOUT = 3.0
ANSWER = 65_536
_SAID = {"executor", "branch", "status", "phase", "started"}
Warn = Callable[[str], None]


class _Stay(urllib.request.HTTPRedirectHandler):
    """A token goes to its server and nowhere else: no redirect is followed."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """None for every redirect: urllib then raises it as an error."""


@dataclass(frozen=True)
class ServerAddress:
    """A team server and the person's token for it."""

    url: str
    token: str = ""
    timeout: float = TIMEOUT

    def post(self, path: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What the server answers to a POST of `facts`.

        Raises `UnreachableError` where it does not answer in time, or refuses.
        """
        request = urllib.request.Request(  # noqa: S310
            f"{self.url.rstrip('/')}/{API}/{path}",
            data=json.dumps(facts).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            method="POST",
        )
        if self.token:
            request.add_unredirected_header("Authorization", f"token {self.token}")
        try:
            with _opener().open(request, timeout=self.timeout) as answer:
                return _object(answer.read(ANSWER))
        except HTTPError as error:
            with error:
                raise self._refused(error) from None
        except (OSError, HTTPException, ValueError) as error:
            raise self._silent(error) from None

    def _refused(self, error: HTTPError) -> UnreachableError:
        if error.code in {401, 403}:
            return UnreachableError(
                f"{self.shown} does not know who you are.",
                hint=f"Put a token of yours into ~/.orc/tokens/{token_name(self.url)}.",
            )
        if 300 <= error.code < 400:
            hint = "Name the address that it redirects to, or put your token where docs say."
            return UnreachableError(f"{self.shown} redirects elsewhere.", hint=hint)
        if error.code == 404:
            return UnreachableError(
                f"{self.shown} is no Jupyter server with peerplan.",
                hint="team.server_url is its base URL, as the browser shows it before `lab`.",
            )
        said = b""
        with contextlib.suppress(OSError, HTTPException):
            said = error.read(ANSWER)
        return UnreachableError(f"{self.shown} answered {error.code}{_message(said)}.")

    def _silent(self, error: Exception) -> UnreachableError:
        reason = getattr(error, "reason", error)
        return UnreachableError(f"{self.shown} does not answer ({str(reason)[:120]}).")

    @property
    def shown(self) -> str:
        """The server for people."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


class TeamServer:
    """Tells a team server of one run. Each report is whole, so that what was lost is made up for
    by the next; the first that fails is warned of, and those after it fail without a word.

    It blocks for `TIMEOUT` seconds at most each time: call it from a thread of its own.
    """

    def __init__(
        self,
        address: ServerAddress,
        project: ReportedProject,
        warn: Warn,
        warn_per_task: float | None = None,
    ) -> None:
        self._address = address
        self._project = project
        self._warn = warn
        self._limit = warn_per_task
        self._task: Task | None = None
        self._warned = False

    @classmethod
    def of(
        cls, workspace: OrcWorkspace, warn: Warn, environment: Mapping[str, str]
    ) -> TeamServer | None:
        """The server of a workspace's team; None where there is none, or it is told nothing. What
        is wrong with its address or token is warned of.
        """
        resolved, config = workspace.resolved, workspace.config
        if resolved.mode is Mode.SOLO or not resolved.server_url or not config.team.sync.tasks:
            return None
        try:
            url = _checked(resolved.server_url)
            address = ServerAddress(url, server_token(url, workspace.home, environment))
        except PeerPlanError as error:
            warn(_told(error))
            return None
        project = reported_project(workspace.project, config.git.remote)
        return cls(address, project, warn, config.cost.warn_per_task)

    def start(self, task: Task, execution: Execution) -> None:
        """A run begins."""
        self._task = task
        self._report(Kind.START, execution)

    def heartbeat(self, execution: Execution) -> None:
        """It goes on, and is as far as the execution says."""
        self._report(Kind.HEARTBEAT, execution)

    def stop(self, execution: Execution) -> None:
        """It ended, for now at least."""
        self._report(Kind.STOP, execution)

    def cost(self, execution: Execution) -> None:
        """What it has cost so far; nothing where nobody said."""
        if execution.cost is not None:
            self._send(Kind.COST, {**self._key(execution), "cost": execution.cost})

    def _report(self, kind: Kind, execution: Execution) -> None:
        if self._task is None:
            return
        said = execution.model_dump(mode="json", include=_SAID)
        facts = {
            **self._key(execution),
            **said,
            "title": self._task.title,
            "cost": execution.cost,
            "warn_per_task": self._limit,
            "plan": _plan(execution) or self._task.plan,
            "phases": [{"name": one.name, "status": one.status} for one in execution.phases],
        }
        self._send(kind, {name: one for name, one in facts.items() if one is not None})

    def _key(self, execution: Execution) -> dict[str, Any]:
        return {
            "project": self._project.model_dump(),
            "task": execution.task,
            "tag": execution.tag,
            "machine": execution.machine,
        }

    def _send(self, kind: Kind, facts: Mapping[str, Any]) -> None:
        try:
            parse_report(kind, facts)
            self._address.post(f"runs/{kind}", facts)
        except PeerPlanError as error:
            if not self._warned:
                self._warned = True
                self._warn(_told(error))


def _plan(execution: Execution) -> str:
    """The plan that a gate last waited on."""
    gates = [one.gate for run in execution.phases for one in run.attempts if one.gate]
    return next((gate.plan for gate in reversed(gates) if gate.plan), "")


def _checked(url: str) -> str:
    if "@" in urlsplit(url).netloc:
        raise InvalidInputError(
            "team.server_url holds a user or a password.",
            hint="Take it out: tokens lie in ~/.orc/tokens, one file for each server.",
        )
    return url


def _told(error: PeerPlanError) -> str:
    said = " ".join(part for part in (error.message, error.hint) if part)
    return f"The team server is not told: {said} Work goes on."


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_Stay())


def _object(data: bytes) -> dict[str, Any]:
    found = json.loads(data or b"{}")
    if not isinstance(found, dict):
        raise ValueError("the answer is no JSON object")  # noqa: TRY004 (as for what is no JSON)
    return found


def _message(data: bytes) -> str:
    with contextlib.suppress(ValueError, AttributeError, RecursionError):
        said = str(_object(data).get("message", ""))
        return f": {said[:200]}" if said.isprintable() and said else ""
    return ""
