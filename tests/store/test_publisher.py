from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from peerplan_jupyter.errors import (
    GitError,
    PushRejectedError,
    StorageError,
    UnreachableError,
    UnsafePathError,
)
from peerplan_jupyter.git.repository import Signature
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.store.branch import PlanFolder
from peerplan_jupyter.store.publisher import publish

ADA = Signature("Ada", "ada@example.org")
DRAFT = "drafts/plan-auth"


class Document:
    """A set of lines: the smallest thing that merges."""

    def __init__(self, *lines: str, **artifacts: bytes) -> None:
        self.lines, self.artifacts = set(lines), artifacts
        self.merged: list[bytes | None] = []

    def build(self, remote: bytes | None) -> PlanFolder:
        self.merged.append(remote)
        self.lines |= set((remote or b"").decode().split())
        text = " ".join(sorted(self.lines)).encode()
        files = {name.replace("_", "."): content for name, content in self.artifacts.items()}
        return PlanFolder(json.dumps(sorted(self.lines)).encode(), text, files)


def put(repository, document, folder=DRAFT, **options):
    return publish(
        repository, folder=folder, build=document.build, message="Publish", author=ADA, **options
    )


def state_of(work: Path, git) -> tuple[bytes, str, str, str, str]:
    index = work / ".git" / "index"
    return (
        index.read_bytes() if index.exists() else b"",
        (work / ".git" / "HEAD").read_text(),
        git(work, "status", "--porcelain"),
        git(work, "stash", "list"),
        git(work, "rev-parse", "main"),
    )


def files(git, repository: Path, ref: str = "plan-artifacts") -> list[str]:
    return git(repository, "ls-tree", "-r", "--name-only", ref).split("\n")


def test_a_first_publication_makes_an_orphan_branch_here_and_there(
    make_remote, make_clone, opened, git
):
    remote, document = make_remote(), Document("one", shot_png=b"png")
    work = make_clone(remote)
    (work / "README.md").write_text("dirty\n")
    (work / "new.txt").write_text("untracked")
    git(work, "add", "new.txt")
    before = state_of(work, git)

    published = put(opened(work), document)

    assert published.pushed
    assert (published.remote, published.folder, published.retries) == ("origin", DRAFT, 0)
    assert git(remote, "rev-parse", "plan-artifacts") == published.commit
    assert git(work, "rev-parse", "plan-artifacts") == published.commit
    assert git(remote, "log", "--format=%P|%an <%ae>|%s", "plan-artifacts") == (
        "|Ada <ada@example.org>|Publish"
    )
    assert files(git, remote) == [
        f"{DRAFT}/{name}" for name in ("plan.json", "plan.loro", "shot.png")
    ]
    assert git(remote, "show", f"plan-artifacts:{DRAFT}/plan.json") == '["one"]'
    assert state_of(work, git) == before
    assert git(work, "for-each-ref", "refs/peerplan/tmp") == ""
    assert document.merged == [None]


def test_a_later_publication_merges_and_keeps_every_fact(make_remote, make_clone, opened, git):
    remote = make_remote()
    first, second = opened(make_clone(remote, "a")), opened(make_clone(remote, "b"))
    put(first, Document("one", a_txt=b"a"))
    put(second, Document("two", b_txt=b"b"))
    put(first, Document("three"))

    assert git(remote, "show", f"plan-artifacts:{DRAFT}/plan.loro") == "one three two"
    assert files(git, remote) == [
        f"{DRAFT}/{name}" for name in ("a.txt", "b.txt", "plan.json", "plan.loro")
    ]
    assert git(remote, "rev-list", "--count", "plan-artifacts") == "3"


def test_publishing_the_same_again_makes_no_commit(make_remote, make_clone, opened, git):
    remote = make_remote()
    repository = opened(make_clone(remote))
    first = put(repository, Document("one", a_txt=b"a"))
    again = put(repository, Document("one", a_txt=b"a"))
    assert (again.commit, again.pushed) == (first.commit, True)
    assert git(remote, "rev-list", "--count", "plan-artifacts") == "1"


