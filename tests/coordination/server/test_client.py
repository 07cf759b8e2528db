from __future__ import annotations

import os
import socket

import pytest

from peerplan_jupyter.coordination.home import OrcHome
from peerplan_jupyter.coordination.server.client import ServerAddress, TeamServer
from peerplan_jupyter.coordination.server.reports import ReportedProject, parse_report
from peerplan_jupyter.coordination.server.tokens import server_token, token_name
from peerplan_jupyter.coordination.workspace import OrcWorkspace
from peerplan_jupyter.errors import InvalidInputError, UnreachableError

from ...support.workspaces import git
from .conftest import a_task, an_execution

SHOP = ReportedProject(key="0" * 16, name="shop")


def kept_token(home, name, token="s3cret", mode=0o600):
    place = home / "tokens" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"{token}\n")
    place.chmod(mode)
    return place


def team(url, token="", **options):
    """A server as a run sees it, and what the run was warned of."""
    warnings = []
    address = ServerAddress(url, token, timeout=20)
    return TeamServer(address, SHOP, warnings.append, **options), warnings


def test_a_run_is_reported_from_its_start_to_its_stop(listener):
    server = listener()
    told, warnings = team(server.url, "s3cret", warn_per_task=5)
    told.start(a_task(), an_execution())
    told.heartbeat(an_execution(cost=1.25))
    told.cost(an_execution(cost=1.5))
    told.stop(an_execution(cost=2, status="completed"))
    kinds = [path.removeprefix("/peerplan/api/team/runs/") for path, _, _ in server.asked]
    assert kinds == ["start", "heartbeat", "cost", "stop"]
    reports = [
        parse_report(kind, asked[2]) for kind, asked in zip(kinds, server.asked, strict=True)
    ]
    assert [report.cost for report in reports] == [None, 1.25, 1.5, 2]
    assert reports[3].title == "Sessions expire"
    assert all(headers["Authorization"] == "token s3cret" for _, headers, _ in server.asked)
    assert warnings == []


def test_a_server_that_fails_is_warned_of_once_and_tried_again(listener):
    server = listener()
    server.status, server.body = 500, b'{"message": "Something broke."}'
    told, warnings = team(server.url)
    told.start(a_task(), an_execution())
    told.heartbeat(an_execution())
    server.status = 200
    told.stop(an_execution())
    assert len(warnings) == 1
    assert "500: Something broke." in warnings[0]
    assert warnings[0].endswith("Work goes on.")
    assert len(server.asked) == 3


def test_a_server_that_is_not_there_is_warned_of(listener):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told, warnings = team(f"http://127.0.0.1:{port}/")
    told.start(a_task(), an_execution())
    assert [f"127.0.0.1:{port} does not answer" in one for one in warnings] == [True]


def test_a_server_that_never_answers_does_not_hold_a_run_for_long():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = ServerAddress(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.1)
        with pytest.raises(UnreachableError, match="does not answer"):
            address.post("runs/start", {})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_token_follows_no_redirect(listener, status):
    other, server = listener(), listener()
    server.status, server.headers = status, {"Location": other.url}
    with pytest.raises(UnreachableError, match="redirects elsewhere"):
        ServerAddress(server.url, "s3cret").post("runs/start", {})
    assert other.asked == []


@pytest.mark.parametrize(
    ("status", "said"), [(403, "who you are"), (401, "who you are"), (404, "no Jupyter server")]
)
def test_what_a_server_refuses_is_said_with_what_to_do(listener, status, said):
    server = listener()
    server.status = status
    with pytest.raises(UnreachableError, match=said) as error:
        ServerAddress(server.url).post("runs/start", {})
    assert error.value.hint


def test_a_page_instead_of_an_answer_is_no_answer(listener):
    server = listener()
    server.body = b"<html>Sign in</html>"
    with pytest.raises(UnreachableError):
        ServerAddress(server.url).post("runs/start", {})


def test_what_no_server_would_take_is_not_sent(listener):
    server = listener()
    told, warnings = team(server.url)
    told.start(a_task(), an_execution(cost=1e300))
    assert len(warnings) == 1
    assert server.asked == []


def test_a_token_is_for_its_own_server_only(tmp_path):
    home = OrcHome(tmp_path)
    kept_token(tmp_path, "team.example.org")
    assert server_token("https://team.example.org/hub/", home, {}) == "s3cret"
    for other in (
        "https://evil.example.org/",
        "https://team.example.org:8443/",
        "http://team.example.org/",
        "https://team.example.org.evil.example.org/",
        "https://team.example.org@evil.example.org/",
    ):
        assert server_token(other, home, {}) == ""


def test_the_token_of_the_environment_is_for_the_server_of_the_environment(tmp_path):
    home = OrcHome(tmp_path)
    environment = {"ORC_SERVER_TOKEN": "t0ken", "ORC_SERVER_URL": "https://team.example.org/x"}
    assert server_token("https://team.example.org/", home, environment) == "t0ken"
    assert server_token("https://evil.example.org/", home, environment) == ""
    del environment["ORC_SERVER_URL"]
    assert server_token("https://team.example.org/", home, environment) == ""


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_token_that_others_can_read_is_refused(tmp_path):
    kept_token(tmp_path, "team.example.org", mode=0o640)
    with pytest.raises(InvalidInputError, match="others on this machine"):
        server_token("https://team.example.org/", OrcHome(tmp_path), {})


@pytest.mark.parametrize("text", ["", " \n", "two\nlines", "ümlaut", "x" * 5000])
def test_a_file_that_holds_no_token_is_said(tmp_path, text):
    kept_token(tmp_path, "team.example.org", text)
    with pytest.raises(InvalidInputError, match="no token"):
        server_token("https://team.example.org/", OrcHome(tmp_path), {})


def test_the_name_of_a_token_is_one_file():
    assert token_name("https://[::1]:8888/") == "--1_8888"
    with pytest.raises(InvalidInputError):
        token_name("https://team.example.org:99999999/")


def project_with(folder, config):
    git(folder, "init", "-q")
    (folder / ".orc" / "shared").mkdir(parents=True)
    (folder / ".orc" / "shared" / "config.yaml").write_text(config)
    return OrcWorkspace.open(folder, {"ORC_HOME": str(folder / "home")})


@pytest.mark.parametrize(
    "config",
    [
        "version: 1\n",
        'team: {mode: solo, server_url: "https://team.example.org/"}\n',
        "team: {server_url: 'https://team.example.org/', sync: {tasks: false}}\n",
    ],
)
def test_who_is_in_no_team_or_tells_nothing_asks_no_server(tmp_path, config):
    warnings = []
    assert TeamServer.of(project_with(tmp_path, config), warnings.append, {}) is None
    assert warnings == []


def test_a_team_with_a_server_tells_it(tmp_path, listener):
    server, warnings = listener(), []
    workspace = project_with(tmp_path, f'team: {{server: "{server.url}"}}\n')
    kept_token(tmp_path / "home", f"http_127.0.0.1_{server.port}")
    told = TeamServer.of(workspace, warnings.append, {})
    told.start(a_task(), an_execution())
    [(_, headers, facts)] = server.asked
    assert headers["Authorization"] == "token s3cret"
    assert facts["project"]["name"] == tmp_path.name
    assert warnings == []


def test_an_address_with_a_password_is_refused_with_a_warning(tmp_path):
    warnings = []
    workspace = project_with(tmp_path, 'team: {server_url: "https://a:b@team.example.org/"}\n')
    assert TeamServer.of(workspace, warnings.append, {}) is None
    assert ["user or a password" in one for one in warnings] == [True]
