from __future__ import annotations

import pytest

from .conftest import ERAS, agent, by_a_person, data, error, made, run, text

TEXT = "# Expiry\n\nTokens live 15 minutes.\n\n# Storage\n\nIn memory.\n"


@ERAS
def test_every_tool_publishes_what_it_takes_and_returns(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            return (await call.client.list_tools()).tools

    tools = {tool.name: tool for tool in run(loop)}
    assert sorted(tools) == [
        "add_step", "attach_artifact", "claim", "create_plan", "edit_plan", "get_plan",
        "get_review", "link_pull_request", "list_feedback", "list_plans", "list_tasks", "new_task",
        "publish", "remove_step", "reply", "report_progress", "request_review", "set_disposition",
        "show_task", "update_step", "wait_for_feedback", "withdraw_artifact",
    ]  # fmt: skip
    for tool in tools.values():
        assert tool.output_schema["properties"]["next"]
        assert "ctx" not in tool.input_schema["properties"]
        assert "call" not in tool.input_schema["properties"]
        assert len(tool.description) > 20


def test_a_plan_is_made_with_its_steps_and_read_back(workspace):
    async def loop():
        async with agent(workspace) as call:
            steps = [{"title": "Adapter", "criteria": ["`pytest` passes"]}, {"title": "Docs"}]
            told = data(
                await call("create_plan", title="Sessions", content=TEXT, steps=steps, plan_id="s1")
            )
            assert (told["plan"], told["steps"], told["status"]) == (
                "s1",
                ["step-1", "step-2"],
                "draft",
            )
            assert told["repository"] is None
            view = await call("get_plan", plan="s1")
            return data(view), text(view)

    view, shown = run(loop)
    assert view["content"] == TEXT
    assert view["steps"][0]["criteria"] == ["`pytest` passes"]
    assert "must hold: `pytest` passes" in shown
    assert TEXT in shown


def test_a_plan_belongs_to_the_repository_that_the_agent_works_in(workspace, repository, tmp_path):
    async def loop(root, **fields):
        async with agent(workspace, root=root) as call:
            return await call("create_plan", title="T", **fields)

    (repository / "src").mkdir()
    assert data(run(loop, repository / "src"))["repository"] == str(repository)
    (tmp_path / "elsewhere").mkdir()
    told = run(loop, tmp_path / "elsewhere")
    assert data(told)["repository"] is None
    assert "`repository`" in text(told)

    async def named():
        async with agent(workspace, root=tmp_path) as call:
            return await call("create_plan", title="T", repository="work")

    assert data(run(named))["repository"] == str(repository)

    async def wrong():
        async with agent(workspace, root=tmp_path) as call:
            refused = await call("create_plan", title="T", repository="elsewhere")
            return error(refused), data(await call("list_plans"))["plans"]

    refused, plans = run(wrong)
    assert refused["code"] == "not_found"
    assert len(plans) == 3


def test_a_long_plan_is_read_in_parts(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call, content="0123456789\n" * 10_000)
            first = await call("get_plan", plan=plan)
            assert len(data(first)["content"]) == 50_000
            assert data(first)["content_length"] == 110_000
            assert "content_from 50000 goes on" in text(first)
            last = data(await call("get_plan", plan=plan, content_from=100_000))
            assert len(last["content"]) == 10_000

    run(loop)


def test_the_plans_are_listed_the_last_first(workspace):
    async def loop():
        async with agent(workspace) as call:
            assert "create_plan" in data(await call("list_plans"))["next"]
            plans = [(await made(call))[0] for _ in range(2)]
            return plans, [one["id"] for one in data(await call("list_plans"))["plans"]]

    plans, listed = run(loop)
    assert sorted(listed) == sorted(plans)


def test_edits_in_different_lines_are_merged(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call, content=TEXT)
            digest = data(await call("get_plan", plan=plan))["content_digest"]
            theirs = TEXT.replace("In memory", "In Redis")
            await by_a_person(workspace, plan, op="edit_content", base=TEXT, content=theirs)
            mine = TEXT.replace("15 minutes", "30 minutes")
            told = data(await call("edit_plan", plan=plan, content=mine, base_digest=digest))
            assert told["merged"]
            merged = data(await call("get_plan", plan=plan))
            assert merged["content"] == theirs.replace("15 minutes", "30 minutes")
            assert merged["content_digest"] == told["content_digest"]

    run(loop)


@ERAS
def test_a_stale_edit_comes_back_with_the_current_text(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            plan, _ = await made(call, content=TEXT)
            theirs = TEXT.replace("15 minutes", "5 minutes")
            await by_a_person(workspace, plan, op="edit_content", base=TEXT, content=theirs)
            mine = TEXT.replace("15 minutes", "30 minutes")
            refused = await call("edit_plan", plan=plan, content=mine, base=TEXT, title="Half")
            assert error(refused)["code"] == "stale"
            assert error(refused)["data"]["current"] == theirs
            assert theirs in text(refused)
            digest = error(refused)["data"]["content_digest"]
            again = theirs.replace("5 minutes", "30 minutes")
            data(await call("edit_plan", plan=plan, content=again, base_digest=digest))
            read = data(await call("get_plan", plan=plan))
            assert (read["content"], read["title"] == "Half") == (again, False)

    run(loop)


def test_an_edit_without_a_known_base_is_refused(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call, content=TEXT)
            for base in ({}, {"base_digest": "sha256:" + "0" * 64}):
                refused = error(await call("edit_plan", plan=plan, content="New", **base))
                assert (refused["code"], refused["data"]["current"]) == ("stale", TEXT)
            assert data(await call("get_plan", plan=plan))["content"] == TEXT

    run(loop)


@pytest.mark.parametrize("old", ["nowhere", "e"])
def test_a_replacement_must_name_one_place(workspace, old):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call, content=TEXT)
            good, bad = {"old": "15", "new": "20"}, {"old": old, "new": "x"}
            refused = error(await call("edit_plan", plan=plan, replacements=[good, bad]))
            assert refused["code"] == "stale"
            assert data(await call("get_plan", plan=plan))["content"] == TEXT

    run(loop)


def test_steps_are_added_changed_moved_and_removed(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call, steps=[{"title": "One"}, {"title": "Two"}])
            told = data(await call("add_step", plan=plan, step={"title": "Zero"}, position=0))
            added = told["step"]
            assert [one["title"] for one in told["steps"]] == ["Zero", "One", "Two"]
            assert told["steps"][0]["id"] == added
            told = data(
                await call(
                    "update_step",
                    plan=plan,
                    step=added,
                    status="done",
                    criteria=["c"],
                    position=2,
                )
            )
            assert [one["title"] for one in told["steps"]] == ["One", "Two", "Zero"]
            assert told["steps"][2]["status"] == "done"
            assert told["steps"][2]["criteria"] == ["c"]
            told = data(await call("remove_step", plan=plan, step="step-1"))
            assert [one["title"] for one in told["steps"]] == ["Two", "Zero"]
            assert (
                error(await call("update_step", plan=plan, step="step-9", status="done"))["code"]
                == "not_found"
            )
            assert error(await call("update_step", plan=plan, step="step-2"))["code"] == (
                "invalid_input"
            )

    run(loop)


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("get_plan", {"plan": "nowhere"}, "not_found"),
        ("get_plan", {"plan": "../../etc"}, "not_found"),
        ("get_plan", {"plan": "x" * 1000}, "invalid_input"),
        ("get_plan", {}, "invalid_input"),
        ("create_plan", {"title": ""}, "invalid_input"),
        ("create_plan", {"title": "x" * 10_000_000}, "invalid_input"),
        ("create_plan", {"title": "T", "plan_id": "../up"}, "invalid_input"),
        ("create_plan", {"title": "T", "plan_id": "taken"}, "invalid_input"),
        ("create_plan", {"title": "T", "pr": -1}, "invalid_input"),
        ("create_plan", {"title": "T", "content": "x" * 200_001}, "invalid_input"),
        ("edit_plan", {"plan": "taken"}, "invalid_input"),
        ("reply", {"plan": "taken", "annotation": "none", "content": "x"}, "not_found"),
        (
            "set_disposition",
            {"plan": "taken", "annotation": "none", "disposition": "fixed"},
            "invalid_input",
        ),
        ("list_feedback", {"plan": "taken", "items": ["none"]}, "not_found"),
        ("withdraw_artifact", {"plan": "taken", "artifact": "none"}, "not_found"),
        ("publish", {"plan": "taken"}, "not_found"),
        ("approve", {"plan": "taken"}, "invalid_input"),
    ],
)
def test_bad_input_is_an_error_with_a_code_and_a_sentence(workspace, tool, arguments, code):
    async def loop():
        async with agent(workspace) as call:
            await made(call, plan_id="taken")
            return await call(tool, **arguments)

    refused = run(loop)
    assert error(refused)["code"] == code
    assert len(text(refused)) < 1000
    assert "Traceback" not in text(refused)


def test_what_breaks_inside_is_logged_and_said(workspace, caplog):
    def broken(reader=""):
        raise RuntimeError("a secret of the house")

    async def loop():
        async with agent(workspace) as call:
            workspace.summaries = broken
            return await call("list_plans")

    refused = run(loop)
    assert error(refused)["code"] == "error"
    assert "RuntimeError" in text(refused)
    assert "secret" not in text(refused)
    assert "a secret of the house" in caplog.text


def test_building_a_server_leaves_the_hosts_logging_alone(workspace):
    import logging

    from peerplan_jupyter.agent.server import build

    before = list(logging.root.handlers), logging.root.level
    build(workspace)
    assert (list(logging.root.handlers), logging.root.level) == before