def test_a_branch_that_was_removed_on_the_remote_is_published_again(
    make_remote, make_clone, opened, git
):
    remote = make_remote()
    repository = opened(make_clone(remote))
    first = put(repository, Document("one"))
    git(remote, "branch", "--quiet", "-D", "plan-artifacts")
    assert put(repository, Document("one")).commit == first.commit
    assert git(remote, "rev-parse", "plan-artifacts") == first.commit


def test_an_existing_root_on_the_remote_is_adopted(make_remote, make_clone, opened, git):
    remote = make_remote()
    put(opened(make_clone(remote, "a")), Document("one"))
    late = put(opened(make_clone(remote, "b")), Document("two"), folder="drafts/plan-other")
    assert git(remote, "rev-list", "--max-parents=0", "--count", "plan-artifacts") == "1"
    assert git(remote, "rev-parse", "plan-artifacts") == late.commit


def test_a_plan_moves_to_its_pull_request_with_everything_it_had(
    make_remote, make_clone, opened, git
):
    remote = make_remote()
    repository = opened(make_clone(remote))
    put(repository, Document("one", a_txt=b"a"))
    put(repository, Document("x"), folder="drafts/plan-other")
    document = Document("two")
    put(repository, document, folder="pr-3/plan-auth", previous_folder=DRAFT)

    assert document.merged == [b"one"]
    assert git(remote, "show", "plan-artifacts:pr-3/plan-auth/plan.loro") == "one two"
    assert files(git, remote) == [
        "drafts/plan-other/plan.json",
        "drafts/plan-other/plan.loro",
        "pr-3/plan-auth/a.txt",
        "pr-3/plan-auth/plan.json",
        "pr-3/plan-auth/plan.loro",
    ]
    assert put(repository, document, folder="pr-3/plan-auth", previous_folder=DRAFT).commit == git(
        remote, "rev-parse", "plan-artifacts"
    )


def test_a_draft_that_others_still_write_is_merged_when_it_moves_again(
    make_remote, make_clone, opened, git
):
    remote = make_remote()
    repository = opened(make_clone(remote, "a"))
    put(repository, Document("one"), folder="pr-3/plan-auth")
    put(opened(make_clone(remote, "b")), Document("late"))
    put(repository, Document("two"), folder="pr-3/plan-auth", previous_folder=DRAFT)
    assert git(remote, "show", "plan-artifacts:pr-3/plan-auth/plan.loro") == "late one two"
    assert DRAFT not in "".join(files(git, remote))


def test_without_a_remote_the_branch_is_written_here_and_said(make_clone, opened, git):
    work = make_clone()
    published = put(opened(work), Document("one"))
    assert (published.pushed, published.remote) == (False, None)
    assert git(work, "rev-parse", "plan-artifacts") == published.commit


def test_what_was_only_here_is_published_with_the_first_remote(
    make_remote, make_clone, opened, git
):
    work = make_clone()
    local = put(opened(work), Document("one"))
    remote = make_remote()
    git(work, "remote", "add", "origin", str(remote))
    put(opened(work), Document("two"), folder="drafts/plan-other")
    assert "drafts/plan-auth/plan.json" in files(git, remote)
    assert local.commit in git(remote, "rev-list", "plan-artifacts")


def test_a_local_branch_that_grew_apart_is_merged(make_remote, make_clone, opened, git):
    remote = make_remote()
    put(opened(make_clone(remote, "a")), Document("there"))
    work = make_clone(name="b")
    put(opened(work), Document("here", here_txt=b"x"))
    local = put(opened(work), Document("alone"), folder="drafts/plan-mine").commit
    git(work, "remote", "add", "origin", str(remote))
    document = Document("new")
    published = put(opened(work), document)

    assert git(remote, "show", f"plan-artifacts:{DRAFT}/plan.loro") == "here new there"
    assert "drafts/plan-mine/plan.json" in files(git, remote)
    assert f"{DRAFT}/here.txt" in files(git, remote)
    assert local in git(remote, "log", "-1", "--format=%P", "plan-artifacts")
    assert git(work, "rev-parse", "plan-artifacts") == published.commit


