"""Running a demo: the scratch repository, JupyterLab, the agent and, when played, the reviewer."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import typer

from ...errors import NotFoundError, PeerPlanError, UnreachableError
from ...git.repository import Repository
from ...jupyter.people import person_name
from ...store.agent_token import agent_token
from ...store.home import Home
from ...store.names import PLAN_BRANCH, plan_folder
from .. import exits
from .check import problems
from .chromium import find_chromium, install_chromium, is_named, require_playwright
from .events import Event, teller
from .processes import Ended, Processes
from .scratch import PR, Scratch, make_scratch, write_notebook
from .server import LabServer, environment, start_lab

REVIEWER = "Robin Reviewer"
_here = "peerplan_jupyter.cli.demo"


class Demo:
    """One demo. What it starts, it ends, by process id, however it ends."""

    def __init__(self, keep: Path | None, as_json: bool) -> None:
        self._keep = keep
        self._tell = teller(as_json)
        self._plan = ""
        self._env: dict[str, str] = {}

    def serve(self, *, browser: bool) -> int:
        """Agent and JupyterLab until Ctrl-C; you review."""
        with self._running(person_name(Path.cwd())) as (scratch, processes, lab):
            self._follow(processes, time.monotonic() + 120, until="waiting")
            url = self._invite(scratch, lab)
            if browser and _has_display():
                typer.launch(url)
            self._follow(processes, None, until="approved")
            self._follow(processes, None, until="published")
            code = self._check(scratch)
            with suppress(KeyboardInterrupt):
                self._say("done")
                self._follow(processes, None, until="")
        return code

    def play(self, limit: float) -> int:
        """Everything by itself; 0 only if the remote holds what it should at the end."""
        require_playwright()
        chromium = self._chromium()
        until = time.monotonic() + limit
        with self._running(REVIEWER) as (scratch, processes, lab):
            self._follow(processes, until, until="waiting")
            url = self._invite(scratch, lab)
            self._start(processes, "reviewer", scratch, [url, str(chromium)])
            self._follow(processes, until, until="approved")
            self._follow(processes, until, until="published")
            self._await_end(processes, until, {"agent", "reviewer"})
            return self._check(scratch)

    def _chromium(self) -> Path:
        """The reviewer's browser, installed where there is none and nobody named one."""
        try:
            return find_chromium()
        except NotFoundError as missing:
            if is_named():
                raise
            self._say("browser_missing")
            try:
                found = install_chromium()
            except UnreachableError as error:
                raise NotFoundError(
                    f"{missing.message} {error.message}", hint=missing.hint
                ) from None
        self._say("browser_installed", path=str(found))
        return found

    @contextmanager
    def _running(self, person: str) -> Iterator[tuple[Scratch, Processes, LabServer]]:
        """A scratch repository with its JupyterLab and agent."""
        scratch = make_scratch(self._keep, person)
        self._env = environment(scratch, person)
        self._say("repository", work=str(scratch.work), remote=str(scratch.remote))
        with _terminated_is_interrupted():
            try:
                with Processes(scratch.logs) as processes:
                    lab = start_lab(processes, scratch, self._env)
                    self._say("server_started", "server", url=lab.url)
                    self._start(processes, "agent", scratch, [lab.mcp, str(scratch.work)])
                    yield scratch, processes, lab
            except PeerPlanError as error:
                self._say("failed", **error.to_wire())
                raise
            finally:
                self._say("stopped")
                self._say("kept", folder=str(scratch.root))

    def _start(
        self,
        processes: Processes,
        name: str,
        scratch: Scratch,
        args: list[str],
    ) -> None:
        token = agent_token(Home.under(scratch.home))
        own = {"PEERPLAN_DEMO_TOKEN": token, "PEERPLAN_DEMO_LOGS": str(scratch.logs)}
        command = [sys.executable, "-m", f"{_here}.{name}", *args]
        processes.start(name, command, self._env | own, scratch.work)

    def _invite(self, scratch: Scratch, lab: LabServer) -> str:
        write_notebook(scratch, self._plan)
        self._say("review_notebook", url=lab.notebook)
        return lab.notebook

    def _follow(self, processes: Processes, deadline: float | None, *, until: str) -> None:
        """Print events up to the one called `until`."""
        for event in _events(processes, deadline):
            if isinstance(event, Ended):
                self._stand(event)
                continue
            self._tell(event)
            self._plan = str(event.get("plan") or self._plan)
            if event["event"] == until:
                return

    def _await_end(self, processes: Processes, deadline: float, names: set[str]) -> None:
        for event in _events(processes, deadline):
            if isinstance(event, Ended):
                self._stand(event)
                names.discard(event.name)
            else:
                self._tell(event)
            if not names:
                return

    def _stand(self, ended: Ended) -> None:
        """A process that was over too soon ends the demo."""
        self._say("ended", name=ended.name, code=ended.code)
        if ended.code or ended.name == "server":
            raise UnreachableError(
                f"The demo's {ended.name} ended with {ended.code}.",
                hint=f"Its log is in the folder of logs, {ended.name}.log.",
            )

    def _check(self, scratch: Scratch) -> int:
        folder = plan_folder(self._plan, PR)
        found = problems(scratch.remote, folder)
        if found:
            self._say("missing", problems="; ".join(found))
            return exits.BROKEN
        plan = _published(scratch.remote, folder)
        counts = {name: len(plan[name]) for name in ("artifacts", "annotations")}
        place = f"{PLAN_BRANCH}:{folder}/plan.json"
        self._say("checked", remote=str(scratch.remote), object=place, **counts)
        return exits.DONE

    def _say(self, event: str, who: str = "demo", /, **facts: Any) -> None:
        self._tell({"who": who, "event": event, **facts})


def _events(processes: Processes, deadline: float | None) -> Iterator[Event | Ended]:
    while True:
        left = None if deadline is None else deadline - time.monotonic()
        try:
            # An unlimited get cannot be interrupted everywhere, so it is asked again each hour.
            yield processes.events.get(timeout=3600 if left is None else max(left, 0))
        except queue.Empty:
            if deadline is not None:
                raise UnreachableError(
                    "The demo took longer than it may.", hint="--limit SECONDS gives it more."
                ) from None


def _published(remote: Path, folder: str) -> dict[str, Any]:
    with Repository.open(remote) as repository, repository.objects() as objects:
        data = objects.blob(f"refs/heads/{PLAN_BRANCH}:{folder}/plan.json") or b'{"plan": {}}'
    plan: dict[str, Any] = json.loads(data)["plan"]
    return plan


def _has_display() -> bool:
    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


@contextmanager
def _terminated_is_interrupted() -> Iterator[None]:
    """Whoever ends the demo politely should not have to find its children."""

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
