from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from peerplan_jupyter.errors import NotFoundError
from peerplan_jupyter.git.remote import find_remote
from peerplan_jupyter.git.repository import Signature
from peerplan_jupyter.store.branch import PlanFolder
from peerplan_jupyter.store.publisher import publish
from peerplan_jupyter.store.pull_requests import open_pull_requests
from peerplan_jupyter.store.retention import DAY, Rules, clean

ADA = Signature("Ada", "ada@example.org")


def plan_json(plan_id: str, status: str) -> bytes:
    plan = {
        "id": plan_id, "pr": None, "branch": None, "title": f"About {plan_id}", "content": "",
        "steps": [], "status": status, "artifacts": [], "annotations": [], "review": None,
    }  # fmt: skip
    return json.dumps({"plan": plan}).encode()


@pytest.fixture
def put(monkeypatch):
    """Publish a plan as if it were `days` ago."""

    def publish_then(repository, folder, days, status="pending_review", **files):
        at = time.time() - days * DAY
        with monkeypatch.context() as past:
            past.setattr("peerplan_jupyter.git.fast_import.time.time", lambda: at)
            made = PlanFolder(plan_json(folder.split("/plan-")[1], status), b"x", files)
            publish(repository, folder=folder, build=lambda _: made, message="P", author=ADA)

    return publish_then


@pytest.fixture
def repository(make_remote, make_clone, opened):
    return opened(make_clone(make_remote()))


def told(done):
    return {one.place.plan_id: one.reason for one in done.plans}


def folders(git, repository):
    listed = git(repository.work_tree, "ls-tree", "-d", "-r", "--name-only", "plan-artifacts")
    return {line for line in listed.split() if "/" in line}


def test_plans_go_by_the_date_of_their_last_commit(repository, put, git):
    put(repository, "drafts/plan-old", 100)
    put(repository, "drafts/plan-kept-alive", 100)
    put(repository, "drafts/plan-kept-alive", 5, status="draft")
    put(repository, "pr-7/plan-new", 89)
    done = clean(repository, Rules(90))
    assert told(done) == {"old": "old", "new": "recent", "kept-alive": "recent"}
    assert folders(git, repository) == {"pr-7/plan-new", "drafts/plan-kept-alive"}
    remote = git(repository.work_tree, "ls-remote", "origin", "plan-artifacts").split()[0]
    assert remote == done.commit
    assert "About old" in git(
        repository.work_tree, "show", f"{done.commit}^:drafts/plan-old/plan.json"
    )


def test_links_to_approved_plans_stay_alive_unless_told_otherwise(repository, put, git):
    put(repository, "pr-1/plan-good", 100, status="approved")
    assert told(clean(repository, Rules(90))) == {"good": "approved"}
    assert told(clean(repository, Rules(90, keep_approved=False))) == {"good": "old"}
    assert folders(git, repository) == set()


def test_a_dry_run_changes_nothing_and_says_how_much_would_go(repository, put, git):
    put(repository, "drafts/plan-old", 100, **{"log.txt": b"x" * 5000})
    before = git(repository.work_tree, "ls-remote", "origin")
    [one] = clean(repository, Rules(90), dry_run=True).plans
    assert one.goes
    assert 5000 < one.size < 6000
    assert git(repository.work_tree, "ls-remote", "origin") == before


def test_a_plan_that_cannot_be_read_stays(repository, put, git):
    put(repository, "drafts/plan-odd", 100)
    odd = PlanFolder(b"not json", b"x", {})
    publish(repository, folder="drafts/plan-odd", build=lambda _: odd, message="P", author=ADA)
    assert told(clean(repository, Rules(0))) == {"odd": "unreadable"}


def test_neither_index_nor_head_nor_work_tree_are_touched(repository, put, git):
    put(repository, "drafts/plan-old", 100)
    index = (repository.git_dir / "index").read_bytes()
    (repository.work_tree / "README.md").write_text("changed\n")
    clean(repository, Rules(90))
    assert (repository.git_dir / "index").read_bytes() == index
    assert git(repository.work_tree, "status", "--porcelain") == "M README.md"


def test_a_plan_that_somebody_publishes_meanwhile_stays(
    repository, put, git, make_clone, opened, monkeypatch
):
    put(repository, "drafts/plan-old", 100)
    put(repository, "drafts/plan-older", 200)
    other = opened(make_clone(repository.work_tree.parent / "remote.git", "other"))
    real = clean.__globals__["_take_off"]

    def race(*args):
        put(other, "drafts/plan-old", 0, status="draft")
        return real(*args)

    monkeypatch.setitem(clean.__globals__, "_take_off", race)
    assert told(clean(repository, Rules(90))) == {"old": "recent", "older": "old"}
    assert folders(git, repository) == {"drafts/plan-old"}


def test_without_a_plan_branch_there_is_nothing_to_clean(repository):
    with pytest.raises(NotFoundError, match="plan-artifacts"):
        clean(repository, Rules(90))


def test_plans_of_open_pull_requests_stay(repository, put):
    put(repository, "pr-7/plan-open", 100)
    put(repository, "pr-8/plan-closed", 100)
    done = clean(repository, Rules(90, open_prs={7}))
    assert told(done) == {"open": "open pull request", "closed": "old"}


def test_refs_tell_which_pull_requests_may_be_open(repository, git):
    work = repository.work_tree
    git(work, "push", "-q", "origin", "HEAD:main", "HEAD:refs/pull/1/head")
    git(work, "commit", "-q", "--allow-empty", "-m", "Not merged")
    git(work, "push", "-q", "origin", "HEAD:refs/pull/2/head")
    target = find_remote(repository, "origin")
    assert open_pull_requests(repository, target, {1, 2, 3}) == {2}


def test_a_host_that_shows_no_pull_requests_keeps_all_of_them(repository, git):
    git(repository.work_tree, "push", "-q", "origin", "HEAD:main")
    target = find_remote(repository, "origin")
    assert open_pull_requests(repository, target, {1, 2}) == {1, 2}


class GitHub(BaseHTTPRequestHandler):
    """The one answer of GitHub's API that is asked for, a page at a time."""

    def do_GET(self):
        assert self.path.startswith("/repos/acme/shop/pulls?state=open&per_page=100")
        first = self.path.endswith("page=1")
        numbers = range(1, 101) if first else [207]
        data = json.dumps([{"number": number} for number in numbers]).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def test_github_is_asked_page_by_page(repository, git, monkeypatch):
    git(repository.work_tree, "remote", "set-url", "origin", "https://github.com/acme/shop.git")
    with ThreadingHTTPServer(("127.0.0.1", 0), GitHub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
        target = find_remote(repository, "origin")
        assert open_pull_requests(repository, target, {5, 207, 300}) == {5, 207}
        server.shutdown()
