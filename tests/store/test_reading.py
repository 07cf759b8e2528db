from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from peerplan_jupyter.errors import (
    DocumentError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    StorageError,
    TooLargeError,
    UnreachableError,
)
from peerplan_jupyter.git.repository import Signature
from peerplan_jupyter.store import http
from peerplan_jupyter.store.branch import PlanFolder
from peerplan_jupyter.store.publisher import publish
from peerplan_jupyter.store.reading import (
    list_published,
    read_file,
    read_local,
    read_published,
    read_remote,
    read_web,
)
from peerplan_jupyter.store.sources import FolderSource
from peerplan_jupyter.store.tokens import token_headers
from peerplan_jupyter.store.url import PlanRef

ADA = Signature("Ada", "ada@example.org")


def folder_of(plan_id: str = "auth", pr: int | None = None) -> PlanFolder:
    """A plan with one artifact that holds, one that was changed, one that is gone."""

    def artifact(name: str, content: bytes) -> dict[str, object]:
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        return {"id": name.partition(".")[0], "type": "log", "file": name, "hash": digest}

    artifacts = [
        artifact("good.txt", b"good"),
        artifact("changed.txt", b"as recorded"),
        artifact("gone.txt", b"gone"),
        {"id": "seed", "type": "other", "url": "https://h.example/x/good.txt?y"},
        {"id": "unsafe", "type": "other", "file": "../../etc/passwd"},
    ]
    plan = {"id": plan_id, "pr": pr, "title": "Auth", "artifacts": artifacts}
    data = json.dumps({"plan": plan}).encode()
    return PlanFolder(data, b"loro", {"good.txt": b"good", "changed.txt": b"something else"})


EXPECTED = {
    "good": "verified",
    "changed": "mismatch",
    "gone": "missing",
    "seed": "mismatch",
    "unsafe": "missing",
}


@pytest.fixture
def published(make_remote, make_clone, opened) -> tuple[Path, Path]:
    """A remote and a clone with three plans published."""
    remote = make_remote()
    work = make_clone(remote)
    for folder, plan in (
        ("drafts/plan-auth", folder_of()),
        ("pr-3/plan-auth", folder_of(pr=3)),
        ("pr-4/plan-other", folder_of("other", 4)),
    ):
        publish(opened(work), folder=folder, build=lambda _, p=plan: p, message="m", author=ADA)
    return remote, work


def states(plan) -> dict[str, str]:
    return {key: state.state for key, state in plan.verify().items()}


def test_a_plan_is_read_from_a_clone_and_every_hash_checked(published, opened, git):
    _, work = published
    plan = read_local(opened(work), PlanRef("auth", 3))
    assert (plan.folder, plan.plan.pr, plan.plan_loro) == ("pr-3/plan-auth", 3, b"loro")
    assert plan.commit == git(work, "rev-parse", "plan-artifacts")
    assert states(plan) == EXPECTED
    told = plan.verify()
    assert "records" in told["changed"].detail
    assert told["good"].detail == "good.txt has the recorded hash."


def test_progress_is_told_file_by_file(published, opened):
    steps: list[tuple[int, int]] = []
    plan = read_local(opened(published[1]), PlanRef("other"))
    plan.verify(lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_the_plans_of_a_branch_are_listed(published, opened):
    _, work = published
    expected = [
        ("drafts/plan-auth", "auth", None),
        ("pr-3/plan-auth", "auth", 3),
        ("pr-4/plan-other", "other", 4),
    ]
    assert list_published(opened(work)) == expected
    assert list_published(opened(work), branch="no-such-branch") == []


def test_the_plan_that_was_meant_is_found(published, opened):
    repository = opened(published[1])

    def folder(ref: PlanRef) -> str:
        return read_local(repository, ref).folder

    assert folder(PlanRef("auth")) == "pr-3/plan-auth"
    assert folder(PlanRef(pr=4)) == "pr-4/plan-other"
    assert folder(PlanRef("auth", 9)) == "drafts/plan-auth"
    with pytest.raises(InvalidInputError, match=r"2 plans.*auth, other"):
        folder(PlanRef())
    with pytest.raises(NotFoundError, match=r"id nothing.*auth, other"):
        folder(PlanRef("nothing"))
    with pytest.raises(NotFoundError, match="pull request 9"):
        folder(PlanRef(pr=9))


def test_a_clone_without_the_branch_says_so(make_clone, opened):
    with pytest.raises(NotFoundError, match="has no branch plan-artifacts"):
        read_local(opened(make_clone()), PlanRef("auth"))


def test_the_newest_branch_that_a_clone_knows_is_read(published, make_clone, opened, git):
    remote, work = published
    late = make_clone(remote, "late")
    git(late, "fetch", "--quiet", "origin")
    assert read_local(opened(late), PlanRef("other")).commit == git(
        work, "rev-parse", "plan-artifacts"
    )
    git(late, "branch", "--quiet", "plan-artifacts", "origin/plan-artifacts~2")
    assert read_local(opened(late), PlanRef("other")).plan.id == "other"


@pytest.mark.parametrize("filters", ["true", "false"])
def test_a_plan_is_read_from_a_remote_without_cloning_it(published, git, filters):
    remote, _ = published
    git(remote, "config", "uploadpack.allowFilter", filters)
    plan = read_remote(f"file://{remote}", PlanRef("auth"))
    assert plan.commit == git(remote, "rev-parse", "plan-artifacts")
    assert states(plan) == EXPECTED
    assert read_published(PlanRef("auth", repository=f"file://{remote}")).plan == plan.plan


def test_a_plan_file_is_read_with_what_lies_beside_it(published, git, tmp_path):
    _, work = published
    git(work, "worktree", "add", "--quiet", "--detach", str(tmp_path / "out"), "plan-artifacts")
    folder = tmp_path / "out" / "pr-3" / "plan-auth"
    assert states(read_file(folder / "plan.json")) == EXPECTED
    (folder / "good.txt").rename(tmp_path / "secret")
    (folder / "good.txt").symlink_to(tmp_path / "secret")
    assert states(read_file(folder / "plan.json"))["good"] == "missing"
    with pytest.raises(NotFoundError):
        read_file(folder / "none.json")


def test_what_the_system_does_not_let_be_read_is_said(tmp_path):
    folder = folder_of()
    (tmp_path / "plan.json").write_bytes(folder.plan_json)
    plan = read_file(tmp_path / "plan.json")
    with pytest.raises(StorageError, match="cannot be read"):
        plan.source.read("x" * 300, 100)
    with pytest.raises(TooLargeError, match="100 bytes"):
        plan.source.read("plan.json", 100)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="There is no /proc.")
