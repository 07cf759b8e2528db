from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import threading
from importlib import metadata

import pytest

from peerplan_jupyter.cli.checks import broken_journals
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.journal import Journal
from peerplan_jupyter.store.recovery import broken_files

from ..support.workspaces import break_journal

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def say(plan, **operation):
    """Act as a person through another process's workspace."""
    with Workspace() as workspace:
        person = workspace.actor("human", "Maia")
        return workspace.run(workspace.submit(plan, parse_operation(operation, person)))


def concern(plan, content="Too long"):
    return say(plan, op="annotate", type="concern", content=content, target={"type": "plan"})


def verdict(peerplan, plan, word):
    asked = peerplan("request-review", plan, "--agent", "builder", "--json").json["revision"]
    say(
        plan, op="submit_review", revision=asked["id"], digest=asked["digest"],
        verdict=word, summary="ok",
    )  # fmt: skip


def test_a_new_plan_takes_branch_steps_and_content(peerplan, repository, tmp_path):
    (tmp_path / "plan.md").write_text("# Why\r\n\nBecause.")
    made = peerplan(
        "new", "Sessions", "--content", tmp_path / "plan.md", "--step", "One", "--step", "Two",
        "--json",
    )  # fmt: skip
    assert made.code == 0
    assert made.json["repository"] == str(repository)
    shown = peerplan("show", made.json["plan"], "--json").json["plan"]
    assert (shown["title"], shown["branch"], shown["status"]) == ("Sessions", "main", "draft")
    assert shown["content"] == "# Why\n\nBecause."
    assert [step["title"] for step in shown["steps"]] == ["One", "Two"]


