from __future__ import annotations

import asyncio
import json

import pytest

from peerplan_jupyter.store.journal import Journal

from .conftest import git
from .test_sockets import annotate


@pytest.fixture
def published(repository):
    """What the plan branch of the remote says, once `wanted` is true of it."""

    async def wait(wanted=lambda _: True):
        async with asyncio.timeout(20):
            while True:
                try:
                    text = git(repository, "show", "plan-artifacts:drafts/plan-pp/plan.json")
                except Exception:
                    text = "null"
                found = json.loads(text)
                if found and wanted(found["plan"]):
                    return found["plan"]
                await asyncio.sleep(0.02)

    return wait


async def publication(ask):
    return (await ask("plans/pp"))[1]["live"]["publication"]


async def test_asking_for_a_review_publishes(ask, plan, published):
    await plan()
    await ask("plans/pp/operations", {"op": "request_review"})
    assert (await published())["status"] == "pending_review"


async def test_a_published_plan_stays_published(ask, plan, published):
    await plan()
    await ask("plans/pp/publish", b"")
    await ask("plans/pp/operations", [annotate(str(number)) for number in range(5)])
    await published(lambda plan: len(plan["annotations"]) == 5)


async def test_a_draft_that_nobody_published_stays_here(ask, plan, repository):
    await plan("pp")
    await plan("other")
    await ask("plans/pp/operations", {"op": "edit_title", "title": "U"})
    # The other plan was changed later, so by now the first would have been published too.
    await ask("plans/other/operations", {"op": "request_review"})
    async with asyncio.timeout(20):
        while (await ask("plans/other"))[1]["live"]["publication"]["state"] != "published":
            await asyncio.sleep(0.02)
    assert "plan-pp" not in git(repository, "ls-tree", "-r", "--name-only", "plan-artifacts")


async def test_what_cannot_be_pushed_is_said_and_published_later(
    ask, plan, published, repository, monkeypatch
):
    monkeypatch.setattr("peerplan_jupyter.review.autopublish.FIRST_RETRY", 0.5)
    hook = repository / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected; exit 1\n")
    hook.chmod(0o755)
    await plan()
    await ask("plans/pp/operations", {"op": "request_review"})
    async with asyncio.timeout(20):
        while (await publication(ask))["state"] != "failed":
            await asyncio.sleep(0.02)
    assert (await publication(ask))["error"]
    hook.unlink()
    await published()
    async with asyncio.timeout(20):
        while (await publication(ask))["state"] != "published":
            await asyncio.sleep(0.02)


async def test_a_broken_journal_is_read_back_from_the_plan_branch(
    ask, plan, published, tmp_path, jp_root_dir, jp_serverapp
):
    from peerplan_jupyter.jupyter.host import Host, Settings

    await plan(content="Kept")
    await ask("plans/pp/publish", b"")
    await jp_serverapp.extension_manager.stop_all_extensions()
    journal = tmp_path / "peerplan" / "journal.sqlite"
    journal.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    for suffix in ("-wal", "-shm"):
        journal.with_name(journal.name + suffix).unlink(missing_ok=True)
    host = Host(Settings(jp_root_dir))
    service = await host.service()
    assert [one["title"] for one in await service.workspace.summaries()] == ["T"]
    await host.close()
    assert list(journal.parent.glob("journal.corrupt-*"))


async def test_a_journal_that_cannot_be_opened_is_said_and_tried_again(ask, tmp_path):
    home = tmp_path / "peerplan"
    home.write_text("in the way")
    code, got = await ask("plans")
    assert (code, got["error"]["code"]) == (507, "storage")
    home.unlink()
    assert (await ask("plans"))[1] == {"plans": [], "losses": []}


async def test_two_servers_share_one_journal(ask, plan, jp_root_dir, tmp_path):
    from peerplan_jupyter.jupyter.host import Host, Settings

    await plan()
    second = Host(Settings(jp_root_dir, home=tmp_path / "peerplan"))
    service = await second.service()
    assert [one["id"] for one in await service.workspace.summaries()] == ["pp"]
    with Journal(tmp_path / "peerplan" / "journal.sqlite") as journal:
        assert journal.recovered is None
    await second.close()
