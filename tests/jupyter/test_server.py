"""The server in a process of its own, and killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from .conftest import git
from .test_sockets import annotate


class Server:
    """A Jupyter server with the extension."""

    def __init__(self, root, *options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/x/"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
                *(f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=t"),
                *("--ServerApp.base_url=/x/", "--ServerApp.allow_unauthenticated_access=False"),
                "--ServerApp.jpserver_extensions=peerplan_jupyter=True",
                *options,
            ],
            cwd=root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.until(lambda: self.ask("plans")[0] == 200)

    def ask(self, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            self.url + "peerplan/api/" + path, data, {"Authorization": "token t"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)

    def until(self, wanted, seconds=60):
        ends = time.monotonic() + seconds
        while True:
            try:
                if wanted():
                    return
            except OSError:
                assert self.process.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def serve(repository, jp_root_dir, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = []

    def start(*options):
        made.append(Server(jp_root_dir, *options))
        return made[-1]

    yield start
    for one in made:
        one.kill()


@pytest.mark.skipif(os.name == "nt", reason="There is no SIGKILL.")
def test_an_annotation_survives_a_kill_before_it_was_published(serve, repository):
    server = serve("--PeerPlanApp.publish_delay=600")
    server.ask("plans", {"planId": "pp", "title": "T"})
    server.ask("plans/pp/publish", {})
    status, _ = server.ask("plans/pp/operations", annotate("Not lost"))
    server.kill()
    assert status == 200
    show = ("show", "plan-artifacts:drafts/plan-pp/plan.json")
    assert "Not lost" not in git(repository, *show)
    after = serve("--PeerPlanApp.publish_delay=600")
    after.until(lambda: "Not lost" in git(repository, *show))
    view = after.ask("plans/pp")[1]
    assert [one["content"] for one in view["plan"]["annotations"]] == ["Not lost"]