def test_content_comes_from_standard_input(peerplan, repository, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Grüße".encode())))
    made = peerplan("new", "T", "--content", "-", "--json").json
    assert peerplan("show", made["plan"], "--json").json["plan"]["content"] == "Grüße"


def test_a_plan_outside_a_repository_says_so(peerplan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = peerplan("new", "T")
    assert made.code == 0
    assert "without a repository" in made.out


def test_plans_are_listed_with_what_is_unread(peerplan, plan):
    concern(plan)
    (listed,) = peerplan("list", "--agent", "builder", "--json").json["plans"]
    assert (listed["id"], listed["status"], listed["pr"]) == (plan, "draft", 7)
    assert (listed["open"], listed["unread"]) == (1, 1)
    assert "Sessions" in peerplan("list").out


def test_an_empty_list_says_how_to_begin(peerplan):
    assert "peerplan new" in peerplan("list").out
    assert peerplan("list", "--json").json == {"plans": []}


def test_attached_files_are_shown_with_the_state_of_their_hash(peerplan, plan, repository):
    (repository / "shot.png").write_bytes(PNG)
    (repository / "run.log").write_text("ok\n")
    done = peerplan(
        "attach", plan, "shot.png", "run.log", "--step", "step-1", "--caption", "It runs", "--json"
    )
    assert done.code == 0, done.err
    shot, log = done.json["artifacts"]
    assert (shot["type"], log["type"]) == ("screenshot", "log")
    assert shot["hash"] == f"sha256:{hashlib.sha256(PNG).hexdigest()}"
    shown = peerplan("show", plan).out
    assert "unpublished" in shown
    assert "It runs" in shown
    peerplan("publish", plan)
    assert "verified" in peerplan("show", plan).out


def test_what_people_wrote_is_shown_without_control_characters(peerplan, plan):
    concern(plan, "Hm \x1b[31mred\x1b[0m [bold]not bold[/bold]")
    shown = peerplan("show", plan).out
    assert "\x1b" not in shown
    assert "[bold]not bold[/bold]" in shown


def test_a_review_freezes_a_revision(peerplan, plan):
    asked = peerplan("request-review", plan, "--note", "Please", "--agent", "builder", "--json")
    assert asked.json["revision"]["number"] == 1
    assert asked.json["revision"]["digest"].startswith("sha256:")
    assert peerplan("show", plan, "--json").json["plan"]["status"] == "pending_review"


def test_a_published_plan_can_be_read_with_git_show(peerplan, plan, repository, git):
    done = peerplan("publish", plan, "--json").json
    assert (done["folder"], done["pushed"]) == ("pr-7/plan-sessions", True)
    remote = repository.parent / "remote.git"
    data = git(remote, "show", f"plan-artifacts:{done['folder']}/plan.json")
    assert json.loads(data)["plan"]["title"] == "Sessions"


def test_what_a_remote_refused_is_published_by_publish_alone(peerplan, plan, repository):
    hook = repository.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    refused = peerplan("publish", plan, "--json")
    assert (refused.code, refused.error["code"]) == (10, "push_rejected")
    again = peerplan("publish", "--json")
    assert again.code == 10
    assert again.json["plans"][0]["error"]["code"] == "push_rejected"
    waiting = peerplan("list", "--json").json["plans"][0]["waiting"]
    assert (waiting["reason"], waiting["attempts"]) == ("push_rejected", 2)
    assert waiting["queued"] <= waiting["tried"]
    assert re.search(r"push_rejected, attempts since \d{4}-.*: 2", peerplan("list").out)
    checks = {one["name"]: one["found"] for one in peerplan("doctor", "--json").json["checks"]}
    assert re.search(r"\nsessions: .*protected branch.*: 2, the last at \d", checks["journal"])
    hook.unlink()
    assert peerplan("publish", "--json").json["plans"][0]["pushed"]
    assert "Nothing waits" in peerplan("publish").out
    assert peerplan("list", "--json").json["plans"][0]["waiting"] is None


def test_publish_takes_the_repository_that_is_named(peerplan, tmp_path, monkeypatch, repository):
    monkeypatch.chdir(tmp_path)
    made = peerplan("new", "T", "--id", "loose", "--json")
    assert made.json["repository"] is None
    refused = peerplan("publish", "loose")
    assert refused.code == 3
    assert "--repo" in refused.err
    assert peerplan("publish", "loose", "--repo", repository, "--json").json["pushed"]


def test_waiting_ends_with_what_was_said_and_goes_on_from_its_cursor(peerplan, plan):
    concern(plan, "Too long")
    first = peerplan("wait", plan, "--timeout", "5", "--agent", "builder", "--json")
    assert first.code == 0
    (item,) = first.json["items"]
    assert (item["type"], item["content"], item["author"]) == ("concern", "Too long", "Maia")
    later = threading.Timer(0.3, concern, (plan, "Too short"))
    later.start()
    cursor = first.json["cursor"]
    second = peerplan("wait", plan, "--cursor", cursor, "--agent", "builder", "--json")
    later.join()
    assert [one["content"] for one in second.json["items"]] == ["Too short"]


def test_waiting_in_vain_has_its_own_exit_code(peerplan, plan):
    waited = peerplan("wait", plan, "--timeout", "0", "--agent", "builder", "--json")
    assert (waited.code, waited.json["items"]) == (20, [])
    assert peerplan("wait", plan, "--for", "approval", "--timeout", "0").code == 20


@pytest.mark.parametrize(("word", "code"), [("approved", 0), ("changes_requested", 21)])
def test_waiting_for_approval_tells_the_verdict(peerplan, plan, word, code):
    verdict(peerplan, plan, word)
    waited = peerplan("wait", plan, "--for", "approval", "--json")
    assert (waited.code, waited.json["status"]) == (code, word)


def test_a_plan_is_opened_from_another_clone(peerplan, plan, repository, tmp_path, monkeypatch):
    peerplan("publish", plan)
    monkeypatch.setenv("PEERPLAN_HOME", str(tmp_path / "another"))
    opened = peerplan("open", f"{repository}#{plan}", "--json")
    assert opened.code == 0, opened.err
    assert (opened.json["plan"], opened.json["title"]) == (plan, "Sessions")
    assert f'peerplan.open("{plan}")' in opened.json["notebook"]
    assert peerplan("list", "--json").json["plans"][0]["id"] == plan


def test_the_doctor_names_each_thing_with_a_state(peerplan, plan):
    said = peerplan("doctor", "--json").json
    states = {one["name"]: one["state"] for one in said["checks"]}
    assert states["git"] == states["repository"] == states["remote"] == states["journal"] == "ok"
    assert said["ok"] == ("broken" not in states.values())


def test_the_doctor_says_what_to_do_about_a_remote_that_is_gone(peerplan, plan, repository):
    (repository.parent / "remote.git").rename(repository.parent / "moved.git")
    said = peerplan("doctor", "--json")
    remote = next(one for one in said.json["checks"] if one["name"] == "remote")
    assert said.code == 1
    assert remote["state"] == "broken"
    assert remote["advice"]


def test_a_revision_alone_does_not_end_a_wait(peerplan, plan):
    peerplan("request-review", plan, "--agent", "builder")
    waited = peerplan("wait", plan, "--timeout", "0", "--json")
    assert (waited.code, waited.json["items"]) == (20, [])


def test_an_agent_attaches_nothing_from_elsewhere(peerplan, plan, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    refused = peerplan("attach", plan, tmp_path / "secret.txt", "--agent", "builder", "--json")
    assert (refused.code, refused.error["code"]) == (5, "forbidden")
    assert peerplan("attach", plan, tmp_path / "secret.txt").code == 0


def test_a_broken_journal_is_said_and_read_back_from_all_its_repositories(
    peerplan, plan, make_clone, make_remote, monkeypatch, tmp_path
):
    peerplan("publish", plan)
    monkeypatch.chdir(make_clone(make_remote("other.git"), "other"))
    peerplan("new", "Tokens", "--id", "tokens")
    assert peerplan("publish", "tokens").code == 0
    break_journal(Home.default())
    monkeypatch.chdir(tmp_path)
    listed = peerplan("list", "--json")
    assert sorted(one["id"] for one in listed.json["plans"]) == [plan, "tokens"]
    assert "The journal was broken" in listed.err
    assert "Read back from git: " in listed.err
    again = peerplan("list", "--json")
    assert (again.err, again.json["plans"]) == ("", listed.json["plans"])


def test_a_command_says_what_it_reads_back_of_a_journal_that_another_process_lost(
    peerplan, plan, tmp_path
):
    peerplan("publish", plan)
    break_journal(Home.default())
    with Journal(Home.default().journal) as journal:
        assert journal.recovered is not None
    listed = peerplan("list", "--json")
    assert [one["id"] for one in listed.json["plans"]] == [plan]
    assert "Read back from git: sessions." in listed.err


def test_plans_that_a_broken_journal_took_away_are_named_until_its_file_is_gone(
    peerplan, plan, monkeypatch
):
    break_journal(Home.default())
    said = f"Never published, and not read back: {plan} (made in "
    assert said in peerplan("list").err
    assert said not in peerplan("list").err
    looked = broken_journals()
    assert (looked.state, said in looked.found) == ("note", True)
    (moved,) = broken_files(Home.default().journal.parent)
    moved.unlink()
    assert broken_journals().state == "ok"


def test_the_version_is_that_of_the_package(peerplan):
    told = peerplan("--version")
    assert (told.code, told.out) == (0, metadata.version("peerplan-jupyter") + "\n")


def test_without_a_command_it_says_which_there_are(peerplan):
    told = peerplan()
    assert (told.code, told.err) == (0, "")
    assert told.out == peerplan("--help").out
