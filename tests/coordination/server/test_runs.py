"""Runs as their team's server learns of them."""

from __future__ import annotations

import socket

from peerplan_jupyter.coordination.tasks.execution import ExecutionStatus

from ..running.conftest import begin, orc, run

__all__ = ["begin", "orc", "run"]


def warnings_of(told):
    return [event.text for event in told if event.kind == "warning" and "server" in event.text]


def test_the_server_of_a_team_learns_of_a_run(make_clone, begin, run, listener):
    server, told = listener(), []
    said = 'echo \'{"type": "result", "total_cost_usd": 0.25}\''
    root = make_clone()
    task = begin(root, "TASK-AM-001", implement=said)
    done = run(root, task, told=told, ORC_SERVER_URL=server.url, ORC_INITIALS="AM")
    assert done.status is ExecutionStatus.COMPLETED
    kinds = [path.rpartition("/")[2] for path, _, _ in server.asked]
    assert (kinds[0], kinds[-1]) == ("start", "stop")
    last = server.asked[-1][2]
    assert (last["status"], last["cost"], last["tag"]) == ("completed", 0.25, "am")
    assert last["phases"] == [{"name": "implement", "status": "passed"}]
    assert warnings_of(told) == []


def test_the_server_learns_of_the_end_of_a_run_that_fails_or_is_stopped(
    make_clone, begin, run, orc, listener
):
    server, root = listener(), make_clone()
    mine = {"ORC_SERVER_URL": server.url, "ORC_INITIALS": "AM"}
    run(root, begin(root, "TASK-AM-001", implement="false"), **mine)
    begin(root, "TASK-AM-002", implement="sleep 300")
    going = orc(root, "TASK-AM-002", "--yes", **mine)
    going.until("attempt")
    assert going.interrupt() == 130
    ends = [body for path, _, body in server.asked if path.endswith("/stop")]
    assert [(one["task"], one["status"]) for one in ends] == [
        ("TASK-AM-001", "failed"),
        ("TASK-AM-002", "stopped"),
    ]


def test_a_run_goes_on_without_its_team_s_server_after_one_warning(make_clone, begin, run):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    told = []
    root = make_clone()
    task = begin(root, "TASK-AM-001", implement="true", test="true")
    done = run(root, task, told=told, ORC_SERVER_URL=url, ORC_INITIALS="AM")
    assert done.status is ExecutionStatus.COMPLETED
    assert len(warnings_of(told)) == 1
