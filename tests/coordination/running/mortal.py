"""`orc` in processes that are killed. They are forked; what to do is their argument, as JSON.

Each step that leaves something behind counts: a git that writes, another process, making, renaming
and removing files, and committing to the journal. At the one with the number `kill_at` the process
kills itself: before it, but a file that was to be written is there then, and empty. With a `lag`, a
git that it was about to run does its work all the same, so many seconds later.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peerplan_jupyter.cli.orc import main as orc

from ...support.orc import born

KILLED = -signal.SIGKILL
_connect = sqlite3.connect
_moves = ("os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink")
_passed_over = (".lock", ".mutex", "-wal", "-shm")
_random = re.compile(r"[0-9a-f]{12,}|(?<=\.)tmp\w+")
_reading = (
    *("cat-file", "check-ignore", "config", "diff", "for-each-ref", "log", "ls-files"),
    *("ls-remote", "ls-tree", "merge-base", "rev-list", "rev-parse", "show", "status", "var"),
)
"""Git's commands that leave nothing behind, as they are used here."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, `KILLED` where it was, and the steps it had begun."""

    code: int
    steps: tuple[str, ...]

    @property
    def last(self) -> str:
        """The step at which it was killed, for people."""
        return f"{len(self.steps)} ({self.steps[-1] if self.steps else 'nothing'})"


class Mortal:
    """Runs `orc` for files below `folder`; what it does elsewhere is no step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._steps = folder / "steps"

    def orc(
        self,
        root: Path,
        *args: str,
        kill_at: int = 0,
        lag: float | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run `orc` with `args` in `root`; without `kill_at`, to its end."""
        self._steps.write_text("")
        asked = {
            "args": args,
            "kill_at": kill_at,
            "lag": lag,
            "steps": str(self._steps),
            "within": str(self._folder),
        }
        environment = {**os.environ, **(env or {})}
        said = self._folder / "said"
        said.write_text("")
        with born().start(
            __name__, json.dumps(asked), folder=root, environment=environment, complaints=said
        ) as process:
            code = process.wait()
        return Ended(code, tuple(self._steps.read_text().splitlines()))


class Death:
    """Counts the steps of this process, and comes at one of them."""

    def __init__(self, at: int, lag: float | None, steps: Path, within: str) -> None:
        self._at = at
        self._lag = lag
        self._within = within
        self._numbers = itertools.count(1)
        self._told = os.open(steps, os.O_WRONLY | os.O_APPEND)

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit hook: nothing that is done goes by it unseen."""
        if event == "subprocess.Popen":
            self._start(*args[1:])
        elif event == "os.mkdir":
            self._move(event, args[0], not os.path.lexists(args[0]))
        elif event in _moves:
            place = args[1] if event in {"os.rename", "os.link"} else args[0]
            self._move(event, place, os.path.lexists(args[0]))
        elif event == "open":
            self._open(*args)

    def _start(self, command: Any, folder: Any, environment: Any) -> None:
        words = [command] if isinstance(command, str) else [os.fspath(one) for one in command]
        if Path(words[0]).name != "git":
            self._step(f"run {' '.join(words)[:80]}")
        elif (told := _git_words(words))[0] not in _reading:
            outlives = [os.fspath(folder), str(self._lag), *words]
            self._step(f"git {' '.join(told)[:80]}", outlives=(outlives, environment))

    def _outlive(self, words: list[str], environment: Any) -> None:
        """Have a git run on when we are dead."""
        line = 'cd "$0" && sleep "$1" && shift && exec "$@" < /dev/null > /dev/null 2>&1'
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", line, *words], environment, setsid=True)
        Path(self._within, "outlives").write_text(str(pid))

    def _move(self, event: str, place: Any, has_effect: bool) -> None:
        if has_effect and self._counts(place):
            self._step(f"{event} {self._named(place)}")

    def _open(self, place: Any, mode: Any, flags: int) -> None:  # noqa: ARG002
        if not flags & (os.O_WRONLY | os.O_RDWR) or not self._counts(place):
            return
        fails = Path(place).is_dir() or (flags & os.O_EXCL and os.path.lexists(place))
        if not fails:
            self._step(f"write {self._named(place)}", os.fspath(place))

    def connect(self, *args: Any, **options: Any) -> sqlite3.Connection:
        """As `sqlite3.connect`, with an ear for commits, of which no audit hook hears."""
        connection = _connect(*args, **options)
        connection.set_trace_callback(self._statement)
        return connection

    def _statement(self, text: str) -> None:
        if text == "COMMIT":
            self._step("commit to the journal")

    def _counts(self, place: Any) -> bool:
        if not isinstance(place, str | os.PathLike):
            return False
        name = os.fspath(place)
        return name.startswith(self._within) and not name.endswith(_passed_over)

    def _named(self, place: Any) -> str:
        return _random.sub("…", os.path.relpath(os.fspath(place), self._within))

    def _step(self, what: str, written: str = "", outlives: Any = None) -> None:
        number = next(self._numbers)
        os.write(self._told, f"{what}\n".encode())
        if number == self._at:
            if outlives and self._lag is not None:
                self._outlive(*outlives)
            if written:
                os.close(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
            os.kill(os.getpid(), signal.SIGKILL)


def _git_words(words: list[str]) -> list[str]:
    """The command of git's, and the first of what it is told."""
    rest = [one for before, one in itertools.pairwise(words) if before != "-c"]
    return [one for one in rest if not one.startswith(("-", "/"))][:2]


def main() -> None:
    asked = json.loads(sys.argv[1])
    silence = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(silence, number)
    death = Death(asked["kill_at"], asked["lag"], Path(asked["steps"]), asked["within"])
    sqlite3.connect = death.connect  # type: ignore[assignment]
    sys.addaudithook(death.hear)
    orc(asked["args"])
