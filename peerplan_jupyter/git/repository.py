"""A repository that is there: what it is, its refs, and what it says about its user."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self

from ..errors import GitError, InvalidInputError, NotFoundError
from .configuration import Configuration, Urls
from .objects import ObjectReader
from .process import LOCAL_TIMEOUT, Completed, GitRunner

if TYPE_CHECKING:
    import git

FALLBACK_NAME = "peerplan"
FALLBACK_EMAIL = "peerplan@localhost"

_ref = re.compile(
    r"refs(?:/(?!\.)(?:(?!\.\.|@\{|\.lock(?:/|\Z))[^\x00-\x20\x7f~^:?*\[\\/])+(?<!\.))+\Z"
)


@dataclass(frozen=True)
class Signature:
    """The author of a commit."""

    name: str
    email: str

    def __str__(self) -> str:
        """`Name <email>` as git takes it; what git cannot take in it is left out."""
        name, email = (re.sub(r"[\x00-\x1f<>]", "", part).strip() for part in self._parts())
        return f"{name or FALLBACK_NAME} <{email or FALLBACK_EMAIL}>"

    def _parts(self) -> tuple[str, str]:
        return self.name, self.email


class Place:
    """Refs, objects and configuration of a repository whose whereabouts are known. One thread at a
    time.
    """

    def __init__(self, runner: GitRunner) -> None:
        self.runner = runner

    @property
    def common_dir(self) -> Path:
        """Where refs and objects lie."""
        return self.runner.git_dir

    def run(
        self,
        *args: str,
        input: bytes = b"",  # noqa: A002
        timeout: float = LOCAL_TIMEOUT,
        check: bool = True,
        settings: Sequence[tuple[str, str]] = (),
    ) -> Completed:
        """Run git in this repository; see `GitRunner.run`."""
        return self.runner.run(*args, input=input, timeout=timeout, check=check, settings=settings)

    def objects(self) -> ObjectReader:
        """A reader of this repository's objects; close it, or use it with `with`."""
        return ObjectReader(self.runner)

    def resolve(self, ref: str) -> str | None:
        """The commit that the full ref name `ref` points at, or None."""
        with self.objects() as objects:
            return objects.commit(checked_ref(ref))

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether the commit `older` is `newer` or one of its ancestors."""
        if older == newer:
            return True
        done = self.run("merge-base", "--is-ancestor", older, newer, check=False)
        return done.status == 0

    def update_refs(self, commands: Sequence[str]) -> Completed:
        """Do all of `commands` (see git-update-ref, `--stdin`), or none with a status not 0."""
        lines = "".join(f"{command}\n" for command in commands)
        return self.run("update-ref", "--stdin", input=lines.encode(), check=False)

    def loose_refs(self, folder: str) -> list[str]:
        """The names of the refs directly in `folder` that are files of their own."""
        try:
            return sorted(f"{folder}/{name}" for name in os.listdir(self.common_dir / folder))  # noqa: PTH208
        except OSError:
            return []

    def prepare(self) -> None:
        """Begin to read the configuration, for an answer that is there when it is needed."""
        _ = self.configuration

    @cached_property
    def configuration(self) -> Configuration:
        """What git is configured to do here; it begins to be read when this is first asked for.
        Open the repository again to see what changed since.
        """
        return Configuration(self.runner)

    def config(self, key: str) -> str:
        """The value of a setting in git's configuration, or an empty string."""
        return self.configuration.value(key)

    def signature(self, name: str = "", email: str = "") -> Signature:
        """`name` and `email`; what is empty comes from git's configuration, then a fallback."""
        return Signature(
            name or self.config("user.name") or FALLBACK_NAME,
            email or self.config("user.email") or FALLBACK_EMAIL,
        )

    def remotes(self) -> dict[str, Urls]:
        """The URLs that each remote is fetched from and pushed to, by name, `origin` first."""
        return self.configuration.remotes()

    def close(self) -> None:
        """Give back what was begun and never asked for; who asks later begins anew."""
        if "configuration" in self.__dict__:
            self.__dict__.pop("configuration").close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Repository(Place):
    """A git repository. Works in work trees, linked work trees, submodules, bare repositories
    and shallow clones, and touches nothing but refs and objects. One thread at a time.
    """

    def __init__(self, repo: git.Repo) -> None:
        self._repo = repo
        self.git_dir = Path(repo.git_dir)
        self.work_tree = Path(repo.working_tree_dir) if repo.working_tree_dir else None
        common_dir = Path(repo.common_dir).resolve()
        super().__init__(GitRunner(common_dir, self.work_tree or common_dir))

    @classmethod
    def open(cls, path: Path | str) -> Repository:
        """The repository that `path` is in. `NotFoundError` when it is in none."""
        git = _gitpython()
        try:
            return cls(git.Repo(path, search_parent_directories=True, expand_vars=False))
        except (git.exc.InvalidGitRepositoryError, git.exc.NoSuchPathError):
            raise NotFoundError(
                f"{str(path)[:300]} is not in a git repository.",
                hint="Name a folder that is, or run `git init` in it.",
            ) from None
        except (OSError, ValueError, UnicodeError) as error:
            raise GitError(f"The repository at {str(path)[:300]} cannot be read: {error}") from None

    @classmethod
    def init_bare(cls, path: Path) -> Repository:
        """The bare repository at `path`, made if it is not there."""
        if not (path / "HEAD").exists():
            path.mkdir(parents=True, exist_ok=True)
            GitRunner(path, path).run("init", "--quiet", "--bare")
        return cls.open(path)

    @property
    def bare(self) -> bool:
        """Whether it has no work tree."""
        return self.work_tree is None

    def checked_out(self, ref: str) -> Path | None:
        """The git folder of a work tree that has `ref` checked out, or None."""
        folders = [self.common_dir, *sorted((self.common_dir / "worktrees").glob("*"))]
        if self._repo.bare:
            folders = folders[1:]
        for folder in folders:
            if _head(folder) == f"ref: {ref}":
                return folder
        return None

    def branch(self) -> str | None:
        """The branch that is checked out, or None with a detached HEAD."""
        head = _head(self.git_dir)
        return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else None

    def close(self) -> None:
        """Give back what the repository holds."""
        self._repo.close()
        super().close()


def checked_ref(ref: str) -> str:
    """`ref`, if it is a full ref name (see git-check-ref-format); `InvalidInputError` otherwise."""
    if not _ref.match(ref):
        raise InvalidInputError(f"{ref[:120]!r} is not a name that git allows for a ref.")
    return ref


def branch_ref(branch: str) -> str:
    """The full name of a branch; `InvalidInputError` when git would not allow it."""
    if branch.startswith("-"):
        raise InvalidInputError(f"{branch[:120]!r} is not a branch name: it begins with '-'.")
    return checked_ref(f"refs/heads/{branch}")


def _gitpython() -> ModuleType:
    """GitPython, which takes longer to import than git takes to answer. It raises at import where
    there is no git, unless it is told to wait until git is used.
    """
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git  # noqa: PLC0415

    return git


def _head(folder: Path) -> str:
    try:
        return (folder / "HEAD").read_text("utf-8", "replace").strip()
    except OSError:
        return ""
