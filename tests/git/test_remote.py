from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from peerplan_jupyter.errors import (
    InvalidInputError,
    NotFoundError,
    PushRejectedError,
    UnreachableError,
)
from peerplan_jupyter.git.fast_import import NewCommit, Write
from peerplan_jupyter.git.remote import (
    Push,
    fetch,
    fetch_ref,
    fetch_refs,
    find_remote,
    push,
    push_ref,
    refs_of,
)
from peerplan_jupyter.git.repository import Repository, Signature

from ..support.repositories import write_commit

BRANCH = "plan-artifacts"
ADA = Signature("Ada", "ada@example.org")


def new_commit(repository: Repository, name: str, *parents: str) -> str:
    change = Write(f"{name}.txt", name.encode())
    commit = NewCommit(parents, [change], name, ADA)
    return write_commit(repository, commit, f"refs/peerplan/tmp/{name}")


def test_origin_the_only_remote_or_a_url_is_found(make_remote, make_clone, opened, git):
    work = make_clone()
    assert find_remote(opened(work), None) is None
    assert find_remote(opened(work), "origin") is None
    git(work, "remote", "add", "upstream", str(make_remote()))
    assert find_remote(opened(work), "origin").name == "upstream"
    git(work, "remote", "add", "other", "https://a:secret@example.org/x")
    repository = opened(work)
    assert find_remote(repository, "other").url == "https://a:secret@example.org/x"
    assert find_remote(repository, "https://a:secret@example.org/y").name == "https://example.org/y"
    with pytest.raises(NotFoundError, match="it has other, upstream"):
        find_remote(repository, "origin")


def test_a_configured_remote_that_runs_a_program_is_refused(make_clone, opened, git):
    work = make_clone()
    git(work, "remote", "add", "origin", "ext::sh -c 'touch /tmp/owned'")
    with pytest.raises(InvalidInputError, match="ext:"):
        find_remote(opened(work), "origin")


def test_a_push_is_a_compare_and_swap(make_remote, make_clone, opened, git):
    remote_path = make_remote()
    repository = opened(make_clone(remote_path))
    remote = find_remote(repository, "origin")
    first = new_commit(repository, "first")
    assert push(repository, remote, BRANCH, first, None) is Push.DONE
    assert git(remote_path, "rev-parse", BRANCH) == first

    root, second = new_commit(repository, "root"), new_commit(repository, "second", first)
    assert push(repository, remote, BRANCH, root, None) is Push.RACED
    assert push(repository, remote, BRANCH, second, root) is Push.RACED
    assert push(repository, remote, BRANCH, second, first) is Push.DONE


def test_a_branch_that_is_locked_on_the_remote_counts_as_a_race(make_remote, make_clone, opened):
    remote_path = make_remote()
    repository = opened(make_clone(remote_path))
    remote = find_remote(repository, "origin")
    (remote_path / "refs" / "heads" / f"{BRANCH}.lock").touch()
    assert push(repository, remote, BRANCH, new_commit(repository, "a"), None) is Push.RACED


def test_a_refusal_carries_the_remotes_words(make_remote, make_clone, opened):
    remote_path = make_remote()
    hook = remote_path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'Branch plan-artifacts is protected.' >&2\nexit 1\n")
    hook.chmod(0o755)
    repository = opened(make_clone(remote_path))
    remote = find_remote(repository, "origin")
    with pytest.raises(PushRejectedError) as refused:
        push(repository, remote, BRANCH, new_commit(repository, "a"), None)
    assert "Branch plan-artifacts is protected." in refused.value.message
    assert "pre-receive hook declined" in refused.value.data["remote_words"]


def test_a_hook_of_the_user_does_not_run(make_remote, make_clone, opened, tmp_path):
    work = make_clone(make_remote())
    for name in ("pre-push", "reference-transaction"):
        hook = work / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        hook.chmod(0o755)
    repository = opened(work)
    remote = find_remote(repository, "origin")
    assert push(repository, remote, BRANCH, new_commit(repository, "a"), None) is Push.DONE
    assert not (tmp_path / "ran").exists()


def test_a_remote_that_is_gone_is_unreachable(make_clone, opened, git, tmp_path):
    for url in (str(tmp_path / "gone.git"), "http://127.0.0.1:9/x.git"):
        work = make_clone(name=f"work{len(url)}")
        git(work, "remote", "add", "origin", url)
        repository = opened(work)
        remote = find_remote(repository, "origin")
        with pytest.raises(UnreachableError, match="origin could not be reached"):
            fetch(repository, remote, BRANCH)
        with pytest.raises(UnreachableError):
            push(repository, remote, BRANCH, new_commit(repository, "a"), None)


def test_a_fetch_brings_one_ref_and_nothing_else(make_remote, make_clone, opened, git):
    remote_path = make_remote()
    writer, reader = make_clone(remote_path, "writer"), make_clone(remote_path, "reader")
    repository = opened(writer)
    commit = new_commit(repository, "a")
    git(writer, "tag", "v1", commit)
    git(writer, "push", "--quiet", "origin", "main", "v1", f"{commit}:refs/heads/{BRANCH}")

    before = sorted(path.name for path in (reader / ".git").iterdir())
    mine = opened(reader)
    remote = find_remote(mine, "origin")
    assert fetch(mine, remote, BRANCH) == commit
    refs = git(reader, "for-each-ref", "--format=%(refname)").split()
    assert refs == ["refs/heads/main", f"refs/peerplan/remotes/origin/{BRANCH}"]
    assert sorted(path.name for path in (reader / ".git").iterdir()) == before

    git(remote_path, "branch", "--quiet", "-D", BRANCH)
    assert fetch(mine, remote, BRANCH) is None
    assert mine.resolve(remote.tracking_ref(BRANCH)) is None


