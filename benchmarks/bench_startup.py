"""Start-up: import, command line and server extension, each beside the same without us.

uv run python benchmarks/bench_startup.py
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROUNDS = 9
TOKEN = "t"
SERVER = """
import sys, time
from jupyter_server.serverapp import ServerApp
extensions = {"peerplan_jupyter": True} if sys.argv[1] == "with" else {}
app = ServerApp(jpserver_extensions=extensions, open_browser=False, port=int(sys.argv[3]),
                allow_root=True, root_dir=sys.argv[2], log_level="ERROR")
started = time.perf_counter()
app.initialize(argv=[], find_extensions=False)
"""
INITIALIZE = f"""{SERVER}
print((time.perf_counter() - started) * 1000)
app.io_loop.add_callback(app.stop)
app.start()
"""
SERVE = f"""{SERVER}
app.start()
"""
Environment = dict[str, str]
Measure = Callable[[Environment], float]


def took(command: list[str], environment: Environment) -> float:
    """Milliseconds of a whole process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return (time.perf_counter() - started) * 1000


def initialised(extension: str, environment: Environment) -> float:
    """Milliseconds in which a server made itself ready to serve."""
    command = [sys.executable, "-c", INITIALIZE, extension, environment["HOME"], "0"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout.split()[0])


def answered(extension: str, path: str, environment: Environment) -> float:
    """Milliseconds from the beginning of a server's process until it answers under `path`."""
    port = free_port()
    command = [sys.executable, "-c", SERVE, extension, environment["HOME"], str(port)]
    started = time.perf_counter()
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        while not answers(f"http://127.0.0.1:{port}/{path}"):
            if server.poll() is not None:
                raise SystemExit(f"The server ended with {server.returncode}.")
            time.sleep(0.002)
        return (time.perf_counter() - started) * 1000
    finally:
        server.kill()
        server.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def answers(url: str) -> bool:
    """Whether a server is there; one that is answers when it can."""
    request = urllib.request.Request(url, headers={"Authorization": f"token {TOKEN}"})
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError:
        raise
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def pair(ours: Measure, other: Measure, environment: Environment) -> tuple[float, float]:
    """Medians of both, taken in turns."""
    rounds = [(ours(environment), other(environment)) for _ in range(ROUNDS)]
    mine, theirs = zip(*rounds, strict=True)
    return statistics.median(mine), statistics.median(theirs)


def main() -> None:
    bare = partial(took, [sys.executable, "-c", ""])
    imported = partial(took, [sys.executable, "-c", "import peerplan_jupyter"])
    peerplan = shutil.which("peerplan", path=str(Path(sys.executable).parent))
    without = partial(answered, "no", "api")
    compared: list[tuple[str, str, Measure, str, Measure]] = [
        ("import peerplan_jupyter", "+60", imported, "bare Python", bare),
        ("peerplan --help", "≤ 150", partial(took, [str(peerplan), "--help"]), "bare Python", bare),
        ("server initialised with us", "+100", partial(initialised, "with"),
         "without", partial(initialised, "no")),
        ("server answers with us", "+100", partial(answered, "with", "api"), "without", without),
        ("our plans answer", "", partial(answered, "with", "peerplan/api/plans"),
         "server answers without us", without),
    ]  # fmt: skip
    table = Table("what", "ms", "reference", "ms", "added ms", "goal")
    with tempfile.TemporaryDirectory() as folder:
        own = {"PEERPLAN_HOME": folder, "HOME": folder, "JUPYTER_TOKEN": TOKEN}
        for what, goal, ours, reference, other in compared:
            ms, theirs = pair(ours, other, os.environ | own)
            added = f"{ms - theirs:.0f}"
            table.add_row(what, f"{ms:.0f}", reference, f"{theirs:.0f}", added, goal)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
