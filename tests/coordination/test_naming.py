from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.coordination.naming import (
    TaskId,
    branch_name,
    checked_tag,
    parse_branch,
    run_name,
    slug,
    tag_of,
)
from peerplan_jupyter.errors import InvalidInputError

prefixes = st.one_of(
    st.just(""), st.from_regex(r"[A-Za-z0-9]{2,12}", fullmatch=True), st.text().map(slug)
)
numbers = st.integers(1, 999_999)


@given(prefixes, numbers)
def test_an_id_is_read_as_it_is_written_in_any_case(prefix, number):
    task = TaskId(prefix, number)
    assert TaskId.parse(str(task)) == task
    assert TaskId.parse(str(task).lower()).key == TaskId.parse(str(task).upper()).key == task.key


@given(prefixes, numbers, st.text())
def test_a_branch_says_the_task_and_the_executor_for_every_prefix_and_tag(prefix, number, name):
    task, tag = TaskId(prefix, number), tag_of(name)
    assert parse_branch(branch_name(task, tag)) == (task, tag)


@given(st.text())
def test_a_slug_can_be_part_of_any_id_branch_and_folder(name):
    assert 2 <= len(slug(name)) <= 12
    assert slug(name).isascii()
    assert slug(name).isalnum()
    assert slug(name) == slug(name).lower()
    assert checked_tag(tag_of(slug(name)))


def test_names_without_latin_letters_are_told_apart():
    assert slug("李明") != slug("王芳")
    assert slug("Zoë O'Hara") == "zoeohara"
    assert slug("x") != slug("y")


def test_ids_are_ordered_by_number_and_grow_beyond_three_digits():
    ids = [
        TaskId.parse(text) for text in ("TASK-AM-1000", "TASK-AM-002", "TASK-999", "TASK-BJ-001")
    ]
    assert [str(one) for one in sorted(ids)] == [
        "TASK-999",
        "TASK-AM-002",
        "TASK-AM-1000",
        "TASK-BJ-001",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "TASK-", "TASK-AM", "TASK-A-001", "TASK-AM-01", "TASK-A.M-001", "TASK-AM-001-am", "../x",
     "TASK-AM-001\n../x", "TASK-\u0661\u0662-001", "TASK-AM-\u0660\u0660\u0661"],
)  # fmt: skip
def test_what_is_no_id_is_refused(text):
    with pytest.raises(InvalidInputError, match="not a task's id"):
        TaskId.parse(text)


def test_a_solo_run_has_no_suffix():
    assert branch_name(TaskId("", 1), "") == "orc/TASK-001"
    assert run_name(TaskId("", 1), "") == "TASK-001"
    assert parse_branch("orc/TASK-001") == (TaskId("", 1), "")


def test_a_run_of_another_is_named_by_the_executor_in_small_letters():
    assert branch_name(TaskId("AM", 5), tag_of("BJ")) == "orc/TASK-AM-005-bj"
    assert run_name(TaskId("AM", 5), tag_of("BJ")) == "TASK-AM-005-bj"


def test_a_number_is_never_taken_for_an_executor():
    assert tag_of("0123") == "x0123"
    assert parse_branch("orc/TASK-a1b2-001-0123") is None
    assert parse_branch("main") is None
    assert parse_branch("orc/other") is None
