from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.state.folder import read_folder
from peerplan_jupyter.coordination.state.folding import Place, Rank, fold_places, superseded
from peerplan_jupyter.coordination.state.reader import StateReader
from peerplan_jupyter.coordination.yamlfile import dump_yaml
from peerplan_jupyter.errors import InvalidInputError, NotFoundError

UID, LATER_UID = "01" + "A" * 24, "01" + "B" * 24
ID = TaskId.parse("TASK-AM-001")


def place(where: str, rank: Rank, name: str = "TASK-AM-001", **files: dict | str) -> Place:
    """A folder with these files; `executions__am` is `executions/am.yaml`."""
    paths = {path.replace("__", "/") + ".yaml": facts for path, facts in files.items()}
    data = {
        path: (facts if isinstance(facts, str) else dump_yaml(facts)).encode()
        for path, facts in paths.items()
    }
    return Place(name, where, rank, read_folder(data))


def definition(title: str = "Add it", uid: str = UID, **facts: object) -> dict:
    return {"id": "TASK-AM-001", "uid": uid, "title": title, **facts}


def execution(status: str, lamport: int, tag: str = "am", machine: str = "m1") -> dict:
    facts = {"task": "TASK-AM-001", "tag": tag, "machine": machine}
    return {**facts, "status": status, "lamport": lamport}


def read(member) -> StateReader:
    return StateReader(member.workspace.project)


