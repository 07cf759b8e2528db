from __future__ import annotations

import hashlib
import socket
import time
from dataclasses import replace

import pytest

from peerplan_jupyter.coordination.locks.git_lease import Answer, GitLease
from peerplan_jupyter.coordination.locks.remote_lease import (
    Holder,
    RemoteLease,
    Unreadable,
    clone_id,
    fetch_leases,
    known_leases,
)
from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.git.remote import find_remote, push_ref

TASK = "TASK-AM-001"
REF = f"refs/orc/leases/{TASK}"


@pytest.fixture
def make_lease(make_clone, opened):
    """The lease of somebody on a task, from a clone of their own unless one is given."""

    def make(remote, owner, *, work=None, machine=None, task=TASK, **settings):
        repository = opened(work or make_clone(remote, f"{owner}-work"))
        machine = machine or f"{owner}-laptop"
        holder = Holder(owner, owner[:2], machine, clone_id(repository, machine))
        return GitLease(repository, find_remote(repository, "origin"), task, holder, **settings)

    return make


def put(lease, message):
    """Make the ref of a lease say `message`, as anybody could; returns the commit."""
    made = lease._new()
    text = lease._repository.run("cat-file", "commit", made.token).stdout
    head = text.partition(b"\n\n")[0].decode()
    token = lease._written("commit", f"{head}\n\n{message}")
    found = lease.look().lease
    push_ref(lease._repository, lease._remote, REF, token, found.token if found else None)
    return token


def test_a_lease_is_taken_renewed_and_given_back(make_remote, make_lease, git):
    remote = make_remote()
    ada = make_lease(remote, "ada")
    taken = ada.acquire()
    assert taken.answer is Answer.ACQUIRED
    assert taken.previous is None
    assert git(remote, "rev-parse", REF) == taken.lease.token
    assert '"owner": "ada", "tag": "ad", "machine": "ada-laptop"' in git(
        remote, "log", "-1", "--format=%B", REF
    )
    assert taken.lease.ttl == 900

    renewed = ada.renew()
    assert renewed.answer is Answer.RENEWED
    assert renewed.lease.until >= taken.lease.until
    assert git(remote, "rev-parse", REF) == renewed.lease.token != taken.lease.token

    assert ada.release().answer is Answer.RELEASED
    assert git(remote, "for-each-ref") == ""
    assert ada.renew().answer is ada.release().answer is Answer.LOST


def test_who_holds_a_lease_is_told_to_who_wants_it(make_remote, make_lease):
    remote = make_remote()
    ada, bob = make_lease(remote, "ada"), make_lease(remote, "bob")
    ada.acquire()
    refused = bob.acquire()
    assert refused.answer is Answer.HELD
    assert refused.lease == ada.lease
    assert refused.lease.told() == "ada (ad) on ada-laptop, for another 15 min"
    assert bob.look().lease == ada.look().lease == ada.lease
    ada.release()
    assert bob.look().answer is Answer.RELEASED
    assert bob.acquire().answer is Answer.ACQUIRED


