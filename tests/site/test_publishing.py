from __future__ import annotations

import pytest

from peerplan_jupyter.errors import GitError
from peerplan_jupyter.git.fast_import import NewCommit, Write
from peerplan_jupyter.git.repository import Repository
from peerplan_jupyter.store.site import publishing
from peerplan_jupyter.store.site.access import access
from peerplan_jupyter.store.site.building import build_site
from peerplan_jupyter.store.site.publishing import publish_site

from ..support.repositories import write_commit

GITHUB = "https://github.com/acme/rocket"


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    build_site(folder, access([GITHUB]))
    return folder


def files(git, repository, branch):
    return git(repository, "ls-tree", "-r", "--name-only", branch).splitlines()


def push_file(git, work, branch, name):
    """Somebody else's commit on a branch of the remote."""
    git(work, "fetch", "-q", "origin")
    tip = git(work, "rev-parse", "-q", "--verify", f"origin/{branch}", check=False)
    with Repository.open(work) as repository:
        parents, changes = [tip] if tip else [], [Write(name, b"theirs")]
        commit = NewCommit(parents, changes, "Theirs", repository.signature())
        made = write_commit(repository, commit, f"refs/theirs/{name}")
    git(work, "push", "-q", "origin", f"{made}:refs/heads/{branch}")
    return made


def test_a_site_is_pushed_and_the_checkout_stays_as_it_is(git, make_remote, make_clone, site):
    remote = make_remote()
    work = make_clone(remote)
    (work / "README.md").write_text("changed\n")
    (work / "staged.txt").write_text("staged\n")
    git(work, "add", "staged.txt")
    index = (work / ".git" / "index").read_bytes()
    before = git(work, "status", "--porcelain"), git(work, "for-each-ref", "refs/heads")
    with Repository.open(work) as repository:
        done = publish_site(repository, site)
    assert done.changed
    assert "plan/index.html" in files(git, remote, "gh-pages")
    assert (work / ".git" / "index").read_bytes() == index
    assert (git(work, "status", "--porcelain"), git(work, "for-each-ref", "refs/heads")) == before


def test_a_site_that_is_there_already_makes_no_commit(git, make_remote, make_clone, site):
    remote = make_remote()
    with Repository.open(make_clone(remote)) as repository:
        first = publish_site(repository, site)
        again = publish_site(repository, site)
    assert not again.changed
    assert again.commit == first.commit == git(remote, "rev-parse", "gh-pages")


def test_what_else_is_on_the_branch_stays_and_what_an_older_page_left_goes(
    git, make_remote, make_clone, site
):
    remote = make_remote()
    work = make_clone(remote)
    push_file(git, work, "gh-pages", "index.html")
    with Repository.open(work) as repository:
        publish_site(repository, site)
        (site / "peerplan" / "start-AB12.js").rename(site / "peerplan" / "start-CD34.js")
        publish_site(repository, site)
    there = files(git, remote, "gh-pages")
    assert git(remote, "show", "gh-pages:index.html") == "theirs"
    assert "peerplan/start-CD34.js" in there
    assert "peerplan/start-AB12.js" not in there
    assert ".nojekyll" not in there


def test_a_folder_of_the_checked_out_branch_is_written_on_the_remote_only(
    git, make_remote, make_clone, site
):
    remote = make_remote()
    work = make_clone(remote)
    git(work, "push", "-q", "origin", "main")
    head, index = git(work, "rev-parse", "HEAD"), (work / ".git" / "index").read_bytes()
    with Repository.open(work) as repository:
        done = publish_site(repository, site, branch="main", folder="docs")
    assert git(remote, "rev-parse", "main") == done.commit
    assert {"README.md", "docs/plan.html"} < set(files(git, remote, "main"))
    assert git(work, "rev-parse", "HEAD") == head
    assert (work / ".git" / "index").read_bytes() == index


def test_somebody_who_was_faster_is_built_upon(git, make_remote, make_clone, site, monkeypatch):
    remote = make_remote()
    work = make_clone(remote)
    theirs, push = [], publishing.push

    def late(*args):
        if not theirs:
            theirs.append(push_file(git, work, "gh-pages", "notes.txt"))
        return push(*args)

    monkeypatch.setattr(publishing, "push", late)
    with Repository.open(work) as repository:
        done = publish_site(repository, site)
    assert git(remote, "rev-parse", f"{done.commit}^") == theirs[0]
    assert {"notes.txt", "plan.html"} < set(files(git, remote, "gh-pages"))


def test_a_repository_without_a_remote_gets_a_branch_that_is_not_checked_out(git, make_clone, site):
    work = make_clone()
    with Repository.open(work) as repository:
        publish_site(repository, site)
        with pytest.raises(GitError, match="checked out"):
            publish_site(repository, site, branch="main", folder="docs")
    assert "plan.html" in files(git, work, "gh-pages")
