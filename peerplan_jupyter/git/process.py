"""Running git: one place for its environment, its time limits and its words."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import GitError, UnreachableError
from .address import redact

LOCAL_TIMEOUT = 60.0
NETWORK_TIMEOUT = 120.0

_settings = (
    ("core.hooksPath", os.devnull),
    ("protocol.ext.allow", "never"),
    ("protocol.fd.allow", "never"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("core.quotePath", "false"),
)

_environment = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GCM_INTERACTIVE": "never",
    "LC_ALL": "C",
}
_not_inherited = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
}
"""What git sets for hooks and aliases: it would lead a command to another repository or index."""


@dataclass(frozen=True)
class Completed:
    """What a git command said."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """The standard output without the line end."""
        return self.stdout.decode("utf-8", "replace").rstrip("\n")


@dataclass(frozen=True)
class GitRunner:
    """Runs git for one repository: `git_dir` is where its refs and objects lie, `cwd` what
    relative remote paths are relative to. Hooks of the user are not run.
    """

    git_dir: Path
    cwd: Path

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        """A running `git …` with pipes; the caller closes it."""
        command = ["git", f"--git-dir={self.git_dir}", *_as_options(_settings), *args]
        try:
            return _Process(
                command,
                cwd=self.cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(),
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise _not_started(error) from None

    def run(
        self,
        *args: str,
        input: bytes = b"",  # noqa: A002
        timeout: float = LOCAL_TIMEOUT,
        check: bool = True,
        settings: Sequence[tuple[str, str]] = (),
    ) -> Completed:
        """Run `git …` to its end, with `settings` over its configuration.

        Raises `GitError` when it fails (unless `check` is false) and `UnreachableError` when it
        takes longer than `timeout` seconds; then it is ended with all its children.
        """
        process = self.start(*_as_options(settings), *args)
        return finish(process, args[0], input, timeout=timeout, check=check)


def environment() -> dict[str, str]:
    """What every git command finds in its environment."""
    return {**inherited(), **_environment}


def inherited() -> dict[str, str]:
    """Our environment, without what would lead git to another repository."""
    return {name: value for name, value in os.environ.items() if name not in _not_inherited}


@dataclass(frozen=True)
class Discovered:
    """The repository that a folder is in: `git_dir` is the work tree's own, `common_dir` where refs
    and objects lie; a bare repository has no `work_tree`.
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None


def discover(path: Path) -> Discovered | None:
    """The repository that the folder `path` is in, as git finds it, or None where it is in none.
    `GitError` when git may not use it, for example because somebody else owns it.
    """
    folder = path if path.is_dir() else path.parent
    done = _ask(folder, "--git-dir", "--git-common-dir", "--is-inside-work-tree", "--show-cdup")
    if done.status and "not a git repository" in done.stderr:
        return None
    if done.status:
        raise GitError(f"git cannot use the repository at {folder}: {last_words(done.stderr)}")
    git_dir, common_dir, inside, up = [*done.text.split("\n"), ""][:4]
    return Discovered(
        (folder / git_dir).resolve(),
        (folder / common_dir).resolve(),
        (folder / up).resolve() if inside == "true" else None,
    )


def _ask(folder: Path, *what: str) -> Completed:
    """What `git rev-parse` says in a folder of which nothing is known yet."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", *what],
            cwd=folder,
            capture_output=True,
            env=environment(),
            timeout=LOCAL_TIMEOUT,
            check=False,
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_started(error) from None
    return Completed(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def _not_started(error: OSError) -> GitError:
    if error.filename == "git":
        return GitError("git was not found.", hint="Install git 2.30 or later.")
    return GitError(f"git cannot run in {error.filename}: the folder is gone.")


def finish(
    process: subprocess.Popen[bytes],
    name: str,
    input: bytes = b"",  # noqa: A002
    *,
    timeout: float = LOCAL_TIMEOUT,
    check: bool = True,
) -> Completed:
    """What the running `git {name} …` says in the end; see `GitRunner.run`."""
    try:
        stdout, stderr = process.communicate(input, timeout)
    except subprocess.TimeoutExpired:
        kill(process)
        raise UnreachableError(
            f"git {name} did not finish within {timeout:g} s and was ended.",
            hint="Check the connection to the remote, then try again.",
        ) from None
    except BaseException:
        kill(process)
        raise
    done = Completed(process.returncode, stdout, redact(stderr.decode("utf-8", "replace")))
    if check and done.status:
        raise GitError(f"git {name} failed: {last_words(done.stderr)}")
    return done


def _as_options(settings: Sequence[tuple[str, str]]) -> list[str]:
    return [word for key, value in settings for word in ("-c", f"{key}={value}")]


class _Process(subprocess.Popen[bytes]):
    """A process whose end is told by the system where it can: with a time limit, `Popen` itself
    sleeps for a millisecond and more between one look and the next.
    """

    def wait(self, timeout: float | None = None) -> int:
        if timeout is not None and self.returncode is None and hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                timeout = 0 if _has_ended(self.pid, timeout) else timeout
        return super().wait(timeout)


def _has_ended(process: int, timeout: float) -> bool:
    """Whether a child ends in `timeout` seconds; returns as soon as it does."""
    handle = os.pidfd_open(process)
    try:
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        return bool(waiting.poll(timeout * 1000))
    finally:
        os.close(handle)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End `process`, unless it was waited for, with the helpers it started, and close its pipes."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    close(process)


def close(process: subprocess.Popen[bytes]) -> int:
    """Close the pipes of `process`, wait for its end, and return its status."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    return process.wait()


def last_words(stderr: str) -> str:
    """The part of git's error output that says what went wrong, on one line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("hint:")]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    return " ".join(telling or lines)[:600] or "it said nothing"
