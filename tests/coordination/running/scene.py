"""A scene that a run is killed in, again and again: clones, remotes and homes in one folder, which
can be put back as it was.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from .mortal import KILLED, Ended, Mortal

SLOW = bool(os.environ.get("PEERPLAN_SLOW"))
EXPECTED = ("ended without a word", "had left running were ended", "stale lease of root@")
"""What a run that takes over may say on its standard error."""


def every_step(test: Callable[..., None]) -> Callable[..., None]:
    """Marks a test that kills a run at each of its steps."""
    slow = pytest.mark.skipif(not SLOW, reason="takes minutes; PEERPLAN_SLOW=1 runs it")
    return slow(pytest.mark.timeout(3600)(test))


class Scene:
    """Folders below `folder`, at the same paths each time: git and journals remember them."""

    def __init__(self, folder: Path, mortal: Mortal) -> None:
        self.folder = folder
        self.log = folder / "log"
        self._kept = folder.with_name(f"{folder.name}-as-it-was")
        self._mortal = mortal

    def keep(self) -> None:
        """Come back to this from now on."""
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self.folder, self._kept, symlinks=True)

    def restore(self) -> None:
        """Everything as it was kept, once all that a killed command had begun has ended."""
        outlives = self.folder.parent / "outlives"
        if outlives.exists():
            wait_for_end(int(outlives.read_text()))
            outlives.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._kept, self.folder, symlinks=True)

    def orc(
        self, clone: str, *args: str, kill_at: int = 0, lag: float | None = None, **env: str
    ) -> Ended:
        """Run `orc` in one of the clones, with what is of a person in homes of the scene."""
        homes = {"ORC_HOME": f"orc-home-of-{clone}", "PEERPLAN_HOME": f"peerplan-home-of-{clone}"}
        mine: Mapping[str, str] = {
            **{name: str(self.folder / value) for name, value in homes.items()},
            "ORC_LOG": str(self.log),
            **env,
        }
        return self._mortal.orc(self.folder / clone, *args, kill_at=kill_at, lag=lag, env=mine)

    def killed_everywhere(
        self,
        check: Callable[[Ended], None],
        clone: str,
        *args: str,
        since: str = "",
        lag: float | None = None,
        **env: str,
    ) -> int:
        """Run a command that is killed at its first step (the first that matches `since`), at the
        next, and so on, each time in the scene as it was kept, and `check` what it left. How many
        times that were. With a `lag`, only when it runs a git, which outlives it.
        """
        self.restore()
        steps = self.orc(clone, *args, **env).steps
        first = next(number for number, one in enumerate(steps, 1) if re.search(since, one))
        problems: list[str] = []
        kills = 0
        for number in range(first, 2 * len(steps)):
            if lag is not None and not "".join(steps[number - 1 : number]).startswith("git "):
                continue
            self.restore()
            ended = self.orc(clone, *args, kill_at=number, lag=lag, **env)
            if ended.code != KILLED:
                break
            kills += 1
            try:
                check(ended)
            except AssertionError as error:
                problems.append(f"killed at {ended.last}: {error}")
        assert not problems, "\n\n".join(problems)
        return kills

    def killed_again_and_again(self, first: int, clone: str, *args: str, **env: str) -> Ended:
        """Run a command that is killed at its step number `first`, then later and later, until it
        comes to its end; how it ended then.
        """
        for number in range(first, 1000, 13):
            ended = self.orc(clone, *args, kill_at=number, **env)
            if ended.code != KILLED:
                return ended
        raise AssertionError("it never came to its end")

    def goes_on(self, clone: str, *args: str, **env: str) -> Ended:
        """Run the command to its end; what it warned of is what whoever takes over says."""
        ended = self.orc(clone, *args, **env)
        said = [line for line in self.said.splitlines() if line.strip()]
        assert all(any(one in line for one in EXPECTED) for line in said), said
        return ended

    def logged(self) -> str:
        """What the commands of phases wrote into `$ORC_LOG`."""
        return self.log.read_text() if self.log.exists() else ""

    @property
    def said(self) -> str:
        """What the last command said on its standard error."""
        return (self.folder.parent / "said").read_text()


def wait_for_end(process: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    end = time.monotonic() + 30
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(process, 0)
            assert time.monotonic() < end, process
            time.sleep(0.01)
