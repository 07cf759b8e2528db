from __future__ import annotations

import pytest

from peerplan_jupyter.coordination.server import board as boards
from peerplan_jupyter.coordination.server.board import Board, Reporter
from peerplan_jupyter.coordination.server.dashboard import Repository, dashboard
from peerplan_jupyter.coordination.server.reports import Kind, ReportedProject, parse_report
from peerplan_jupyter.coordination.server.tasklist import TaskLine
from peerplan_jupyter.errors import NotFoundError, StorageError

from .conftest import report_facts

ADA, BOB = Reporter("ada", "Ada"), Reporter("bob", "Bob")
DAY = 86_400


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board(tmp_path, clock):
    """Open the board of the test; the same file each time."""
    opened = []

    def _open():
        opened.append(Board(tmp_path / "team.sqlite", 30, clock))
        return opened[-1]

    yield _open
    for one in opened:
        one.close()


def told(board, who=ADA, kind="heartbeat", **fields):
    board.take(who, Kind(kind), parse_report(kind, report_facts(**fields)))


def shown(board, clock):
    return dashboard(board.entries(), clock())


def test_what_was_reported_outlives_the_server(board, clock):
    told(board(), cost=1)
    assert [run.who for run in shown(board(), clock).runs] == ["Ada"]


def test_a_run_is_one_row_however_often_it_is_reported(board, clock):
    one = board()
    for cost in (1, 2, 2.5):
        told(one, cost=cost)
    view = shown(one, clock)
    assert (len(view.runs), view.total_cost) == (1, 2.5)


def test_who_is_not_heard_of_is_not_shown_as_working(board, clock):
    one = board()
    told(one, kind="start")
    assert shown(one, clock).people[0].presence == "working"
    clock.now += 91
    view = shown(one, clock)
    assert (view.people[0].presence, view.runs[0].live, view.runs[0].seen) == ("away", False, 91)
    told(one)
    assert shown(one, clock).people[0].tasks == ("TASK-AM-001",)


def test_a_run_that_stopped_is_not_live_and_keeps_its_cost(board, clock):
    one = board()
    told(one, kind="start", cost=3)
    told(one, kind="stop", status="stopped", cost=4)
    view = shown(one, clock)
    assert (view.runs[0].live, view.runs[0].status, view.tasks[0].cost) == (False, "stopped", 4)


def test_costs_are_summed_by_task_by_person_and_by_project(board, clock):
    one = board()
    told(one, ADA, cost=1)
    told(one, BOB, cost=2, tag="bj")
    told(one, BOB, cost=4, tag="bj", task="TASK-AM-002")
    view = shown(one, clock)
    assert {row.task: row.cost for row in view.tasks} == {"TASK-AM-001": 3, "TASK-AM-002": 4}
    assert {row.name: row.cost for row in view.people} == {"Ada": 1, "Bob": 6}
    assert [(row.name, row.cost) for row in view.projects] == [("shop", 7)]


def test_nobody_changes_what_somebody_else_reported(board, clock):
    one = board()
    told(one, ADA, cost=1)
    told(one, BOB, cost=9, executor="Ada")
    assert {run.who: run.cost for run in shown(one, clock).runs} == {"Ada": 1, "Bob": 9}
    with pytest.raises(NotFoundError):
        told(one, Reporter("eve", "Ada"), kind="cost", cost=9)


def test_a_cost_that_is_told_later_is_that_of_the_run(board, clock):
    one = board()
    told(one, kind="stop", status="completed")
    told(one, kind="cost", cost=0.25)
    assert shown(one, clock).tasks[0].cost == 0.25
    assert shown(one, clock).runs[0].live is False


def test_who_came_with_the_token_only_is_called_as_they_say(board, clock):
    one = board()
    told(one, Reporter(), executor="Ada")
    run = shown(one, clock).runs[0]
    assert (run.who, run.known) == ("Ada", False)


def test_what_was_not_heard_of_for_long_is_forgotten(board, clock):
    one = board()
    told(one)
    clock.now += 31 * DAY
    assert one.entries() == []
    told(one, task="TASK-AM-002")
    clock.now -= 31 * DAY
    assert [entry.report.task for entry in one.entries()] == ["TASK-AM-002"]


def test_no_flood_makes_the_board_larger_than_it_may_be(board, clock, monkeypatch):
    monkeypatch.setattr(boards, "MAX_RUNS", 10)
    one = board()
    for number in range(15):
        clock.now += 1
        told(one, task=f"TASK-AM-{number:03d}")
    assert [entry.report.task for entry in one.entries()][-1] == "TASK-AM-005"
    assert len(one.entries()) == 10


def test_a_file_that_is_no_database_is_put_aside(board, clock, tmp_path):
    (tmp_path / "team.sqlite").write_bytes(b"nonsense" * 1000)
    one = board()
    told(one)
    assert len(one.entries()) == 1
    assert (tmp_path / "team.sqlite.unreadable").read_bytes().startswith(b"nonsense")


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StorageError, match=r"nowhere.team\.sqlite"):
        Board(tmp_path / "nowhere" / "team.sqlite").entries()


def test_the_task_is_as_far_as_who_is_at_work_on_it(board, clock):
    one = board()
    told(one, ADA, kind="stop", status="completed", phase="review")
    told(one, BOB, tag="bj", status="waiting", phase="test", cost=7, warn_per_task=5)
    row = shown(one, clock).tasks[0]
    assert (row.status, row.phase, row.people, row.live) == (
        "waiting",
        "test",
        ("Ada", "Bob"),
        True,
    )
    assert (row.cost, row.warn_per_task) == (7, 5)


def test_tasks_that_nobody_reported_are_shown_as_git_has_them(board, clock):
    one = board()
    told(one, task="TASK-AM-001")
    facts = report_facts()["project"]
    lines = [line("TASK-AM-001"), line("TASK-AM-002", phase="test")]
    repository = Repository(ReportedProject(**facts), lines)
    rows = dashboard(one.entries(), clock(), repository=repository).tasks
    assert [(row.task, row.status, row.seen) for row in rows] == [
        ("TASK-AM-001", "running", 0),
        ("TASK-AM-002", "planned", None),
    ]
    assert [row.name for row in dashboard([], clock(), repository=repository).projects] == ["shop"]


def line(task, phase=""):
    nothing = dict.fromkeys(("creator", "assignee", "plan", "holder", "note", "problem"), "")
    told = {"id": task, "uid": "", "title": "T", "status": "planned", "weight": "small"}
    return TaskLine(**told, phase=phase, executors=(), **nothing)
