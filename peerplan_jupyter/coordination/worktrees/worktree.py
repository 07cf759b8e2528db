"""One worktree: what is in it, and committing that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...git.process import GitRunner
from ...git.repository import FALLBACK_EMAIL, FALLBACK_NAME
from .errors import WorktreeError
from .registration import Registration

SLOW = 600.0
"""Seconds that git may take to write or read all files of a large repository."""


@dataclass(frozen=True)
class Worktree:
    """The files of one executor's run, on its branch.

    git is told the repository by name and never looks for one: where `.git` is gone from a
    worktree inside another, it would find the other.
    """

    path: Path
    branch: str
    git_dir: Path

    @cached_property
    def runner(self) -> GitRunner:
        """Runs git here."""
        return GitRunner(self.git_dir, self.path)

    @property
    def ref(self) -> str:
        """The full name of the branch."""
        return f"refs/heads/{self.branch}"

    def verify(self) -> None:
        """Raise `WorktreeError` unless the files, git's folder and the branch belong together."""
        known = Registration(self.git_dir, self.path.resolve())
        if not known.is_linked:
            raise WorktreeError(
                f"{self.path} is not the worktree of {self.branch} any more: its .git is gone or "
                "leads elsewhere.",
                hint="Run the task again: what is in it is kept.",
            )
        if known.branch != self.branch:
            raise WorktreeError(
                f"{self.path} is on {known.branch or 'no branch'}, and not on {self.branch}.",
                hint=f"Bring the work to it: git -C {self.path} switch {self.branch}",
            )

    def head(self) -> str:
        """The commit that the branch is at."""
        return self.runner.run("rev-parse", "--verify", "HEAD^{commit}").text

    def is_dirty(self) -> bool:
        """Whether something in it is not committed; what is ignored does not count."""
        return bool(self.runner.run("status", "--porcelain", timeout=SLOW).stdout)

    def commit(self, message: str, *only: str) -> str | None:
        """Commit all that changed, or `only` these files, even where they are ignored; returns the
        commit, or None where nothing changed. Hooks are not run and nothing is signed.

        `WorktreeError` when the worktree is not what it was (`verify`) or is amid a merge.
        """
        self.verify()
        self._refuse_unmerged()
        how = ("--force",) if only else ("--all",)
        self.runner.run("add", *how, "--", *(only or (".",)), timeout=SLOW)
        changed = ("diff", "--cached", "--quiet", "--", *only)
        if self.runner.run(*changed, check=False, timeout=SLOW).status == 0:
            return None
        words = ("--quiet", "--no-verify", "--no-gpg-sign", "--cleanup=verbatim", "-m", message)
        settings = committer(self.runner)
        self.runner.run("commit", *words, "--", *only, timeout=SLOW, settings=settings)
        return self.head()

    def snapshot(self) -> str:
        """A commit of everything that is in it now, on no branch. The files stay as they are."""
        self.runner.run("add", "--all", "--", ".", timeout=SLOW)
        return commit_tree(self.runner, self.runner.run("write-tree").text)

    def diff(self, base: str, *without: str) -> bytes:
        """What is different from the commit `base`, committed or not, new files too when they were
        added; `without` are paths to leave out.
        """
        paths = ("--", ".", *(f":(exclude){path}" for path in without))
        options = ("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames")
        return self.runner.run("diff", *options, base, *paths, timeout=SLOW).stdout

    def _refuse_unmerged(self) -> None:
        unmerged = self.runner.run("diff", "--name-only", "--diff-filter=U").text.split("\n")
        if unmerged != [""]:
            raise WorktreeError(
                f"{self.path} has merge conflicts: {', '.join(unmerged)[:300]}.",
                hint="Resolve them there, then run the task again.",
            )


def commit_tree(runner: GitRunner, tree: str, message: str = "Kept by orc") -> str:
    """A commit of `tree` after HEAD, on no branch."""
    words = ("commit-tree", "--no-gpg-sign", "-p", "HEAD", "-m", message, tree)
    return runner.run(*words, settings=committer(runner)).text


def committer(runner: GitRunner) -> tuple[tuple[str, str], ...]:
    """Settings without which git would not commit: none where it knows the user."""
    if runner.run("var", "GIT_COMMITTER_IDENT", check=False).status == 0:
        return ()
    return (("user.name", FALLBACK_NAME), ("user.email", FALLBACK_EMAIL))
