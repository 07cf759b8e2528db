from __future__ import annotations

import json
import subprocess

import pytest

# As a plugin its autouse fixtures would make and close an event loop around every test there is.
from pytest_jupyter.jupyter_server import *  # noqa: F403
from tornado.httpclient import HTTPClientError


def git(folder, *args):
    done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("PEERPLAN_HOME", str(tmp_path / "peerplan"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "gitconfig").write_text("[user]\nname = Maia\nemail = maia@example.org\n")


@pytest.fixture
def jp_server_config():
    return {
        "ServerApp": {
            "jpserver_extensions": {
                "peerplan_jupyter": True,
                "jupyter_server_terminals": False,
            },
            "allow_unauthenticated_access": False,
        },
        "PeerPlanApp": {"publish_delay": 0.05, "max_artifact_bytes": 100_000},
    }


@pytest.fixture
def repository(tmp_path, jp_root_dir):
    """The server's root as a clone, with its bare remote beside it."""
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    git(jp_root_dir, "init", "-q", "-b", "main")
    git(jp_root_dir, "remote", "add", "origin", str(remote))
    git(jp_root_dir, "commit", "-q", "--allow-empty", "-m", "Begin")
    return remote


@pytest.fixture
def ask(jp_fetch):
    """Ask the REST interface; the JSON that comes, errors too, with the status."""

    async def send(path, body=None, method=None, **kwargs):
        method = method or ("GET" if body is None else "POST")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        parts = ["peerplan", "api", *path.split("/")]
        try:
            response = await jp_fetch(
                *parts, method=method, body=body, allow_nonstandard_methods=True, **kwargs
            )
        except HTTPClientError as error:
            response = error.response
        return response.code, json.loads(response.body or "null")

    return send


@pytest.fixture
def plan(ask):
    """Begin a plan called `pp`."""

    async def begin(plan_id="pp", **fields):
        code, made = await ask("plans", {"planId": plan_id, "title": "T", **fields})
        assert code == 201, made
        return made["planId"]

    return begin
