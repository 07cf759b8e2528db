from __future__ import annotations

from collections.abc import Callable

import pytest

from peerplan_jupyter.coordination.naming import TaskId
from peerplan_jupyter.coordination.tasks.plan import TaskPlan
from peerplan_jupyter.coordination.tasks.store import TaskStore, parsed
from peerplan_jupyter.coordination.tasks.task import Task, new_uid, now
from peerplan_jupyter.errors import InvalidInputError, NotFoundError, StaleError


@pytest.fixture
def store(make_project, opened) -> TaskStore:
    return opened(make_project()).tasks


@pytest.fixture
def task() -> Callable[..., Task]:
    def make(id: str = "TASK-AM-001", **fields: object) -> Task:  # noqa: A002
        return Task.model_validate(
            {"id": id, "uid": new_uid(), "title": "Add a dashboard", "created": now(), **fields}
        )

    return make


def test_a_task_is_read_as_it_was_made(store, task):
    made = task(description="Two\nlines", created_by={"name": "Ada", "prefix": "NO"})
    store.create(made, TaskPlan())
    assert store.read(TaskId.parse("task-am-001")) == made
    assert store.plan(TaskId("AM", 1)) == TaskPlan()
    assert [phase.name for phase in TaskPlan().phases] == ["implement", "test", "review"]


def test_a_second_task_of_one_id_is_refused_and_the_first_stays(store, task):
    first = task()
    store.create(first, TaskPlan())
    for id_ in ("TASK-AM-001", "TASK-am-001"):
        with pytest.raises(StaleError, match="already"):
            store.create(task(id_), TaskPlan())
    assert store.read(TaskId("AM", 1)) == first
    assert store.ids() == [TaskId("AM", 1)]


def test_a_task_that_is_not_there_says_where_to_look(store):
    with pytest.raises(NotFoundError) as missing:
        store.read(TaskId("AM", 1))
    assert "orc list --team" in missing.value.hint


@pytest.mark.parametrize("title", ["", "a\x1b[2Jb", "two\nlines", "x" * 301, "\u202eexe.txt"])
def test_a_title_that_would_steer_a_terminal_is_refused(title):
    with pytest.raises(ValueError, match="title"):
        Task(id="TASK-001", uid=new_uid(), title=title)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: TASK-AM-001", "uid"),
        ("id: x\nuid: 01J00000000000000000000000\ntitle: t", "task's id"),
        ("id: TASK-AM-002\nuid: 01J00000000000000000000000\ntitle: t", "is that of TASK-AM-002"),
        ("<<<<<<< ours\n", "conflict markers"),
        ('title: "\\e[2J"\nid: TASK-AM-001\nuid: 01J00000000000000000000000', "one line"),
    ],
)
def test_a_file_that_is_no_task_is_named_with_what_is_wrong(store, task, text, said):
    folder = store.create(task(), TaskPlan())
    (folder / "task.yaml").write_text(text)
    with pytest.raises(InvalidInputError, match=said):
        store.read(TaskId("AM", 1))


def test_two_phases_of_one_name_are_refused():
    with pytest.raises(InvalidInputError, match=r"plan\.yaml is no task plan: .*same name"):
        parsed(b"phases: [{name: test}, {name: test}]", TaskPlan, "plan.yaml")


def test_fields_of_a_later_version_are_no_reason_to_refuse_a_task(store, task):
    folder = store.create(task(), TaskPlan())
    with (folder / "task.yaml").open("a") as file:
        file.write("colour: blue\n")
    assert store.read(TaskId("AM", 1)).title == "Add a dashboard"
