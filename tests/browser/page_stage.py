"""A repository with a published plan, a web server with its page, and one with its raw files."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from peerplan_jupyter.cli import main as run_command
from peerplan_jupyter.cli.demo.evidence import make_evidence
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.publishing import plan_json
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.site.access import PageHost, access
from peerplan_jupyter.store.site.building import build_site

PLAN = "sessions"
CONTENT = """# Why

Sessions live in the web process, so a deploy signs everybody out.

## What changes

Sessions move to **Redis** behind a small adapter. Keys expire after 30 minutes.

## What could go wrong

Redis may be away; then reads fall back to the database.
"""


class Plain(SimpleHTTPRequestHandler):
    """A static server as plain as they come; `cors` as hosts of raw files have it."""

    cors = False
    delay = 0.0
    asked: list[str]

    def end_headers(self) -> None:
        if self.cors:
            self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class Raw(Plain):
    cors = True


@contextlib.contextmanager
def served(folder: Path, kind: type[Plain] = Plain) -> Iterator[str]:
    """The address of a static server for a folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def run_here(folder: Path, *args: str) -> None:
    """The `peerplan` command in a folder, without a process of its own."""
    with contextlib.chdir(folder):
        try:
            run_command(list(args))
        except SystemExit as ended:
            if ended.code:
                raise RuntimeError(f"peerplan {' '.join(args)} ended with {ended.code}") from None


class PageStage:
    """Everything in one folder, apart from the user's own settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.remote, self.work = folder / "remote.git", folder / "work"
        self.raw, self.site = folder / "raw", folder / "site"
        settings = folder / "gitconfig"
        settings.write_text("[user]\nname = Ada\nemail = ada@example.org\n")
        own = {"HOME": folder / "user", "PEERPLAN_HOME": folder / "home"}
        own |= {"GIT_CONFIG_GLOBAL": settings}
        os.environ |= {name: str(path) for name, path in own.items()}
        os.environ |= {"GIT_CONFIG_NOSYSTEM": "1", "no_proxy": "*"}
        git(folder, "init", "-q", "--bare", "-b", "main", str(self.remote))
        git(folder, "clone", "-q", str(self.remote), str(self.work))
        git(self.work, "commit", "-q", "--allow-empty", "-m", "Begin")
        git(self.work, "push", "-q", "origin", "HEAD:main")

    @property
    def home(self) -> Home:
        return Home.under(self.folder / "home")

    def make_plan(self, annotations: int = 2) -> None:
        """A plan with evidence, a revision and annotations, published."""
        with Workspace(self.home) as workspace:
            agent = workspace.actor("agent", "builder")
            made = CreatePlan.model_validate(
                {
                    "actor": agent,
                    "planId": PLAN,
                    "title": "Move sessions to Redis",
                    "content": CONTENT,
                    "pr": 7,
                    "branch": "sessions",
                    "steps": [
                        {"id": "adapter", "title": "Write the adapter", "status": "done",
                         "criteria": ["Reads and writes go through one class."]},
                        {"id": "expiry", "title": "Let keys expire", "status": "in_progress"},
                    ],
                }
            )  # fmt: skip
            self.young = workspace.run(workspace.create(made, self.work)).update
            for one in make_evidence():
                workspace.run(
                    workspace.attach(
                        PLAN, agent, one.content, name=one.file, step="adapter", caption=one.caption
                    )
                )
            self._review(workspace, annotations)
            workspace.run(workspace.publisher.publish(PLAN))
        self.export()

    def _review(self, workspace: Workspace, annotations: int) -> None:
        agent, maia = workspace.actor("agent", "builder"), workspace.actor("human", "Maia")
        self._do(workspace, agent, op="request_review", note="Please look.")
        quote = {"type": "text", "quote": {"exact": "Keys expire after 30 minutes."}}
        for number in range(annotations):
            words = "Why 30?" if number == 0 else f"What about case {number}?"
            target = quote if number % 2 == 0 else {"type": "step", "stepId": "expiry"}
            self._do(workspace, maia, op="annotate", type="question", content=words, target=target)

    @staticmethod
    def _do(workspace: Workspace, actor: Any, **fields: Any) -> None:
        workspace.run(workspace.submit(PLAN, parse_operation(fields, actor)))

    def rewrite(self) -> None:
        """The raw files as they were when the plan was new: later changes are gone."""
        self._put(self.young)

    def replace_plan(self) -> None:
        """Another plan under the same id, in the place of the one that is there."""
        with Workspace(Home.under(self.folder / "elsewhere")) as workspace:
            agent = workspace.actor("agent", "builder")
            made = CreatePlan(actor=agent, plan_id=PLAN, title="Another plan", content="# New\n")
            self._put(workspace.run(workspace.create(made)).update)

    def _put(self, updates: bytes) -> None:
        folder = self.raw / f"acme/rocket/plan-artifacts/pr-7/plan-{PLAN}"
        plan = plan_json(PlanDocument.load([updates]).plan())
        for file, data in (("plan.loro", updates), ("plan.json", plan)):
            later = (folder / file).stat().st_mtime + 10
            (folder / file).write_bytes(data)
            # What changes twice in a second has not changed, as HTTP tells time.
            os.utime(folder / file, (later, later))

    def export(self) -> None:
        """The plan branch as plain files, as a host of raw files serves them."""
        target = self.raw / "acme" / "rocket" / "plan-artifacts"
        target.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(
            ["git", "archive", "plan-artifacts"], cwd=self.remote, check=True, capture_output=True
        )
        subprocess.run(["tar", "-x", "-C", str(target)], input=archive.stdout, check=True)

    def build(self, raw: str, *options: str) -> None:
        """The site, by the command."""
        host = raw.removeprefix("http://")
        template = f"{raw}/{{project}}/{{branch}}/{{path}}"
        self.command(
            "site", "build", str(self.site), "--repo", f"{raw}/acme/rocket",
            "--host", f"{host}={template}", *options,
        )  # fmt: skip

    def build_private(self, target: Path, api: str, raw: str) -> None:
        """A site for a repository that only its host's API shows, to who has a token."""
        host = api.removeprefix("http://")
        made = access([f"{api}/acme/rocket"], named=[f"{host}={raw}/none/{{path}}"])
        ways = PageHost("github-enterprise", f"{raw}/none/{{path}}", f"{api}/api/v3")
        build_site(target, replace(made, hosts={host: ways}))

    def command(self, *args: str) -> None:
        run_here(self.work, *args)
