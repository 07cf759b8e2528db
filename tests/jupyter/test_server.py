"""Servers in processes of their own, and killed."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from ..support.nursery import Nursery, nursery
from .conftest import git
from .test_sockets import annotate

OTHERS = ("jupyter_lsp", "jupyter_server_terminals", "jupyterlab", "notebook_shim")
"""Extensions that are installed beside ours, and of which no test here needs any."""


def servers() -> Nursery:
    """What forks Jupyter servers that have imported what each of them imports."""
    app = "jupyter_server.serverapp"
    return nursery(app, "peerplan_jupyter.jupyter.app", "peerplan_jupyter.review.workspace", "git")


class Server:
    """A Jupyter server with the extension."""

    def __init__(self, root, *options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/x/"
        self.process = servers().start(
            *("--allow-root", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"),
            *("--IdentityProvider.token=t", "--ServerApp.base_url=/x/"),
            "--ServerApp.allow_unauthenticated_access=False",
            "--ServerApp.jpserver_extensions=peerplan_jupyter=True",
            *(f"--ServerApp.jpserver_extensions={name}=False" for name in OTHERS),
            *options,
            folder=root,
            complaints=Path(os.devnull),
        )

    def ready(self):
        self.until(lambda: self.ask("plans")[0] == 200, 120)
        return self

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
        with self.process:
            self.process.kill()


pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def serve(repository, jp_root_dir, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = []

    def start(*options, count=1):
        fresh = [Server(jp_root_dir, *options) for _ in range(count)]
        made.extend(fresh)
        for one in fresh:
            one.ready()
        return fresh if count > 1 else fresh[0]

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


class Writer:
    """Annotates a plan through a server, one annotation after another, until it is told to stop or
    the server is gone.
    """

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.kept = []
        """What the server said it has."""
        self.refused = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self):
        number = 0
        while not self._stop.wait(0.02):
            said, number = f"{self.name} {number}", number + 1
            try:
                self.server.ask("plans/pp/operations", annotate(said))
            except urllib.error.HTTPError as error:
                self.refused = error
                return
            except (OSError, http.client.HTTPException):
                return
            self.kept.append(said)

    def stop(self):
        self._stop.set()
        self._thread.join(60)
        assert self.refused is None


def annotations(server):
    return [one["content"] for one in server.ask("plans/pp")[1]["plan"]["annotations"]]


@pytest.mark.skipif(os.name == "nt", reason="There is no SIGKILL.")
def test_two_servers_on_one_journal_see_each_others_words_and_lose_none_with_a_kill(
    serve, repository
):
    first, second = serve("--PeerPlanApp.publish_delay=0.2", count=2)
    first.ask("plans", {"planId": "pp", "title": "T"})
    first.ask("plans/pp/publish", {})
    one, other = Writer(first, "one"), Writer(second, "other")
    first.until(lambda: sum("other" in said for said in annotations(first)) > 5)
    second.until(lambda: sum("one" in said for said in annotations(second)) > 5)
    second.kill()
    other.stop()
    before = len(one.kept)
    first.until(lambda: len(one.kept) > before + 5)
    one.stop()
    again = serve("--PeerPlanApp.publish_delay=0.2")
    late, last = Writer(again, "late"), Writer(first, "last")
    first.until(lambda: min(len(late.kept), len(last.kept)) > 5)
    late.stop()
    last.stop()

    kept = [said for writer in (one, other, late, last) for said in writer.kept]
    first.until(lambda: set(kept) <= set(annotations(first)))
    seen = annotations(first)
    assert len(seen) == len(set(seen))
    # The kill may come when a word is in the journal, and before the answer is out.
    assert set(seen) - set(kept) <= {f"other {len(other.kept)}"}
    again.until(lambda: annotations(again) == seen)

    def published():
        show = git(repository, "show", "plan-artifacts:drafts/plan-pp/plan.json")
        return [one["content"] for one in json.loads(show)["plan"]["annotations"]]

    first.until(lambda: published() == seen)
