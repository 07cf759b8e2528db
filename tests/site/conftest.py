from __future__ import annotations

from pathlib import Path

import pytest

from peerplan_jupyter.git.fast_import import NewCommit, Write
from peerplan_jupyter.git.repository import Repository
from peerplan_jupyter.store.site import building

from ..support.repositories import git, make_clone, make_remote, own_git_configuration, write_commit

__all__ = ["git", "make_clone", "make_remote", "own_git_configuration"]

PLAN_JSON = '{"plan": {"id": "sessions", "title": "Move <sessions>", "pr": 7}}'


@pytest.fixture(autouse=True)
def built(tmp_path, monkeypatch):
    """A page as the build makes it, in few bytes."""
    page = tmp_path / "built"
    (page / "assets").mkdir(parents=True)
    (page / "assets" / "start-AB12.js").write_text("start()")
    (page / "page.html").write_text(
        '<meta http-equiv="Content-Security-Policy" content="{{policy}}" />{{mark}}'
        '<script type="module" src="{{root}}assets/start-AB12.js"></script>'
    )
    monkeypatch.setattr(building, "_BUILT", page)
    return page


@pytest.fixture
def published(make_remote, make_clone):
    """A clone whose remote has a plan branch."""
    work = make_clone(make_remote())
    folder = "pr-7/plan-sessions"
    changes = [
        Write(f"{folder}/plan.json", PLAN_JSON.encode()),
        Write(f"{folder}/plan.loro", b"loro"),
        Write(f"{folder}/page.html", b"<script>evil()</script>"),
        Write("drafts/plan-broken/plan.json", b"{"),
        Write("elsewhere/plan.json", PLAN_JSON.encode()),
    ]
    with Repository.open(work) as repository:
        commit = NewCommit([], changes, "Publish", repository.signature())
        write_commit(repository, commit, "refs/heads/plan-artifacts")
        repository.run("push", "--quiet", "origin", "plan-artifacts")
        repository.run("update-ref", "-d", "refs/heads/plan-artifacts")
    return Path(work)
