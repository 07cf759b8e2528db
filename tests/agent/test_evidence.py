from __future__ import annotations

import base64
import hashlib
import json

import pytest

from .conftest import agent, data, error, git, made, run

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def test_evidence_comes_from_a_file_or_inline(workspace, repository):
    (repository / "shot.png").write_bytes(PNG)

    async def loop():
        async with agent(workspace, root=repository) as call:
            plan, _ = await made(call, steps=[{"title": "One"}])
            shot = data(
                await call(
                    "attach_artifact", plan=plan, path="shot.png", caption="Runs", step="step-1"
                )
            )
            assert (shot["type"], shot["size"]) == ("screenshot", len(PNG))
            assert shot["hash"] == "sha256:" + hashlib.sha256(PNG).hexdigest()
            report = json.dumps({"tests": [], "summary": {"passed": 3}})
            results = data(
                await call("attach_artifact", plan=plan, text=report, name="r.json", caption="Pass")
            )
            assert results["type"] == "test_results"
            encoded = base64.b64encode(PNG).decode()
            other = data(
                await call(
                    "attach_artifact",
                    plan=plan,
                    base64=encoded,
                    name="b.png",
                    type="other",
                    caption="",
                )
            )
            assert (other["type"], other["hash"]) == ("other", shot["hash"])
            view = data(await call("get_plan", plan=plan))
            assert view["steps"][0]["artifacts"] == [shot["artifact"]]
            assert view["artifacts"][0]["caption"] == "Runs"
            await call("withdraw_artifact", plan=plan, artifact=shot["artifact"], reason="old")
            view = data(await call("get_plan", plan=plan))
            assert [one["id"] for one in view["artifacts"]] == [
                results["artifact"],
                other["artifact"],
            ]

    run(loop)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"path": "folder"}, "invalid_input"),
        ({"path": "empty.log"}, "invalid_input"),
        ({"path": "big.log"}, "too_large"),
        ({"path": "missing.log"}, "not_found"),
        ({"path": "../secret.txt"}, "forbidden"),
        ({"path": "folder/../../secret.txt"}, "forbidden"),
        ({"path": "/etc/hostname"}, "forbidden"),
        ({"path": "way/secret.txt"}, "forbidden"),
        ({"path": "link.txt"}, "unsafe_path"),
        ({"path": "a\0b"}, "invalid_input"),
        ({"path": "ok.log", "name": "../up.log"}, "unsafe_path"),
        ({"path": "ok.log", "name": "x" * 300}, "unsafe_path"),
        ({"path": "ok.log", "step": "step-9"}, "not_found"),
        ({"path": "ok.log", "type": "poem"}, "invalid_input"),
        ({"path": "ok.log", "text": "both", "name": "x"}, "invalid_input"),
        ({"text": "x"}, "invalid_input"),
        ({"base64": "%%%", "name": "x.png"}, "invalid_input"),
        ({"name": "x.png"}, "invalid_input"),
    ],
)
def test_evidence_that_cannot_be_taken_leaves_nothing_behind(
    workspace, repository, tmp_path, arguments, code
):
    (tmp_path / "secret.txt").write_text("secret")
    (repository / "folder").mkdir()
    (repository / "empty.log").touch()
    (repository / "big.log").write_bytes(b"x" * 2_000)
    (repository / "ok.log").write_text("fine")
    (repository / "link.txt").symlink_to(tmp_path / "secret.txt")
    (repository / "way").symlink_to(tmp_path)
    workspace.limit = 1_000

    async def loop():
        async with agent(workspace, root=repository) as call:
            plan, _ = await made(call)
            refused = error(await call("attach_artifact", plan=plan, caption="c", **arguments))
            assert data(await call("get_plan", plan=plan))["artifacts"] == []
            return refused

    refused = run(loop)
    assert refused["code"] == code
    assert "secret" not in refused["message"].replace("secret.txt", "")
    if code == "too_large":
        assert "2,000" in refused["message"]
        assert "1,000" in refused["message"]


def test_a_server_without_a_folder_reads_no_files(workspace, tmp_path):
    (tmp_path / "a.log").write_text("x")

    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)
            path = str(tmp_path / "a.log")
            return error(await call("attach_artifact", plan=plan, path=path, caption="c"))

    assert run(loop)["code"] == "forbidden"


def test_a_published_plan_lies_on_the_remote_with_its_evidence(workspace, repository):
    (repository / "run.log").write_text("42 passed\n")

    async def loop():
        seen = []

        async def progress(done, total, message):
            seen.append(message)

        async with agent(workspace, root=repository) as call:
            plan, _ = await made(call, plan_id="sessions", pr=7)
            await call("attach_artifact", plan=plan, path="run.log", caption="All pass")
            await call("request_review", plan=plan)
            told = data(await call("publish", plan=plan, _progress=progress))
            assert (told["folder"], told["pushed"]) == ("pr-7/plan-sessions", True)
            assert seen
            await call("link_pull_request", plan=plan, pr=8)
            again = data(await call("publish", plan=plan))
            assert again["folder"] == "pr-8/plan-sessions"
            return again

    before = (repository / ".git" / "index").read_bytes()
    told = run(loop)
    remote = repository.parent / "remote.git"
    assert git(remote, "rev-parse", "plan-artifacts") == told["commit"]
    shown = git(remote, "show", "plan-artifacts:pr-8/plan-sessions/plan.json")
    plan = json.loads(shown)["plan"]
    assert plan["status"] == "pending_review"
    assert plan["artifacts"][0]["hash"] == "sha256:" + hashlib.sha256(b"42 passed\n").hexdigest()
    assert (repository / ".git" / "index").read_bytes() == before


def test_a_plan_without_a_repository_is_bound_when_it_is_published(workspace, repository):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)
            refused = await call("publish", plan=plan)
            assert "`repository`" in error(refused)["hint"]
            told = data(await call("publish", plan=plan, repository=str(repository)))
            assert told["pushed"]
            assert data(await call("get_plan", plan=plan))["repository"] == str(repository)

    run(loop)


def test_a_push_that_is_refused_is_said_and_kept(workspace, repository):
    hook = repository.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)

    async def loop():
        async with agent(workspace, root=repository) as call:
            plan, _ = await made(call)
            refused = error(await call("publish", plan=plan))
            assert refused["code"] == "push_rejected"
            assert "protected branch" in refused["message"]
            hook.unlink()
            assert data(await call("publish", plan=plan))["pushed"]

    run(loop)


def test_where_the_host_is_known_the_plans_url_is_told(workspace, repository):
    from peerplan_jupyter.agent.tools.publishing import _urls
    from peerplan_jupyter.store.bindings import Binding

    git(repository, "remote", "set-url", "origin", "https://user:token@github.com/acme/shop.git")
    folder = "pr-7/plan-sessions"
    binding = Binding(workdir=str(repository), remote="origin", folder=folder)
    shown, raw = _urls(binding, "sessions", 7, folder, {})
    assert shown == "https://acme.github.io/shop/plan?repo=acme/shop&pr=7&plan=sessions"
    assert raw == (
        "https://raw.githubusercontent.com/acme/shop/plan-artifacts/pr-7/plan-sessions/plan.json"
    )
    mirror = {"github.com": "https://mirror.acme.dev/{project}/{path}"}
    _, raw = _urls(binding, "sessions", 7, folder, mirror)
    assert raw == "https://mirror.acme.dev/acme/shop/pr-7/plan-sessions/plan.json"
