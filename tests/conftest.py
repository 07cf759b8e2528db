"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .support.order import ordered
from .support.scratch_folder import move_in

ROOT = Path(__file__).parent
PASSED = pytest.StashKey[bool]()

# What is collected stays to the end, and to look for garbage in it takes a quarter of the time.
gc.disable()

# Where this is set, each of the many processes would compile all that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Git and its like make and remove some 200,000 small files, which takes a disk a fifth of all work.
FOLDER = None if "PYTEST_XDIST_WORKER" in os.environ else move_in()

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two more than there are cores, up to four, since many tests wait: with as many, two cores
    were idle for a third of the run, with one more for a tenth.
    """
    return min((os.cpu_count() or 1) + 2, 4)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Workers ignore the signal, and what they start would inherit that.
    if hasattr(config, "workerinput"):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        share(config)
        hurry(config)


def share(config: pytest.Config) -> None:
    """Let each worker begin with other files: what one has compiled, the others need not."""
    if [Path(arg).resolve() for arg in config.args] != [ROOT]:
        return
    files = sorted(str(path) for path in ROOT.rglob("test_*.py"))
    number, count = config.workerinput["workerid"][2:], config.workerinput["workercount"]
    first = len(files) * int(number) // int(count)
    config.args = files[first:] + files[:first]


def hurry(config: pytest.Config) -> None:
    """pytest-rerunfailures sends two small packets for each test, and the second would wait 40 ms
    for the acknowledgement of the first.
    """
    sock = getattr(getattr(config, "failures_db", None), "sock", None)
    if sock is not None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    names = {item.path: item.path.relative_to(ROOT).as_posix() for item in items}
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    places = {name: place for place, name in enumerate(ordered(names.values(), workers))}
    items.sort(key=lambda item: places[names[item.path]])
    gc.freeze()
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    """What tests that failed left behind stays until the next run."""
    if FOLDER and config.stash.get(PASSED, False):
        shutil.rmtree(FOLDER, ignore_errors=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[PASSED] = exitstatus == pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests were tried again that passed then."""
    for report in terminalreporter.stats.get("rerun", []):
        crash = getattr(report.longrepr, "reprcrash", None)
        why = crash.message if crash else str(report.longrepr)[-500:]
        terminalreporter.line(f"Tried again: {report.nodeid} ({report.when}): {why[:500]}")
