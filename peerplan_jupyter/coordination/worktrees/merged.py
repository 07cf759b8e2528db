"""Whether what a branch holds is somewhere else already."""

from __future__ import annotations

from ...git.process import GitRunner
from ..project import Project
from .worktree import SLOW

MOST = 2_000
"""Commits of a base that a squashed one is looked for among."""


def bases(project: Project, remote: str) -> list[str]:
    """The commits that work is merged into: what the main work tree has checked out, and the
    usual branches of the remote.
    """
    usual = [f"refs/remotes/{remote}/{name}" for name in ("HEAD", "main", "master")]
    names = ["HEAD", *usual]
    done = [
        project.runner.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
        for name in names
    ]
    return list(dict.fromkeys(one.text for one in done if one.status == 0))


def is_merged(runner: GitRunner, tip: str, base: str) -> bool:
    """Whether `base` has all of `tip`: its commits, or what they changed, in one commit or as
    part of others.
    """
    if runner.run("merge-base", "--is-ancestor", tip, base, check=False).status == 0:
        return True
    fork = runner.run("merge-base", base, tip, check=False)
    if fork.status:
        return False
    return _adds_nothing(runner, tip, base) or _squashed(runner, fork.text, tip, base)


def _adds_nothing(runner: GitRunner, tip: str, base: str) -> bool:
    """Whether merging would change nothing; git before 2.38 cannot say."""
    done = runner.run("merge-tree", "--write-tree", base, tip, check=False, timeout=SLOW)
    tree = runner.run("rev-parse", f"{base}^{{tree}}").text
    return done.status == 0 and done.text.split("\n")[0] == tree


def _squashed(runner: GitRunner, fork: str, tip: str, base: str) -> bool:
    """Whether one commit of the base makes the same change as the whole branch. The files of the
    task itself do not count: they may have come to the base by themselves.
    """
    paths = ("--", ".", ":(exclude).orc/tasks")
    mine = _patch_ids(runner, runner.run("diff-tree", "-p", fork, tip, *paths, timeout=SLOW).stdout)
    words = ("log", "-p", "--no-merges", f"--max-count={MOST}", f"{fork}..{base}", *paths)
    return bool(mine) and mine <= _patch_ids(runner, runner.run(*words, timeout=SLOW).stdout)


def _patch_ids(runner: GitRunner, patches: bytes) -> set[str]:
    said = runner.run("patch-id", "--stable", input=patches, timeout=SLOW).text
    return {line.split()[0] for line in said.splitlines() if line}
