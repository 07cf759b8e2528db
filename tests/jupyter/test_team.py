"""A Jupyter server as a team's: reports in, the dashboard out."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from jupyter_server.auth.identity import IdentityProvider, User

from peerplan_jupyter.coordination.making import Wanted, make_task
from peerplan_jupyter.coordination.server.client import ServerAddress, TeamServer
from peerplan_jupyter.coordination.server.reports import ReportedProject
from peerplan_jupyter.coordination.workspace import OrcWorkspace

from ..coordination.server.conftest import a_task, an_execution, report_facts
from .conftest import git

SHOP = ReportedProject(key="0" * 16, name="shop")


class ByHeader(IdentityProvider):
    """Knows people by a header, as a proxy in front of the server does."""

    async def get_user(self, handler):
        name = handler.request.headers.get("X-Test-User")
        known = name and self.get_token(handler) == self.token
        handler._token_authenticated = bool(known)
        return User(name.lower(), name=name, display_name=name) if known else None


@pytest.fixture
def known(jp_serverapp):
    """Let the server know people by name."""
    provider = ByHeader(parent=jp_serverapp, token=jp_serverapp.identity_provider.token)
    jp_serverapp.web_app.settings["identity_provider"] = provider


async def test_a_run_is_shown_from_its_start_to_its_stop(ask):
    assert (await ask("team/runs/start", report_facts()))[0] == 200
    assert (await ask("team/runs/heartbeat", report_facts(cost=1.25, phase="test")))[0] == 200
    _, view = await ask("team/dashboard")
    [run] = view["runs"]
    assert (run["who"], run["phase"], run["live"], run["cost"]) == ("Ada", "test", True, 1.25)
    await ask("team/runs/stop", report_facts(cost=2, status="completed"))
    await ask("team/runs/cost", report_facts(cost=2.5))
    _, view = await ask("team/dashboard")
    assert [(one["status"], one["live"]) for one in view["tasks"]] == [("completed", False)]
    assert view["people"][0] | {"seen": 0} == {
        "name": "Ada", "known": False, "presence": "away", "tasks": [], "cost": 2.5, "seen": 0
    }  # fmt: skip


async def test_the_client_of_a_run_is_understood(ask, jp_serverapp, jp_http_port, jp_base_url):
    token, warnings = jp_serverapp.identity_provider.token, []
    url = f"http://127.0.0.1:{jp_http_port}{jp_base_url}"
    told = TeamServer(ServerAddress(url, token, timeout=30), SHOP, warnings.append)
    await asyncio.to_thread(told.start, a_task(), an_execution())
    await asyncio.to_thread(told.stop, an_execution(cost=3, status="failed"))
    _, view = await ask("team/dashboard")
    assert [(run["status"], run["cost"]) for run in view["runs"]] == [("failed", 3)]
    wrong = TeamServer(ServerAddress(url, "wrong", timeout=30), SHOP, warnings.append)
    await asyncio.to_thread(wrong.start, a_task(), an_execution())
    assert ["does not know who you are" in one for one in warnings] == [True]


async def test_who_reports_is_who_the_server_knows(known, ask, jp_auth_header):
    for name in ("Ada", "Bob"):
        headers = {**jp_auth_header, "X-Test-User": name}
        code, said = await ask("team/runs/start", report_facts(executor="Ada"), headers=headers)
        assert (code, said) == (200, {})
    _, view = await ask("team/dashboard", headers=headers)
    assert {(run["who"], run["told"], run["known"]) for run in view["runs"]} == {
        ("Ada", "Ada", True), ("Bob", "Ada", True)
    }  # fmt: skip
    assert (await ask("team/dashboard", headers=jp_auth_header))[0] == 403


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("start", b"{", 400, "invalid_input"),
        ("start", [], 400, "invalid_input"),
        ("start", {}, 400, "invalid_input"),
        ("start", {"task": "../x"}, 400, "invalid_input"),
        ("approve", {}, 400, "invalid_input"),
        ("cost", {"cost": 1}, 404, "not_found"),
        ("start", b" " * 40_000, 413, "too_large"),
    ],
)
async def test_what_is_no_report_gets_an_error_and_changes_nothing(ask, kind, body, status, code):
    facts = report_facts(**body) if body and isinstance(body, dict) else body
    code_, said = await ask(f"team/runs/{kind}", facts)
    assert (code_, said["error"]["code"]) == (status, code)
    assert (await ask("team/dashboard"))[1]["runs"] == []


async def test_the_board_lies_with_what_the_user_has(ask, tmp_path):
    await ask("team/runs/start", report_facts())
    with sqlite3.connect(tmp_path / "peerplan" / "team.sqlite") as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    database.close()


async def test_the_page_runs_its_own_script_and_nothing_else(jp_fetch):
    page = await jp_fetch("peerplan", "team")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert b'src="team/dashboard.js"' in page.body
    script = await jp_fetch("peerplan", "team", "dashboard.js")
    assert script.headers["Content-Type"].startswith("text/javascript")


async def test_without_a_repository_there_are_no_tasks(ask):
    assert await ask("tasks") == (200, {"list": None})


async def test_the_tasks_are_those_of_the_team(ask, repository, jp_root_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("ORC_HOME", str(tmp_path / "orc"))
    place = jp_root_dir / ".orc" / "shared" / "config.yaml"
    place.parent.mkdir(parents=True)
    place.write_text("version: 1\n")
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(repository), str(other))
    environment = {"ORC_HOME": str(tmp_path / "bo"), "ORC_INITIALS": "BJ", "ORC_MODE": "p2p"}
    workspace = OrcWorkspace.open(other, environment)
    await asyncio.to_thread(make_task, workspace, Wanted("Expire sessions", assignee="Ada"))
    assert (await ask("tasks"))[1]["list"]["tasks"] == []
    code, said = await ask("tasks", params={"fetch": "1"})
    assert (code, said["list"]["mode"]) == (200, "p2p")
    [task] = said["list"]["tasks"]
    assert (task["id"], task["title"], task["status"], task["assignee"]) == (
        "TASK-BJ-001", "Expire sessions", "planned", "Ada"
    )  # fmt: skip
    broken = jp_root_dir / ".orc" / "tasks" / "TASK-AM-001" / "task.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("<<<<<<< ours\n")
    _, said = await ask("tasks")
    assert said["list"]["tasks"][0]["status"] == "unreadable"
    assert said["list"]["tasks"][0]["problem"]


async def test_settings_that_cannot_be_used_are_said(ask, repository, jp_root_dir):
    place = jp_root_dir / ".orc" / "shared" / "config.yaml"
    place.parent.mkdir(parents=True)
    place.write_text("team: {mode: nowhere}\n")
    code, said = await ask("tasks")
    assert (code, said["error"]["code"]) == (400, "invalid_input")
