"""The files of a task on the branch of a run."""

from __future__ import annotations

from pathlib import Path

from ...errors import StorageError, UnsafePathError
from ..tasks.store import PLAN_FILE, TASK_FILE
from ..yamlfile import dump_yaml
from .job import Job


def materialise(job: Job) -> None:
    """Put the task's files on the branch, so that whoever fetches it knows the task: the checkout
    that they are in may not have committed them.
    """
    texts = {
        f".orc/tasks/{job.id}/{TASK_FILE}": dump_yaml(job.task.to_facts()),
        f".orc/tasks/{job.id}/{PLAN_FILE}": dump_yaml(job.plan.to_facts()),
    }
    job.worktree.verify()
    for name, text in texts.items():
        path = _inside(job.worktree.path, name)
        if not path.exists() or path.read_text("utf-8", "replace") != text:
            _write(path, text)
    job.commit("running", *texts)


def _write(path: Path, text: str) -> None:
    """Put `text` there. No file is made beside it, which would be committed with the rest where the
    run is killed; half a file is written anew by the next run.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from None


def _inside(worktree: Path, name: str) -> Path:
    """A repository can hold `.orc` as a link that leads out of it."""
    path = worktree / name
    if not path.resolve().is_relative_to(worktree.resolve()):
        raise UnsafePathError(f"{path} leads out of the worktree, through a link.")
    return path