@pytest.mark.parametrize("kind", ["detached", "bare", "worktree", "shallow", "submodule"])
def test_any_kind_of_repository_can_publish(make_remote, make_clone, opened, git, tmp_path, kind):
    remote, source = make_remote(), make_clone(name="source")
    git(source, "commit", "--quiet", "--allow-empty", "-m", "Second")
    git(source, "push", "--quiet", str(remote), "main")
    work = tmp_path / "here"
    if kind == "submodule":
        parent = make_clone(name="parent")
        git(parent, "submodule", "--quiet", "add", str(remote), "here")
        work = parent / "here"
    elif kind == "worktree":
        git(tmp_path, "clone", "--quiet", str(remote), "main-tree")
        git(tmp_path / "main-tree", "worktree", "add", "--quiet", str(work), "-b", "side")
    else:
        options = {"bare": ["--bare"], "shallow": ["--depth=1"]}.get(kind, [])
        git(tmp_path, "clone", "--quiet", *options, f"file://{remote}", "here")
    if kind == "detached":
        git(work, "checkout", "--quiet", "--detach")
    repository = opened(work)
    index = repository.git_dir / "index"
    before = index.read_bytes() if index.exists() else b""
    head = (repository.git_dir / "HEAD").read_text()

    put(repository, Document("one"))
    published = put(repository, Document("two"))

    assert git(remote, "rev-parse", "plan-artifacts") == published.commit
    assert (index.read_bytes() if index.exists() else b"") == before
    assert (repository.git_dir / "HEAD").read_text() == head
    assert (repository.common_dir / "shallow").exists() == (kind == "shallow")


def test_a_repository_of_sha256_objects_publishes(opened, git, tmp_path):
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "--bare", "remote.git")
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "work")
    work = tmp_path / "work"
    git(work, "remote", "add", "origin", "../remote.git")
    put(opened(work), Document("one", a_txt=b"a"))
    published = put(opened(work), Document("two"))
    assert git(tmp_path / "remote.git", "rev-parse", "plan-artifacts") == published.commit
    assert len(published.commit) == 64
    assert git(work, "for-each-ref", "refs/peerplan/tmp") == ""


def test_a_plan_branch_that_is_checked_out_is_left_alone(make_remote, make_clone, opened, git):
    remote = make_remote()
    work = make_clone(remote)
    first = put(opened(work), Document("one"))
    git(work, "checkout", "--quiet", "plan-artifacts")
    second = put(opened(work), Document("two"))
    assert git(work, "rev-parse", "HEAD") == first.commit
    assert git(work, "status", "--porcelain") == ""
    assert git(remote, "rev-parse", "plan-artifacts") == second.commit
    with pytest.raises(GitError, match="is checked out"):
        put(opened(work), Document("three"), remote=None)


def test_a_refusal_is_not_tried_again_and_changes_nothing(make_remote, make_clone, opened, git):
    remote = make_remote()
    hook = remote / "hooks" / "pre-receive"
    hook.write_text(
        f"#!/bin/sh\necho x >> {remote}/asked\necho 'protected by the owner' >&2\nexit 1\n"
    )
    hook.chmod(0o755)
    work, document = make_clone(remote), Document("one")
    with pytest.raises(PushRejectedError, match="protected by the owner"):
        put(opened(work), document)
    assert (remote / "asked").read_text() == "x\n"
    assert len(document.merged) == 1
    assert git(work, "for-each-ref", "refs/peerplan", "refs/heads/plan-artifacts") == ""


def test_a_remote_that_is_gone_is_unreachable_and_changes_nothing(
    make_remote, make_clone, opened, git
):
    remote = make_remote()
    work = make_clone(remote)
    remote.rename(remote.with_name("moved.git"))
    with pytest.raises(UnreachableError):
        put(opened(work), Document("one"))
    assert git(work, "for-each-ref", "refs/peerplan", "refs/heads/plan-artifacts") == ""