def test_a_special_file_that_cannot_be_read_or_has_no_end_is_said():
    with pytest.raises(StorageError, match=r"/proc/self/mem cannot be read"):
        read_file(Path("/proc/self/mem"))
    (_, pieces), *_ = FolderSource(Path("/proc/self")).contents(["mem"])
    with pytest.raises(StorageError):
        list(pieces or ())


def test_a_folder_that_holds_another_plan_is_refused(make_clone, opened):
    repository = opened(make_clone())
    publish(
        repository, folder="drafts/plan-mine", build=lambda _: folder_of("other"), message="m",
        author=ADA,
    )  # fmt: skip
    with pytest.raises(DocumentError, match="holds a plan with the id other"):
        read_local(repository, PlanRef("mine"))


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """A web server that answers from a dict: path to (status, headers, body)."""
    servers: list[ThreadingHTTPServer] = []

    def start(answers: dict[str, tuple[int, dict[str, str], bytes]]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = answers.get(self.path, (404, {}, b"no"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_plan_is_read_from_the_web(serve):
    folder = folder_of(pr=3)
    files = {"plan.json": folder.plan_json, "plan.loro": b"loro", **folder.artifacts}
    base = serve({f"/x/pr-3/plan-auth/{name}": (200, {}, data) for name, data in files.items()})
    plan = read_web(f"{base}/x/pr-3/plan-auth")
    assert (plan.plan.id, plan.folder, plan.plan_loro, plan.commit) == (
        "auth", "pr-3/plan-auth", b"loro", "",
    )  # fmt: skip
    assert states(plan) == EXPECTED


def test_what_the_web_answers_instead_is_said(serve):
    other = serve({"/plan.json": (200, {}, b"{}")})
    base = serve(
        {
            "/page/plan.json": (200, {}, b"<html>sign in</html>"),
            "/secret/plan.json": (403, {}, b""),
            "/broken/plan.json": (500, {}, b""),
            "/away/plan.json": (302, {"Location": f"{other}/plan.json"}, b""),
            "/loop/plan.json": (302, {"Location": "/loop/plan.json"}, b""),
            "/file/plan.json": (302, {"Location": "file:///etc/passwd"}, b""),
            "/short/plan.json": (200, {"Content-Length": "100"}, b"{}"),
            "/big/plan.json": (200, {}, b" " * 16_000_001),
        }
    )
    for path, error, words in (
        ("page", DocumentError, "web page"),
        ("secret", ForbiddenError, "403"),
        ("broken", UnreachableError, "500"),
        ("away", UnreachableError, "another host"),
        ("loop", UnreachableError, "302"),
        ("file", UnreachableError, "302"),
        ("short", UnreachableError, "broke off"),
        ("big", TooLargeError, "16,000,000"),
        ("none", NotFoundError, "no plan.json"),
    ):
        with pytest.raises(error, match=words):
            read_web(f"{base}/{path}")


def test_a_server_that_is_gone_or_silent_is_unreachable(serve, monkeypatch):
    with pytest.raises(UnreachableError):
        read_web("http://127.0.0.1:9/x")
    with pytest.raises(InvalidInputError, match="not an http"):
        read_web("file:///etc")


def test_a_token_goes_to_its_own_host_only(monkeypatch):
    for name in ("GH_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", "gh-secret")
    monkeypatch.setenv("PEERPLAN_TOKEN_GIT_ACME_DEV", "own-secret")
    github = "raw.githubusercontent.com"
    assert token_headers(f"https://{github}/a") == {"Authorization": "Bearer gh-secret"}
    assert token_headers("https://git.acme.dev/a") == {"Authorization": "Bearer own-secret"}
    for url in (
        f"http://{github}/a",
        f"https://{github}.evil.example/a",
        "https://gitlab.com/a",
        f"https://evil.example/{github}",
        f"https://{github}@evil.example/",
    ):
        assert token_headers(url) == {}


def test_a_download_stops_at_its_limit(serve):
    base = serve({"/x": (200, {}, b"x" * 1000)})
    assert http.download(f"{base}/x", 1000) == b"x" * 1000
    with pytest.raises(TooLargeError):
        http.download(f"{base}/x", 999)
