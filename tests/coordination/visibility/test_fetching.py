from __future__ import annotations

import socket

from peerplan_jupyter.coordination.visibility.tasks import team_tasks

from ...support.checkouts import untouched


def team(member, **options):
    return team_tasks(member.workspace.project, **options)


def test_a_team_list_brings_what_is_new_and_nothing_else(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    alice.plans("TASK-AM-001")
    alice.writer.publish()
    git(alice.root, "tag", "v1")
    git(alice.root, "push", "-q", "origin", "v1", "main:refs/heads/feature", "main")
    git(alice.root, "push", "-q", "origin", "main:refs/heads/orc/TASK-AM-001-am")
    with untouched(bob.root):
        tasks = team(bob)
    assert [row.id for row in tasks.rows] == ["TASK-AM-001"]
    assert (tasks.fetched, tasks.stale) == (True, "")
    refs = git(bob.root, "for-each-ref", "--format=%(refname)", "refs/remotes", "refs/tags")
    assert refs.splitlines() == [
        "refs/remotes/origin/main",
        "refs/remotes/origin/orc-state/" + alice.writer.name,
        "refs/remotes/origin/orc/TASK-AM-001-am",
    ]
    assert not (bob.root / ".git/FETCH_HEAD").exists()


def test_a_branch_that_the_remote_has_no_more_is_forgotten(make_member, make_remote, git):
    alice = make_member("AM", remote := make_remote())
    git(alice.root, "push", "-q", "origin", "main", "main:refs/heads/orc/TASK-AM-001-am")
    assert len(team(alice).rows) == 1
    git(remote, "update-ref", "-d", "refs/heads/orc/TASK-AM-001-am")
    assert len(team(alice, fetch=False).rows) == 1
    assert team(alice).rows == []


def test_what_is_known_is_shown_where_the_remote_is_gone_or_never_answers(
    make_member, make_remote, git
):
    remote = make_remote()
    alice = make_member("AM", remote)
    alice.plans("TASK-AM-001")
    alice.writer.publish()
    assert team(alice).fetched
    git(alice.root, "remote", "set-url", "origin", str(remote.with_name("gone.git")))
    gone = team(alice)
    assert (len(gone.rows), gone.fetched) == (1, False)
    assert "As known since 2" in gone.stale
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.git"
        git(alice.root, "remote", "set-url", "origin", url)
        slow = team(alice, timeout=0.3)
    assert (len(slow.rows), slow.fetched) == (1, False)
    assert "did not finish within" in slow.stale


def test_nobody_is_asked_who_need_not_be(make_member, git):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    tasks = team(alice)
    assert (len(tasks.rows), tasks.fetched, tasks.stale) == (1, False, "")


def test_the_default_branch_is_followed_when_it_gets_another_name(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    for name in ("trunk", "stem"):
        git(alice.root, "checkout", "-q", "-B", name)
        folder = alice.root / f".orc/tasks/TASK-AM-00{len(name) - 3}"
        folder.mkdir(parents=True)
        facts = f"id: {folder.name}\nuid: '01{'A' * 23}{len(name)}'\ntitle: On {name}\n"
        (folder / "task.yaml").write_text(facts)
        git(alice.root, "add", ".orc")
        git(alice.root, "commit", "-q", "-m", name)
        git(alice.root, "push", "-q", "origin", name)
        git(remote, "symbolic-ref", "HEAD", f"refs/heads/{name}")
        if name == "stem":
            git(remote, "update-ref", "-d", "refs/heads/trunk")
        tasks = team(bob)
        assert (tasks.fetched, tasks.stale) == (True, "")
    assert [row.title for row in tasks.rows] == ["On stem", "On trunk"]


def test_a_remote_of_another_name_and_one_that_is_a_url_are_used(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ")
    alice.plans("TASK-AM-001")
    alice.writer.publish()
    git(bob.root, "remote", "add", "upstream", str(remote))
    assert len(team(bob).rows) == 1
    assert len(team(bob, fetch=False).rows) == 1
    other = make_member("CC")
    assert len(team(other, remote=str(remote)).rows) == 1


def test_an_empty_remote_is_no_trouble(make_member, make_remote):
    tasks = team(make_member("AM", make_remote()))
    assert (tasks.rows, tasks.fetched) == ([], True)
