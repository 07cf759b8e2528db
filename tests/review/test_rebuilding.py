from __future__ import annotations

import contextlib
import sqlite3

import pytest

from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.database import rebuild_marker
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.journal import Journal
from peerplan_jupyter.store.recovery import known_losses

from ..support.workspaces import break_journal, publish_plan
from .conftest import git


@pytest.fixture
def home(tmp_path):
    return Home.under(tmp_path / "home")


@pytest.fixture
def second(tmp_path, repository):
    """Another repository, whose remote has another name."""
    git(tmp_path, "init", "-q", "--bare", "second.git")
    git(tmp_path, "init", "-q", "second")
    git(tmp_path / "second", "remote", "add", "upstream", str(tmp_path / "second.git"))
    git(tmp_path / "second", "commit", "-q", "--allow-empty", "-m", "Begin")
    return tmp_path / "second"


def titles(workspace):
    return sorted(one["title"] for one in workspace.run(workspace.summaries()))


def binding(workspace, plan_id):
    found = workspace.peer.call(lambda plans: plans.journal.binding(plan_id))
    return (found.workdir, found.remote)


def test_plans_of_all_repositories_are_read_back_with_where_they_are_published(
    home, repository, second, tmp_path
):
    with Workspace(home) as workspace:
        publish_plan(workspace, "one", repository, "origin")
        publish_plan(workspace, "two", second, "upstream")
        agent = workspace.actor("agent", "builder")
        unpublished = CreatePlan(actor=agent, plan_id="three", title="Three")
        workspace.run(workspace.create(unpublished, repository))
    break_journal(home)
    with Workspace(home, here=tmp_path) as workspace:
        assert workspace.recovered is not None
        assert sorted(workspace.read_back) == ["one", "two"]
        assert titles(workspace) == ["One", "Two"]
        assert binding(workspace, "one") == (str(repository), "origin")
        assert binding(workspace, "two") == (str(second), "upstream")
        assert not rebuild_marker(home.journal).exists()
        human = workspace.actor("human", "Maia")
        workspace.run(workspace.attach("two", human, b"ok\n", name="run.log"))
        assert workspace.run(workspace.publisher.publish("two")).remote == "upstream"
    assert "run.log" in git(tmp_path / "second.git", "ls-tree", "-r", "plan-artifacts")
    with Workspace(home) as workspace:
        assert (workspace.recovered, workspace.read_back) == (None, [])
        assert titles(workspace) == ["One", "Two"]


def test_plans_of_others_on_the_same_branch_are_not_brought_in(home, repository, tmp_path):
    with Workspace(Home.under(tmp_path / "other")) as other:
        publish_plan(other, "theirs", repository, "origin")
    with Workspace(home) as workspace:
        publish_plan(workspace, "mine", repository, "origin")
    break_journal(home)
    with Workspace(home, here=repository) as workspace:
        assert titles(workspace) == ["Mine"]


def test_a_repository_that_is_away_is_read_when_it_is_there_again(
    home, repository, second, tmp_path
):
    with Workspace(home) as workspace:
        publish_plan(workspace, "one", repository, "origin")
        publish_plan(workspace, "two", second, "upstream")
    break_journal(home)
    second.rename(tmp_path / "away")
    for found in (["one"], []):
        with Workspace(home) as workspace:
            assert workspace.read_back == found
            assert titles(workspace) == ["One"]
    (tmp_path / "away").rename(second)
    with Workspace(home) as workspace:
        assert workspace.read_back == ["two"]
        assert titles(workspace) == ["One", "Two"]
    assert not rebuild_marker(home.journal).exists()


def test_what_a_process_that_was_killed_left_due_is_read_back_by_the_next(home, repository):
    with Workspace(home) as workspace:
        publish_plan(workspace, "one", repository, "origin")
    break_journal(home)
    with Workspace(home) as workspace:
        workspace.peer.call(lambda plans: plans.journal.forget("one"))
        workspace.run(workspace.bind("one", repository))
    rebuild_marker(home.journal).write_text("")
    with Workspace(home) as workspace:
        assert (workspace.recovered, workspace.read_back) == (None, ["one"])
        assert titles(workspace) == ["One"]


def test_without_a_list_the_plan_branch_at_hand_is_read(home, repository):
    with Workspace(home) as workspace:
        publish_plan(workspace, "one", repository, "origin")
    break_journal(home)
    home.journal.with_name("journal.repositories").unlink()
    with Workspace(home, here=repository) as workspace:
        assert workspace.read_back == ["one"]
        assert binding(workspace, "one") == (str(repository), "origin")


