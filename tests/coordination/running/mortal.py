"""Runs of a task that are killed: `python -m … ` reads what to do as lines of JSON, and forks a
process for each, so that nothing is imported twice.

A run is killed by its git: the one that is first on the path counts the calls in a file, and with
the call `kill_at` it kills who called it (`$PPID`), before (`git` is not run then) or after.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

GIT = """\
#!/bin/sh
echo >> "$CALLS"
number=$(wc -l < "$CALLS")
if [ "$number" -eq "$KILL_AT" ] && [ "$KILL_WHEN" = before ]; then kill -9 $PPID; exit 1; fi
if [ "$number" -ne "$KILL_AT" ]; then exec {git} "$@"; fi
{git} "$@"
status=$?
kill -9 $PPID
exit $status
"""


class Mortal:
    """Runs tasks in processes that are killed at a chosen call of git."""

    def __init__(self, folder: Path) -> None:
        self._calls = folder / "calls"
        tools = folder / "tools"
        tools.mkdir()
        place = tools / "git"
        place.write_text(GIT.format(git=which("git")))
        place.chmod(0o755)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "CALLS": str(self._calls)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, root: Path, *args: str, kill_at: int = 0, when: str = "before") -> int:
        """The exit code of `orc run` with `args` in `root`; -9 where it was killed."""
        self._calls.write_text("")
        asked = {"root": str(root), "args": args, "KILL_AT": str(kill_at), "KILL_WHEN": when}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End."""
        self._process.communicate()


def _serve() -> None:
    import peerplan_jupyter.cli.orc.run
    import peerplan_jupyter.coordination.running.starting  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(asked: dict[str, Any]) -> None:
    from peerplan_jupyter.cli.orc import main

    os.environ |= {name: asked[name] for name in ("KILL_AT", "KILL_WHEN")}
    os.chdir(asked["root"])
    silence = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(silence, number)
    main(["run", *asked["args"]])


if __name__ == "__main__":
    _serve()
