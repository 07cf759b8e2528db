"""The demo's scratch repository: a small program with a bare remote, in a folder of its own."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InvalidInputError, StorageError
from ...git.process import GitRunner

NOTEBOOK = "review.ipynb"
PR = 12
BRANCH = "redis-sessions"

BEFORE = '''"""Sessions of the shop, in memory."""

import secrets
import time

LIFETIME = 24 * 3600
_sessions = {}


def start(user):
    key = secrets.token_urlsafe(32)
    _sessions[key] = (user, time.time() + LIFETIME)
    return key


def user_of(key):
    user, ends = _sessions.get(key, (None, 0))
    return user if ends > time.time() else None


def end(key):
    _sessions.pop(key, None)
'''


@dataclass(frozen=True)
class Scratch:
    """The demo's folder and what is where in it."""

    root: Path

    @property
    def remote(self) -> Path:
        """The bare remote."""
        return self.root / "remote.git"

    @property
    def work(self) -> Path:
        """The clone that agent and reviewer share."""
        return self.root / "work"

    @property
    def home(self) -> Path:
        """The demo's own PEERPLAN_HOME."""
        return self.root / "home"

    @property
    def jupyter(self) -> Path:
        """Jupyter's settings and runtime files, apart from the user's."""
        return self.root / "jupyter"

    @property
    def logs(self) -> Path:
        """What the processes said, and screenshots of failures."""
        return self.root / "logs"


def make_scratch(keep: Path | None, person: str) -> Scratch:
    """A fresh folder with a repository and its remote, at `keep` or among temporary files.

    `person` is whom commits are by. Raises `InvalidInputError` for a folder that is in use.
    """
    scratch = Scratch(_folder(keep))
    for folder in (scratch.home, scratch.jupyter, scratch.logs):
        folder.mkdir(mode=0o700)
    _begin(scratch, person)
    return scratch


def write_notebook(scratch: Scratch, plan: str) -> Path:
    """The review notebook: one cell that opens the plan, one for the next words."""
    import nbformat

    notebooks: Any = nbformat
    v4 = notebooks.v4
    cells = [
        v4.new_code_cell(f'import peerplan_jupyter as peerplan\n\npeerplan.open("{plan}")'),
        v4.new_markdown_cell(
            "Run the cell above, select some text of the plan, and say what you think. The agent "
            "waits for it. Approve the revision when you are content."
        ),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path = scratch.work / NOTEBOOK
    notebooks.write(made, path)
    return path


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="peerplan-demo-"))
    try:
        keep.mkdir(parents=True, exist_ok=True)
        taken = any(keep.iterdir())
    except OSError as error:
        raise StorageError(f"{keep} cannot be used: {error.strerror}.") from None
    if taken:
        raise InvalidInputError(
            f"{keep} is not empty.", hint="Name a folder that is not there yet."
        )
    return keep.resolve()


def _begin(scratch: Scratch, person: str) -> None:
    scratch.remote.mkdir()
    scratch.work.mkdir()
    GitRunner(scratch.remote, scratch.remote).run("init", "-q", "--bare", "-b", "main")
    (scratch.work / "sessions.py").write_text(BEFORE, "utf-8")
    (scratch.work / ".gitignore").write_text("evidence/\n.ipynb_checkpoints/\n", "utf-8")
    git = GitRunner(scratch.work / ".git", scratch.work)
    git.run("init", "-q", "-b", "main")
    git.run("config", "user.name", person)
    git.run("config", "user.email", "demo@localhost")
    git.run("remote", "add", "origin", str(scratch.remote))
    git.run("add", "sessions.py", ".gitignore")
    git.run("commit", "-q", "-m", "Keep sessions in memory")
    git.run("push", "-q", "origin", "main")
    git.run("checkout", "-q", "-b", BRANCH)