def written(home, repository, *plans, each=40):
    """Plans that were never published, each with comments enough for many pages of the journal."""
    with Workspace(home) as workspace:
        agent = workspace.actor("agent", "builder")
        person = workspace.actor("human", "Maia")
        for plan_id in plans:
            made = CreatePlan(actor=agent, plan_id=plan_id, title=plan_id.title())
            workspace.run(workspace.create(made, repository))
        for number in range(each):
            for plan_id in plans:
                wire = {"op": "annotate", "type": "concern", "content": f"{number} " + "why? " * 30}
                wire["target"] = {"type": "plan"}
                said = parse_operation(wire, person)
                workspace.run(workspace.submit(plan_id, said))
        workspace.peer.call(lambda plans: plans.journal.rows("PRAGMA wal_checkpoint(TRUNCATE)"))


def comments(workspace, plan_id):
    found = workspace.peer.call(lambda plans: plans.get(plan_id).annotations())
    return sorted(int(one.content.split()[0]) for one in found)


def break_page(home, number):
    """Overwrite one of the journal's pages."""
    with home.journal.open("r+b") as file:
        file.seek(4096 * number)
        file.write(b"\xaa" * 4096)


def page_of(home, seq):
    """The page on which an update lies, counted from 0."""
    with contextlib.closing(sqlite3.connect(home.journal)) as connection:
        (data,) = connection.execute("SELECT data FROM updates WHERE seq = ?", (seq,)).fetchone()
    return home.journal.read_bytes().index(data) // 4096


def test_what_was_never_published_is_read_from_the_pages_that_are_whole(home, repository, caplog):
    written(home, repository, "one", "two")
    break_page(home, page_of(home, 30))
    with Workspace(home) as workspace:
        assert workspace.recovered is not None
        assert sorted(workspace.read_back) == ["one", "two"]
        kept = comments(workspace, "one")
        assert 0 < len(kept) < 40
        assert kept == list(range(len(kept)))
        (made,) = workspace.recoveries
        assert "one" in made.incomplete
        assert made.lost == {}
        assert binding(workspace, "two") == (str(repository), "origin")
        agent = workspace.actor("agent", "builder")
        workspace.run(workspace.attach("one", agent, b"ok\n", name="run.log"))
    with Workspace(home) as workspace:
        assert comments(workspace, "one") == kept


def test_a_plan_whose_beginning_is_lost_is_named_with_its_repository(home, repository, caplog):
    written(home, repository, "one", each=12)
    written(home, repository, "two", each=1)
    break_page(home, page_of(home, 1))
    with Workspace(home) as workspace:
        (made,) = workspace.recoveries
        assert (titles(workspace), made.salvaged) == (["Two"], ["two"])
        assert made.lost == {"one": str(repository)}
        assert made.moved.is_file()
        said = f"Never published, and not read back: one (made in {repository})."
        assert made.losses == [said, f"What can still be looked for is in {made.moved}."]
        assert said in caplog.text
    assert known_losses(home.journal.parent) == made.losses
    made.moved.unlink()
    assert known_losses(home.journal.parent) == []


def test_without_its_first_page_a_journal_is_read_back_whole(home, repository):
    written(home, repository, "one", each=3)
    break_page(home, 0)
    with Workspace(home) as workspace:
        (made,) = workspace.recoveries
        assert (made.salvaged, made.losses) == (["one"], [])
        assert comments(workspace, "one") == [0, 1, 2]


def test_a_broken_file_that_a_killed_process_did_not_read_is_read_by_the_next(home, repository):
    written(home, repository, "one", each=3)
    break_page(home, 0)
    with Journal(home.journal) as journal:
        assert journal.recovered is not None
    with Workspace(home) as workspace:
        assert (workspace.recovered, workspace.read_back) == (None, ["one"])
        assert comments(workspace, "one") == [0, 1, 2]
    with Workspace(home) as workspace:
        assert (workspace.read_back, workspace.recoveries) == ([], [])


def test_comments_that_were_not_published_are_added_to_what_was(home, repository):
    with Workspace(home) as workspace:
        publish_plan(workspace, "one", repository, "origin")
    with Workspace(home) as workspace:
        person = workspace.actor("human", "Maia")
        wire = {"op": "annotate", "type": "concern", "content": "1 was not published"}
        wire["target"] = {"type": "plan"}
        workspace.run(workspace.submit("one", parse_operation(wire, person)))
        workspace.peer.call(lambda plans: plans.journal.rows("PRAGMA wal_checkpoint(TRUNCATE)"))
    with contextlib.closing(sqlite3.connect(home.journal)) as connection, connection:
        connection.execute("DELETE FROM updates WHERE seq = 1")
        asked = "SELECT rootpage FROM sqlite_schema WHERE name = 'feed'"
        (page,) = connection.execute(asked).fetchone()
    break_page(home, page - 1)
    with Workspace(home, here=repository) as workspace:
        assert workspace.recovered is not None
        assert workspace.read_back == ["one"]
        assert comments(workspace, "one") == [1]
