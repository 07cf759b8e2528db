"""Runs as their team's server learns of them."""

from __future__ import annotations

import socket

from peerplan_jupyter.coordination.tasks.execution import ExecutionStatus

from ..running.conftest import begin, run

__all__ = ["begin", "run"]


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


def test_a_run_goes_on_without_its_team_s_server_after_one_warning(make_clone, begin, run):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    told = []
    root = make_clone()
    task = begin(root, "TASK-AM-001", implement="true", test="true")
    done = run(root, task, told=told, ORC_SERVER_URL=url, ORC_INITIALS="AM")
    assert done.status is ExecutionStatus.COMPLETED
    assert len(warnings_of(told)) == 1
