"""A `git` that breaks off in the middle of what `git fast-import` is told: who tells it is killed
there, and git gets no more than that.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

WRAPPER = """\
#!/bin/sh
case " $* " in
  *" fast-import "*) exec "{python}" "{here}" "{git}" "$@" ;;
esac
exec "{git}" "$@"
"""
ANSWERED = 0.1
"""Seconds in which git's answer to what it was told comes to who asked."""


def cutting(folder: Path, at: int) -> dict[str, str]:
    """An environment in which the first `git fast-import` is cut short after `at` bytes. How many
    bytes they were told is in the file `heard` of `folder`, of which only the first counts.
    """
    folder.mkdir(exist_ok=True)
    (folder / "heard").unlink(missing_ok=True)
    place = folder / "git"
    place.write_text(
        WRAPPER.format(python=sys.executable, here=Path(__file__), git=shutil.which("git"))
    )
    place.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "CUT_AT": str(at), "CUT_HEARD": str(folder / "heard")}


def _talk(command: list[str], at: int, heard: Path) -> int:
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert process.stdin is not None
    is_first, told = not heard.exists(), 0
    while data := os.read(0, at - told if is_first else 1 << 16):
        told += len(data)
        process.stdin.write(data)
        process.stdin.flush()
        if is_first:
            heard.write_text(str(told))
        if is_first and told == at:
            time.sleep(ANSWERED)
            os.kill(os.getppid(), signal.SIGKILL)
            break
    process.stdin.close()
    return process.wait()


if __name__ == "__main__":
    sys.exit(_talk(sys.argv[1:], int(os.environ["CUT_AT"]), Path(os.environ["CUT_HEARD"])))