def test_an_artifact_that_is_gone_publishes_nothing(make_remote, make_clone, opened, git, tmp_path):
    work = make_clone(make_remote())
    plan = PlanFolder(b"{}", b"", {"shot.png": tmp_path / "gone"})
    with pytest.raises(StorageError, match="cannot be read to be published"):
        publish(opened(work), folder=DRAFT, build=lambda _: plan, message="m", author=ADA)
    assert git(work, "for-each-ref", "refs/peerplan", "refs/heads/plan-artifacts") == ""


def test_what_a_killed_publication_left_is_removed_a_day_later(make_clone, opened, git):
    work = make_clone()
    old, young = "01ARZ3NDEKTSV4RRFFQ69G5FAV", new_id()
    for name in (old, young, "mine"):
        git(work, "update-ref", f"refs/peerplan/tmp/{name}", "main")
    put(opened(work), Document("one"))
    left = git(work, "for-each-ref", "--format=%(refname)", "refs/peerplan/tmp").split()
    assert left == [f"refs/peerplan/tmp/{young}", "refs/peerplan/tmp/mine"]


def test_a_local_branch_that_others_moved_meanwhile_stays_where_it_is(
    make_remote, make_clone, opened, git
):
    work = make_clone(make_remote())
    document = Document("one")

    def build(found: bytes | None) -> PlanFolder:
        git(work, "branch", "plan-artifacts", "main")
        return document.build(found)

    repository = opened(work)
    published = publish(repository, folder=DRAFT, build=build, message="m", author=ADA)
    assert published.pushed
    assert git(work, "rev-parse", "plan-artifacts") == git(work, "rev-parse", "main")
    assert git(work, "rev-parse", "refs/peerplan/remotes/origin/plan-artifacts") == published.commit
    assert git(work, "for-each-ref", "refs/peerplan/tmp") == ""


def test_without_an_author_it_is_by_whom_git_names(make_remote, make_clone, opened, git):
    remote = make_remote()
    work = make_clone(remote)
    git(work, "config", "user.name", "Grace")
    publish(opened(work), folder=DRAFT, build=Document("one").build, message="m")
    said = git(remote, "log", "-1", "--format=%an <%ae>", "plan-artifacts")
    assert said == "Grace <ada@example.org>"


def test_an_unsafe_artifact_name_publishes_nothing(make_remote, make_clone, opened, git):
    work = make_clone(make_remote())

    def build(_: bytes | None) -> PlanFolder:
        return PlanFolder(b"{}", b"", {"../../escape": b"x"})

    with pytest.raises(UnsafePathError):
        publish(opened(work), folder=DRAFT, build=build, message="m", author=ADA)
    assert git(work, "for-each-ref", "refs/peerplan", "refs/heads/plan-artifacts") == ""


def test_somebody_faster_is_merged_and_counted(make_remote, make_clone, opened, git):
    remote = make_remote()
    fast, slow = opened(make_clone(remote, "fast")), opened(make_clone(remote, "slow"))
    put(slow, Document("zero"))
    document = Document("slow")

    def build(found: bytes | None) -> PlanFolder:
        if len(document.merged) == 0:
            done = subprocess.run(
                ["git", "-C", str(fast.work_tree), "fetch", "-q", str(remote), "plan-artifacts"],
                check=True,
            )
            assert done.returncode == 0
            git(fast.work_tree, "worktree", "add", "-q", "--detach", "../race", "FETCH_HEAD")
            (fast.work_tree / "../race" / DRAFT / "plan.loro").write_text("fast zero")
            git(fast.work_tree / "../race", "commit", "-qam", "Faster")
            git(fast.work_tree / "../race", "push", "-q", str(remote), "HEAD:plan-artifacts")
        return document.build(found)

    published = publish(slow, folder=DRAFT, build=build, message="m", author=ADA)
    assert published.retries == 1
    assert document.merged == [b"zero", b"fast zero"]
    assert git(remote, "show", f"plan-artifacts:{DRAFT}/plan.loro") == "fast slow zero"
