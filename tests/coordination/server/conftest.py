from __future__ import annotations

import http.server
import json
import threading

import pytest

from peerplan_jupyter.coordination.tasks.execution import Attempt, Execution, PhaseRun
from peerplan_jupyter.coordination.tasks.task import Task, new_uid


def report_facts(**fields):
    """A report as it travels."""
    facts = {
        "project": {"key": "0123456789abcdef", "name": "shop"},
        "task": "TASK-AM-001",
        "tag": "am",
        "machine": "00c0ffee",
        "title": "Sessions expire",
        "executor": "Ada",
        "status": "running",
        "phase": "implement",
    }
    return {**facts, **fields}


def a_task(title="Sessions expire", task="TASK-AM-001"):
    return Task(id=task, uid=new_uid(), title=title)


def an_execution(cost=None, **fields):
    attempt = Attempt(number=1, started="2026-01-31T12:00:00Z", cost=cost)
    phases = [PhaseRun(name="implement", status="running", attempts=[attempt])]
    told = {"task": "TASK-AM-001", "tag": "am", "machine": "00c0ffee", "executor": "Ada"}
    return Execution(**{**told, "phase": "implement", "phases": phases, **fields})


class Listener:
    """An HTTP server that answers as it is told, and keeps what it was asked."""

    def __init__(self):
        self.status, self.headers, self.body = 200, {}, b"{}"
        self.asked = []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.asked.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(listener.status)
                for name, value in listener.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(listener.body)))
                self.end_headers()
                self.wfile.write(listener.body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def listener():
    """Begin servers that are ended with the test."""
    begun = []

    def begin():
        begun.append(Listener())
        return begun[-1]

    yield begin
    for one in begun:
        one.end()