def test_nothing_of_the_users_is_touched(make_remote, make_lease, make_clone, git):
    remote = make_remote()
    work = make_clone(remote, "mine")

    def state():
        names = ("index", "HEAD", "config", "FETCH_HEAD", "packed-refs", "shallow")
        files = [work / ".git" / name for name in names]
        refs = git(work, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return (
            [hashlib.sha256(one.read_bytes()).digest() for one in files if one.exists()],
            [one for one in refs if not one.startswith("refs/peerplan/")],
            git(work, "status", "--porcelain"),
        )

    before = state()
    ada, bob = make_lease(remote, "ada", work=work), make_lease(remote, "bob")
    ada.acquire()
    ada.renew()
    ada.release()
    bob.acquire()
    ada.acquire()
    ada.look()
    ada.force_release()
    assert state() == before


def test_of_eight_processes_one_gets_the_lease_in_each_round(make_remote, make_clone, race):
    remote = make_remote()
    clones = [make_clone(remote, f"clone{number}") for number in range(2)]
    once = race(*[("git", clones[number % 2], TASK, f"t{number}") for number in range(8)])
    for _ in range(4):
        answers = [one["answer"] for one in once()]
        assert sorted(answers) == ["acquired", *["held"] * 7]


def test_a_lease_that_ended_is_taken_over_by_one_and_the_first_learns_of_it(
    make_remote, make_lease, eventually
):
    remote = make_remote()
    ada = make_lease(remote, "ada", ttl=0.2)
    bob, eve = (make_lease(remote, name, margin=0.2) for name in ("bob", "eve"))
    first = ada.acquire().lease
    eventually(lambda: bob.acquire().answer is Answer.ACQUIRED)
    assert eve.acquire().lease == bob.lease
    lost = ada.renew()
    assert lost.answer is Answer.LOST
    assert lost.lease == bob.lease
    assert ada.lease is None
    assert bob.look().lease == bob.lease
    assert first.token != bob.lease.token


def test_who_took_over_is_told_from_whom(make_remote, make_lease, eventually):
    remote = make_remote()
    ada, bob = make_lease(remote, "ada", ttl=0.1), make_lease(remote, "bob", margin=0)
    taken = ada.acquire().lease
    outcomes = []

    def take():
        outcomes.append(bob.acquire())
        return outcomes[-1].answer is Answer.ACQUIRED

    eventually(take)
    assert outcomes[-1].previous == taken


def test_clocks_that_differ_within_the_margin_end_no_lease(make_remote, make_lease):
    remote = make_remote()
    ada, bob = make_lease(remote, "ada"), make_lease(remote, "bob")
    put(ada, replace(ada._new(), acquired=time.time() - 900 - 60).message())
    assert bob.acquire().answer is Answer.HELD
    put(ada, replace(ada._new(), acquired=time.time() - 900 - 130).message())
    assert bob.acquire().answer is Answer.ACQUIRED


def test_a_lease_from_the_future_ends_when_it_was_watched_for_long_enough(
    make_remote, make_lease, eventually
):
    remote = make_remote()
    ada, bob = make_lease(remote, "ada", ttl=0.2), make_lease(remote, "bob", margin=0)
    put(ada, replace(ada._new(), acquired=4e9).message())
    assert bob.acquire().answer is Answer.HELD
    eventually(lambda: bob.acquire().answer is Answer.ACQUIRED)


HUGE = f'{{"owner": "", "tag": "", "machine": "", "clone": "", "nonce": "", "ttl": 1{"0" * 400}}}'


@pytest.mark.parametrize(
    "message", ["", "{}", "[]", "[" * 5000, '{"owner": 1}', HUGE, "x" * 10_000]
)
def test_a_lease_that_cannot_be_read_is_held_until_a_person_removes_it(
    make_remote, make_lease, message
):
    ada = make_lease(make_remote(), "ada", ttl=0.01, margin=0)
    token = put(ada, message)
    for _ in range(2):
        assert ada.acquire().answer is Answer.HELD
    assert ada.look().lease == Unreadable(token)
    assert ada.force_release().previous == Unreadable(token)
    assert ada.acquire().answer is Answer.ACQUIRED


def test_the_same_clone_takes_over_at_once_what_an_ended_process_of_it_held(
    make_remote, make_lease, make_clone, play
):
    remote = make_remote()
    work = make_clone(remote, "mine")
    process = play("git", work, TASK, "ad")
    assert process.ask("try")["won"]
    process.kill()
    ada = make_lease(remote, "ada", work=work, machine="machine")
    assert make_lease(remote, "bob", work=work, machine="machine").acquire().answer is Answer.HELD
    taken = ada.acquire()
    assert taken.answer is Answer.ACQUIRED
    assert taken.previous.holder.clone == ada.holder.clone


def test_the_same_person_on_another_machine_or_clone_is_another_holder(make_remote, make_lease):
    remote = make_remote()
    first = make_lease(remote, "ada")
    first.acquire()
    second = make_lease(remote, "ada", work=first._repository.work_tree, machine="other")
    assert second.acquire().answer is Answer.HELD


def test_a_push_whose_answer_was_lost_does_not_cost_the_lease(make_remote, make_lease, git):
    remote = make_remote()
    ada = make_lease(remote, "ada")
    ada.acquire()
    before = ada.lease
    ada.renew()
    ada.lease = before
    assert ada.renew().answer is Answer.RENEWED
    ada.lease = before
    assert ada.release().answer is Answer.RELEASED
    assert git(remote, "for-each-ref") == ""


def test_a_ref_that_is_locked_on_the_remote_is_neither_held_nor_lost(make_remote, make_lease):
    remote = make_remote()
    ada = make_lease(remote, "ada")
    ada.acquire()
    lock = remote / f"{REF}.lock"
    lock.touch()
    assert ada.renew().answer is Answer.FAILED
    assert ada.lease is not None
    lock.unlink()
    assert ada.renew().answer is Answer.RENEWED
    assert ada.release().answer is Answer.RELEASED
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    assert ada.acquire().answer is Answer.FAILED


@pytest.fixture
def refuse():
    """Have a remote refuse each push."""

    def start(remote):
        hook = remote / "hooks" / "pre-receive"
        hook.write_text("#!/bin/sh\necho 'Only branches here.' >&2\nexit 1\n")
        hook.chmod(0o755)
        return hook

    return start


def test_a_remote_that_refuses_lease_refs_says_why_and_nothing_is_raised(
    make_remote, make_lease, refuse
):
    remote = make_remote()
    refuse(remote)
    ada = make_lease(remote, "ada")
    refused = ada.acquire()
    assert refused.answer is Answer.REFUSED
    assert "Only branches here." in refused.words
    assert ada.lease is None


def test_a_lease_outlives_a_remote_that_refuses_for_a_while(make_remote, make_lease, refuse):
    remote = make_remote()
    ada = make_lease(remote, "ada")
    ada.acquire()
    hook = refuse(remote)
    assert ada.renew().answer is Answer.REFUSED
    assert ada.release().answer is Answer.REFUSED
    hook.unlink()
    assert ada.renew().answer is Answer.RENEWED


@pytest.mark.parametrize("hidden", ["transfer", "uploadpack", "receive"])
def test_a_remote_that_hides_its_leases_refuses_and_says_so(make_remote, make_lease, git, hidden):
    remote = make_remote()
    git(remote, "config", f"{hidden}.hideRefs", "refs/orc")
    ada, bob = make_lease(remote, "ada"), make_lease(remote, "bob")
    first, second = ada.acquire(), bob.acquire()
    assert second.answer is Answer.REFUSED
    if hidden == "uploadpack":
        assert first.answer is Answer.ACQUIRED
        assert ada.renew().answer is Answer.RENEWED
        assert "hides refs/orc" in second.words
    else:
        assert first.answer is Answer.REFUSED
        assert "hidden ref" in second.words


def test_a_remote_that_is_gone_is_unreachable_and_comes_back(make_remote, make_lease, tmp_path):
    remote = make_remote()
    ada = make_lease(remote, "ada")
    ada.acquire()
    away = remote.rename(tmp_path / "away.git")
    for ask in (ada.renew, ada.release, ada.look, ada.acquire, ada.force_release):
        outcome = ask()
        assert outcome.answer is Answer.UNREACHABLE
        assert "could not be reached" in outcome.words
    away.rename(remote)
    assert ada.renew().answer is Answer.RENEWED


def test_a_remote_that_says_nothing_is_waited_for_no_longer_than_the_asker_says(
    make_clone, make_lease, git
):
    work = make_clone(name="mine")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        git(work, "remote", "add", "origin", f"http://127.0.0.1:{port}/x.git")
        ada = make_lease(None, "ada", work=work, timeout=0.3)
        assert ada.acquire().answer is Answer.UNREACHABLE


def test_all_leases_of_a_remote_are_read_at_once(make_remote, make_lease, make_clone, opened):
    remote = make_remote()
    ada = make_lease(remote, "ada")
    bob = make_lease(remote, "bob", task="TASK-BJ-002")
    ada.acquire()
    bob.acquire()
    repository = opened(make_clone(remote, "watcher"))
    origin = find_remote(repository, "origin")
    assert known_leases(repository, origin) == {}
    assert fetch_leases(repository, origin) == {TASK: ada.lease, "TASK-BJ-002": bob.lease}
    ada.release()
    assert list(fetch_leases(repository, origin)) == ["TASK-BJ-002"]
    assert list(known_leases(bob._repository, bob._remote)) == ["TASK-BJ-002"]


def test_an_owner_cannot_steer_a_terminal(make_remote, make_lease):
    ada = make_lease(make_remote(), "ada")
    put(ada, RemoteLease(Holder("\x1b[2J", "a\nb", "m\u202e"), 0.0, 60.0).message())
    assert ada.look().lease.told().isprintable()


@pytest.mark.parametrize("task", ["", "../x", "a b", "a..b", "x.lock"])
def test_a_task_that_git_has_no_ref_for_is_refused(make_remote, make_lease, task):
    with pytest.raises(InvalidInputError):
        make_lease(make_remote(), "ada", task=task)