def test_what_is_pushed_elsewhere_is_fetched_from_there(make_remote, make_clone, opened, git):
    upstream, fork = make_remote("upstream.git"), make_remote("fork.git")
    work = make_clone(upstream)
    git(work, "remote", "set-url", "--push", "origin", str(fork))
    repository = opened(work)
    remote = find_remote(repository, "origin")
    commit = new_commit(repository, "a")
    assert push(repository, remote, BRANCH, commit, None) is Push.DONE
    assert fetch(repository, remote, BRANCH) == commit
    assert git(upstream, "for-each-ref") == ""


def test_a_ref_that_is_no_branch_is_made_moved_and_removed_by_compare_and_swap(
    make_remote, make_clone, opened, git
):
    remote_path = make_remote()
    repository = opened(make_clone(remote_path))
    remote = find_remote(repository, "origin")
    ref, mirror = "refs/orc/leases/T-1", remote.mirror_ref("refs/orc/leases/T-1")
    first, other = new_commit(repository, "first"), new_commit(repository, "other")
    assert push_ref(repository, remote, ref, first, None) is Push.DONE
    assert push_ref(repository, remote, ref, other, None) is Push.RACED
    assert push_ref(repository, remote, ref, other, first) is Push.DONE
    assert fetch_ref(repository, remote, ref, mirror) == other
    assert repository.resolve(mirror) == other

    assert push_ref(repository, remote, ref, None, first) is Push.RACED
    assert push_ref(repository, remote, ref, None, other) is Push.DONE
    assert push_ref(repository, remote, ref, None, other) is Push.RACED
    assert git(remote_path, "for-each-ref") == ""
    assert fetch_ref(repository, remote, ref, mirror) is None
    assert repository.resolve(mirror) is None


def test_a_folder_of_refs_is_mirrored_without_those_that_are_gone(
    make_remote, make_clone, opened, git
):
    remote_path = make_remote()
    repository = opened(make_clone(remote_path))
    remote = find_remote(repository, "origin")
    fetch_refs(repository, remote, "refs/orc/leases")
    commit = new_commit(repository, "a")
    for name in ("T-1", "T-2"):
        push_ref(repository, remote, f"refs/orc/leases/{name}", commit, None)
    fetch_refs(repository, remote, "refs/orc/leases")
    push_ref(repository, remote, "refs/orc/leases/T-1", None, commit)
    fetch_refs(repository, remote, "refs/orc/leases")
    refs = git(repository.work_tree, "for-each-ref", "--format=%(refname)").split()
    assert [ref for ref in refs if "leases" in ref] == [remote.mirror_ref("refs/orc/leases/T-2")]
    assert "refs/heads/main" in refs


def test_a_ref_that_the_remote_hides_is_refused(make_remote, make_clone, opened, git):
    remote_path = make_remote()
    git(remote_path, "config", "receive.hideRefs", "refs/orc")
    repository = opened(make_clone(remote_path))
    remote = find_remote(repository, "origin")
    with pytest.raises(PushRejectedError, match="hidden ref"):
        push_ref(repository, remote, "refs/orc/leases/T-1", new_commit(repository, "a"), None)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, PushRejectedError),
        (403, PushRejectedError),
        (404, UnreachableError),
        (500, UnreachableError),
    ],
)
def test_what_a_web_server_answers_tells_refusals_from_outages(
    make_clone, opened, git, status, error
):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    work = make_clone()
    url = f"http://ada:hunter2@127.0.0.1:{server.server_port}/x.git"
    git(work, "remote", "add", "origin", url)
    repository = opened(work)
    remote = find_remote(repository, "origin")
    try:
        with pytest.raises(error) as failed:
            push(repository, remote, BRANCH, new_commit(repository, "a"), None)
    finally:
        server.shutdown()
        server.server_close()
    assert "hunter2" not in str(failed.value.to_wire())


def test_what_refs_of_a_remote_are_at_is_told_by_pattern(make_remote, make_clone, opened):
    repository = opened(make_clone(make_remote()))
    remote = find_remote(repository, "origin")
    commit = new_commit(repository, "one")
    for name in ("orc/ids/TASK-AM-001", "orc/ids/TASK-BJ-001", "heads/elsewhere"):
        push_ref(repository, remote, f"refs/{name}", commit, None)
    assert refs_of(repository, remote, "refs/orc/ids/TASK-AM-*") == {
        "refs/orc/ids/TASK-AM-001": commit
    }
    assert set(refs_of(repository, remote, "refs/orc/ids/*")) == {
        "refs/orc/ids/TASK-AM-001", "refs/orc/ids/TASK-BJ-001",
    }  # fmt: skip


def test_a_remote_that_never_answers_is_not_waited_for_longer_than_asked(make_clone, opened):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        repository = opened(make_clone())
        remote = find_remote(repository, f"http://127.0.0.1:{silent.getsockname()[1]}/x.git")
        with pytest.raises(UnreachableError, match=r"within 0.5 s"):
            refs_of(repository, remote, timeout=0.5)
        with pytest.raises(UnreachableError, match=r"within 0.5 s"):
            push_ref(repository, remote, "refs/orc/ids/TASK-001", "HEAD", None, timeout=0.5)
