"""Start-up: import, command line and server extension, each beside the same without us.

uv run python benchmarks/bench_startup.py
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROUNDS = 9
SERVE = """
import sys, time
from jupyter_server.serverapp import ServerApp
extensions = {"peerplan_jupyter": True} if sys.argv[1] == "with" else {}
app = ServerApp(jpserver_extensions=extensions, open_browser=False, port=0, allow_root=True,
                root_dir=sys.argv[2], log_level="ERROR")
started = time.perf_counter()
app.initialize(argv=[], find_extensions=False)
print((time.perf_counter() - started) * 1000)
app.io_loop.add_callback(app.stop)
app.start()
"""


def took(command: list[str], environment: dict[str, str]) -> float:
    """Milliseconds of a whole process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return (time.perf_counter() - started) * 1000


def told(command: list[str], environment: dict[str, str]) -> float:
    """Milliseconds that a process measured itself."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout.split()[0])


def pair(
    measure: Callable[[list[str], dict[str, str]], float],
    ours: list[str],
    other: list[str],
    environment: dict[str, str],
) -> tuple[float, float]:
    """Medians of both, taken in turns."""
    rounds = [(measure(ours, environment), measure(other, environment)) for _ in range(ROUNDS)]
    return tuple(statistics.median(side) for side in zip(*rounds, strict=True))  # type: ignore[return-value]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PEERPLAN_HOME": folder, "HOME": folder}
        python = [sys.executable, "-c"]
        serve = [*python, SERVE]
        peerplan = shutil.which("peerplan", path=str(Path(sys.executable).parent))
        rows = [
            ("import peerplan_jupyter", "bare Python", "+60",
             *pair(took, [*python, "import peerplan_jupyter"], [*python, ""], environment)),
            ("peerplan --help", "bare Python", "≤ 150",
             *pair(took, [str(peerplan), "--help"], [*python, ""], environment)),
            ("server initialised with us", "without", "+100",
             *pair(told, [*serve, "with", folder], [*serve, "no", folder], environment)),
        ]  # fmt: skip
    table = Table("what", "ms", "reference", "ms", "added ms", "goal")
    for what, reference, goal, ms, other in rows:
        table.add_row(what, f"{ms:.0f}", reference, f"{other:.0f}", f"{ms - other:.0f}", goal)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
