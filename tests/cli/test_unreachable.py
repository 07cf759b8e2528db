"""Publishing without a network: it waits, says so, and goes out when the remote is back."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator

import pytest

FOLDER = "plan-artifacts:pr-7/plan-sessions"


def refused(peerplan, plan):
    """What is said of a publication that cannot go out, by every command that tells of it."""
    done = peerplan("publish", plan, "--json")
    assert (done.code, done.error["code"]) == (11, "unreachable")
    assert "waits in the outbox; `peerplan publish` tries again" in done.error["hint"]
    (listed,) = peerplan("list", "--json").json["plans"]
    assert (listed["waiting"]["reason"], listed["waiting"]["attempts"]) == ("unreachable", 1)
    assert listed["waiting"]["error"] == done.error["message"]
    assert "unreachable" in peerplan("list").out
    again = peerplan("publish")
    assert again.code == 11
    assert "It stays in the outbox." in again.out
    return done.error["message"]


def delivered(peerplan, git, remote):
    """What waited comes to the remote by `publish` alone."""
    done = peerplan("publish", "--json")
    assert done.code == 0, done.out
    assert [one["pushed"] for one in done.json["plans"]] == [True]
    assert "Nothing waits" in peerplan("publish").out
    published = json.loads(git(remote, "show", f"{FOLDER}/plan.json"))["plan"]
    (proof,) = published["artifacts"]
    assert git(remote, "show", f"{FOLDER}/{proof['file']}") == "ok"


@pytest.fixture
def proven(peerplan, plan, repository):
    """The plan, with evidence that only this machine has."""
    (repository / "run.log").write_text("ok\n")
    assert peerplan("attach", plan, "run.log").code == 0
    return plan


@contextlib.contextmanager
def silence() -> Iterator[tuple[int, threading.Event]]:
    """The port of a server that accepts and says nothing, and whether its client went away."""
    left = threading.Event()

    def wait(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                with client:
                    while client.recv(65536):
                        pass
                left.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        waiting = threading.Thread(target=wait, args=(listening,))
        waiting.start()
        yield listening.getsockname()[1], left
        listening.shutdown(socket.SHUT_RDWR)
    waiting.join()


def test_a_remote_that_was_moved_away_gets_what_waited_when_it_is_back(
    peerplan, proven, repository, git
):
    remote = repository.parent / "remote.git"
    away = remote.rename(remote.with_name("away.git"))
    assert "could not be reached" in refused(peerplan, proven)
    away.rename(remote)
    delivered(peerplan, git, remote)


def test_a_remote_that_goes_away_after_a_publication_gets_the_rest_later(
    peerplan, proven, repository, git
):
    assert peerplan("publish", proven).code == 0
    remote = repository.parent / "remote.git"
    before = git(remote, "rev-parse", "plan-artifacts")
    assert peerplan("request-review", proven, "--agent", "builder").code == 0
    away = remote.rename(remote.with_name("away.git"))
    refused(peerplan, proven)
    away.rename(remote)
    delivered(peerplan, git, remote)
    assert git(remote, "rev-parse", "plan-artifacts~1") == before


@pytest.mark.parametrize("scheme", ["http", "git"])
def test_a_port_where_nobody_listens_is_said_and_tried_again(
    peerplan, proven, repository, git, scheme
):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"{scheme}://127.0.0.1:{closed.getsockname()[1]}/x.git"
        git(repository, "remote", "set-url", "origin", url)
        assert "could not be reached" in refused(peerplan, proven)
    git(repository, "remote", "set-url", "origin", str(repository.parent / "remote.git"))
    delivered(peerplan, git, repository.parent / "remote.git")


@pytest.mark.parametrize("scheme", ["http", "git"])
def test_a_remote_that_stays_silent_is_given_up_and_tried_again(
    peerplan, proven, repository, git, monkeypatch, scheme
):
    with silence() as (port, left), monkeypatch.context() as impatient:
        impatient.setattr("peerplan_jupyter.git.remote.NETWORK_TIMEOUT", 1.5)
        git(repository, "remote", "set-url", "origin", f"{scheme}://127.0.0.1:{port}/x.git")
        assert "did not finish within 1.5 s" in refused(peerplan, proven)
        assert left.wait(30)
    git(repository, "remote", "set-url", "origin", str(repository.parent / "remote.git"))
    delivered(peerplan, git, repository.parent / "remote.git")
