from __future__ import annotations

import pytest

from peerplan_jupyter.errors import NotFoundError, UnreachableError
from peerplan_jupyter.git.repository import Repository
from peerplan_jupyter.git.scratch import ScratchClone


def published(make_remote, make_clone, git):
    remote = make_remote()
    git(remote, "config", "uploadpack.allowFilter", "true")
    work = make_clone(remote)
    git(work, "commit", "--quiet", "--allow-empty", "-m", "Again")
    git(work, "push", "--quiet", "origin", "main")
    return remote


def test_only_the_newest_commit_comes_and_files_come_when_asked_for(
    make_remote, make_clone, git, tmp_path
):
    remote = published(make_remote, make_clone, git)
    scratch = ScratchClone(tmp_path / "cache", f"file://{remote}")
    commit = scratch.fetch("main")
    assert commit == git(remote, "rev-parse", "main")
    assert git(scratch.path, "rev-list", "--count", "main") == "1"

    with Repository.open(scratch.path) as repository, repository.objects() as objects:
        entry = objects.tree("main^{tree}")["README.md"]
        assert objects.blob(entry.oid) is None
    scratch.bring([entry.oid])
    with Repository.open(scratch.path) as repository, repository.objects() as objects:
        assert objects.blob(entry.oid) == b"hello\n"


def test_a_remote_that_cannot_filter_gives_everything(make_remote, make_clone, git, tmp_path):
    remote = published(make_remote, make_clone, git)
    git(remote, "config", "uploadpack.allowFilter", "false")
    scratch = ScratchClone(tmp_path / "cache", str(remote))
    assert scratch.fetch("main") == scratch.fetch("main")
    with Repository.open(scratch.path) as repository, repository.objects() as objects:
        assert objects.blob("main:README.md") == b"hello\n"


def test_the_url_is_not_stored(make_remote, make_clone, git, tmp_path):
    remote = published(make_remote, make_clone, git)
    scratch = ScratchClone(tmp_path / "cache", f"file://user:secret@localhost{remote}")
    with pytest.raises((UnreachableError, NotFoundError)) as failed:
        scratch.fetch("none")
    assert "secret" not in str(failed.value)
    kept = [path for path in scratch.path.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"secret" in path.read_bytes()]


def test_a_missing_branch_or_remote_is_said(make_remote, make_clone, git, tmp_path):
    remote = published(make_remote, make_clone, git)
    with pytest.raises(NotFoundError, match="has no branch none"):
        ScratchClone(tmp_path / "cache", str(remote)).fetch("none")
    with pytest.raises(UnreachableError):
        ScratchClone(tmp_path / "cache", str(tmp_path / "gone.git")).fetch("main")
