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

from .support.scratch_folder import move_in

LONG = (
    "browser/test_page.py", "sync/browser/test_lying_server.py",
    "browser/test_lab.py", "sync/browser/test_asleep.py",
    "test_code.py", "sync/browser/test_pages.py",
    "review/test_networks.py", "sync/webrtc/test_networks.py",
    "browser", "test_examples.py", "review/test_refusals.py", "sync/mesh/test_servers.py",
    "sync/browser", "sync/webrtc", "review", "sync/roomserver", "sync/mesh", "cli",
)  # fmt: skip
"""What takes longest, begun first, so that no worker is left with it; what works beside what waits,
so that no core is left without work.
"""
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
    """One more than there are cores, up to four: with as many, two cores were idle for a third of
    the run, since many tests wait; with two more, plays of browsers got in each other's way.
    """
    return min((os.cpu_count() or 1) + 1, 4)


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = [ROOT / name for name in LONG]

    def place(item: pytest.Item) -> tuple[int, Path]:
        known = [one for one in (item.path, item.path.parent) if one in places]
        return places.index(known[0]) if known else len(places), item.path

    items.sort(key=place)
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
