from __future__ import annotations

import json
import os

import pytest

from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import settings_file


def write(text):
    settings_file(Home.default()).write_text(text)


def checked(said):
    return next(one for one in said.json["checks"] if one["name"] == "settings")


def test_what_a_command_takes_in_is_limited_by_the_settings(peerplan, plan, repository):
    (repository / "run.log").write_text("x" * 11)
    write("max_artifact_bytes = 10")
    refused = peerplan("attach", plan, "run.log", "--json")
    assert (refused.code, refused.error["code"]) == (6, "too_large")
    assert "10" in refused.error["message"]
    write("max_artifact_bytes = 11")
    assert peerplan("attach", plan, "run.log").code == 0


def test_a_host_is_trusted_by_the_settings(peerplan, repository):
    url = "http://127.0.0.1:1/x?plan=sessions"
    assert peerplan("open", url, "--json").error["code"] == "invalid_input"
    write("trusted_hosts = ['127.0.0.1']")
    assert peerplan("open", url, "--json").error["code"] == "unreachable"


@pytest.mark.skipif(os.name == "nt", reason="The stand-in for ssh is a shell script.")
def test_published_evidence_has_the_address_that_the_settings_say(peerplan, plan, repository, git):
    ssh = repository.parent / "ssh"
    ssh.write_text(f'#!/bin/sh\ncd "{repository.parent}" && eval "$2"\n')
    ssh.chmod(0o755)
    git(repository, "config", "core.sshCommand", str(ssh))
    git(repository, "config", "ssh.variant", "simple")
    git(repository, "remote", "set-url", "origin", "git@git.example.org:remote.git")
    write("[raw_urls]\n'git.example.org' = 'cgit'")
    (repository / "a log.txt").write_text("ok")
    assert peerplan("attach", plan, "a log.txt").code == 0
    done = peerplan("publish", plan, "--json")
    assert done.code == 0, done.err
    remote = repository.parent / "remote.git"
    data = git(remote, "show", "plan-artifacts:pr-7/plan-sessions/plan.json")
    (artifact,) = json.loads(data)["plan"]["artifacts"]
    folder = "https://git.example.org/remote/plain/pr-7/plan-sessions"
    assert artifact["url"] == f"{folder}/a%20log.txt?h=plan-artifacts"


@pytest.mark.parametrize(
    "args",
    [
        ["new", "T"],
        ["list"],
        ["show", "sessions"],
        ["attach", "sessions", "README.md"],
        ["request-review", "sessions"],
        ["wait", "sessions", "--timeout", "0"],
        ["publish"],
        ["publish", "sessions"],
        ["open", "sessions"],
        ["mcp"],
    ],
)
def test_every_command_refuses_settings_that_are_wrong(peerplan, plan, args):
    write("max_artefact_bytes = 1")
    refused = peerplan(*args)
    assert (refused.code, refused.out) == (2, "")
    assert str(settings_file(Home.default())) in refused.err
    assert "max_artefact_bytes is not a setting" in refused.err


def test_the_doctor_says_where_the_settings_are_and_what_is_wrong_with_them(peerplan, repository):
    path = settings_file(Home.default())
    assert checked(peerplan("doctor", "--json"))["found"] == f"the defaults; {path} is not there"
    write("trusted_hosts = []\nmax_artifact_bytes = 5")
    found = checked(peerplan("doctor", "--json"))["found"]
    assert found == f"{path} sets max_artifact_bytes, trusted_hosts"
    write("max_artifact_bytes = 0")
    said = peerplan("doctor", "--json")
    assert said.code == 1
    assert checked(said)["state"] == "broken"
    assert "max_artifact_bytes is 0" in checked(said)["found"]