def test_what_others_recorded_is_there_once_it_is_fetched(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    alice.plans("TASK-AM-001", "Add it")
    alice.writer.publish()
    with pytest.raises(NotFoundError, match="TASK-AM-001"):
        read(bob).task(ID)
    git(bob.root, "fetch", "-q")
    found = read(bob).task(ID)
    assert (found.task.title, found.executions) == ("Add it", ())
    assert [phase.name for phase in found.plan.phases] == ["implement", "test", "review"]


def test_each_executor_is_as_they_recorded_it_last(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    alice.plans("TASK-AM-001")
    alice.runs("TASK-AM-001")
    alice.writer.publish()
    git(bob.root, "fetch", "-q")
    bob.runs("TASK-AM-001", "waiting", "review")
    bob.writer.publish()
    alice.runs("TASK-AM-001", "completed", "review")
    git(alice.root, "fetch", "-q")
    found = read(alice).task(ID)
    assert {one.tag: one.status for one in found.executions} == {"am": "completed", "bj": "waiting"}
    assert found.execution("am").phase == "review"
    assert found.execution("cc") is None


def test_the_last_to_set_a_field_holds_whoever_made_the_task(make_member, make_remote, git):
    remote = make_remote()
    alice, bob = make_member("AM", remote), make_member("BJ", remote)
    alice.plans("TASK-AM-001", "Add it")
    alice.writer.record("TASK-AM-001", "assigned", changes={"assignee": "alice"})
    alice.writer.publish()
    git(bob.root, "fetch", "-q")
    bob.writer.record("TASK-AM-001", "reassigned", changes={"assignee": "bob"})
    task = read(bob).task(ID).task
    assert (task.id, task.assignee, task.title) == ("TASK-AM-001", "bob", "Add it")


def test_a_state_that_cannot_be_read_is_said(make_member, git):
    alice = make_member("AM")
    alice.plans("TASK-AM-001")
    git(alice.root, "checkout", "-qf", alice.writer.branch)
    (alice.root / ".orc/tasks/TASK-AM-001/task.yaml").write_text("id: TASK-AM-001\nid: x\n")
    git(alice.root, "commit", "-q", "-a", "-m", "By hand")
    with pytest.raises(InvalidInputError, match="'id' stands there twice"):
        read(alice).task(ID)


def test_two_at_one_time_are_told_apart_the_same_way_everywhere():
    places = [
        place("a", Rank.STATE, task=definition(), changes={"title": {"value": "A", "lamport": 3}}),
        place("b", Rank.STATE, changes={"title": {"value": "B", "lamport": 3}}),
        place("c", Rank.STATE, changes={"title": {"value": "C", "lamport": 2}}),
    ]
    titles = {fold_places(order, {})[0].task.title for order in (places, places[::-1])}
    assert titles == {"B"}


changed = st.fixed_dictionaries(
    {}, optional={"title": st.fixed_dictionaries({"value": st.just("Set"), "lamport": st.just(3)})}
)
ran = st.one_of(st.none(), st.builds(execution, st.just("running"), st.integers(0, 3)))
defined = st.builds(
    definition,
    uid=st.sampled_from([UID, LATER_UID]),
    id=st.sampled_from(["TASK-AM-001", "TASK-AM-001", "task-am-001", "TASK-AM-002"]),
)
told = st.one_of(defined, defined, st.sampled_from(["[]", "<<<<<<< HEAD\n"]))
folders = st.fixed_dictionaries(
    {},
    optional={"task": told, "changes": changed, "executions__am": ran.map(lambda one: one or "")},
)


@given(folders, st.sampled_from([{}, {UID: frozenset({ID.key})}, {LATER_UID: frozenset()}]))
@example({"task": definition()}, {UID: frozenset({ID.key})})
@example({"task": definition(id="TASK-AM-002")}, {})
def test_what_one_place_says_is_the_same_where_it_is_said_twice(files, gone):
    one = place("a", Rank.STATE, **files)
    alone, twice = ([each[:3] for each in fold_places([one] * many, gone)] for many in (1, 2))
    assert alone == twice


def test_a_definition_on_the_default_branch_holds_over_a_writers_and_over_a_worked_on_one():
    places = [
        place("main", Rank.DEFAULT, task=definition("Mended by hand")),
        place("state", Rank.STATE, task=definition("As it was made")),
        place("branch", Rank.BRANCH, task=definition("As it was then")),
    ]
    assert fold_places(places, {})[0].task.title == "Mended by hand"


def test_an_old_execution_on_a_branch_does_not_hide_a_later_one():
    places = [
        place("state", Rank.STATE, task=definition(), executions__am=execution("completed", 9)),
        place("branch", Rank.BRANCH, task=definition(), executions__am=execution("running", 4)),
    ]
    (one,) = fold_places(places, {})[0].executions
    assert one.status == "completed"


def test_two_machines_of_one_executor_are_two_executions():
    places = [
        place("one", Rank.STATE, task=definition(), executions__am=execution("running", 1)),
        place("two", Rank.STATE, executions__am=execution("failed", 2, machine="m2")),
    ]
    assert len(fold_places(places, {})[0].executions) == 2


def test_two_tasks_of_one_id_are_two_and_the_older_keeps_what_nobody_can_tell():
    places = [
        place("one", Rank.STATE, task=definition("first"), executions__am=execution("running", 1)),
        place("two", Rank.STATE, task=definition("second", LATER_UID)),
        place("three", Rank.STATE, executions__bj=execution("failed", 2, "bj")),
    ]
    first, second = fold_places(places, {})
    assert (first.task.title, len(first.executions)) == ("first", 2)
    assert (second.task.title, len(second.executions)) == ("second", 0)


def test_a_task_that_was_given_another_id_is_not_shown_under_the_old_one():
    old = place("branch", Rank.BRANCH, task=definition("moved", LATER_UID))
    facts = {"id": "TASK-AM-002", "aliases": ["TASK-AM-001"]}
    new = place(
        "state", Rank.STATE, "TASK-AM-002", task={**definition("moved", LATER_UID), **facts}
    )
    gone = superseded([old.definition, new.definition])
    kept = place("other", Rank.STATE, task=definition("stays"))
    assert fold_places([old], gone) == []
    assert [one.task.title for one in fold_places([old, kept], gone)] == ["stays"]
    assert [one.task.title for one in fold_places([new], gone)] == ["moved"]


def test_nothing_readable_is_an_id_with_the_reason():
    (broken,) = fold_places([place("here", Rank.STATE, task="<<<<<<< HEAD\nid: x\n")], {})
    assert broken.task is None
    assert "here: task.yaml has conflict markers" in broken.faults[0]
    (absent,) = fold_places([place("there", Rank.BRANCH)], {})
    assert absent.faults == ("no task.yaml in there",)
    (another,) = fold_places([place("x", Rank.STATE, "TASK-AM-009", task=definition())], {})
    assert another.task is None
    assert "has the file of TASK-AM-001" in another.faults[0]


def test_what_is_readable_elsewhere_is_shown_with_what_is_not():
    places = [
        place("good", Rank.STATE, task=definition("Add it")),
        place("bad", Rank.BRANCH, task="[]", executions__am="status: [[["),
    ]
    (one,) = fold_places(places, {})
    assert one.task.title == "Add it"
    assert len(one.faults) == 1
    assert one.faults[0].count("bad: ") == 2


def test_a_field_that_cannot_have_the_value_stays_as_it_was():
    wrong = {
        "weight": {"value": "huge", "lamport": 5},
        "title": {"value": "x\x1b[2J", "lamport": 5},
    }
    right = {"assignee": {"value": "bob", "lamport": 5}, "uid": {"value": LATER_UID, "lamport": 9}}
    places = [place("a", Rank.STATE, task=definition(), changes={**wrong, **right})]
    (one,) = fold_places(places, {})
    assert (one.task.weight, one.task.title, one.task.assignee, one.task.uid) == (
        "medium", "Add it", "bob", UID,
    )  # fmt: skip
