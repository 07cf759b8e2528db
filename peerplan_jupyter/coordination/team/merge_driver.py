"""Merging the YAML that a team shares by what it says: a merge driver of git.

Line by line, two people who are added at one place become one with two names (`merge=union`), or
a conflict that is none. Where this driver is missing, git shows an ordinary conflict.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import time
from pathlib import Path

from ...errors import GitError, InvalidInputError, StorageError
from ...git.process import GitRunner, last_words
from ..project import Project
from ..yamlfile import parse_yaml, write_atomically
from .merging import conflicts, merge
from .rewriting import BETWEEN, OURS, THEIRS, rewritten

NAME = "orc-yaml"
ATTRIBUTES = f"/*.yaml merge={NAME}\n/members/*.yaml merge={NAME}\n"
"""For `.orc/shared/.gitattributes`."""

CLEAN, CONFLICTS = 0, 1
PATIENCE = 5.0
"""Seconds that others may take who write this clone's configuration."""
_LOCKED = 255
"""`CONFIG_NO_LOCK` of git's config.h, as it exits."""

_member = re.compile(r"members/([^/]+)\.yaml$")


def merge_files(base: Path, ours: Path, theirs: Path) -> int:
    """Put at `ours` what comes of both changes to `base`; `CLEAN`, or `CONFLICTS` when some stand
    in it between markers. What is not YAML is merged line by line.

    Raises `StorageError` when a file cannot be read or written; then nothing was changed.
    """
    texts = [_text(path) for path in (base, ours, theirs)]
    merged = None if None in texts else _merged(*[str(text) for text in texts])
    if merged is None:
        return _by_lines(base, ours, theirs)
    write_atomically(ours, merged[0])
    return merged[1]


def _merged(base: str, ours: str, theirs: str) -> tuple[str, int] | None:
    """The text that comes of three, and how it went; None where it cannot be told."""
    try:
        old, mine, yours = (parse_yaml(text.encode(), "") for text in (base, ours, theirs))
    except InvalidInputError:
        return None
    both = merge(old, mine, yours)
    clean = not any(conflicts(both))
    text = rewritten(ours, both, theirs)
    if text is None:
        text = "\n".join((OURS, ours.rstrip("\n"), BETWEEN, theirs.rstrip("\n"), THEIRS, ""))
    return text, CLEAN if clean else CONFLICTS


def _by_lines(base: Path, ours: Path, theirs: Path) -> int:
    """As git itself would do it."""
    labels = [word for label in ("ours", "base", "theirs") for word in ("-L", label)]
    runner = Project.find(Path.cwd()).runner
    names = [str(path.absolute()) for path in (ours, base, theirs)]
    done = runner.run("merge-file", "--quiet", *labels, *names, check=False)
    if done.status > 127:
        raise GitError(f"git could not merge {ours}: {done.stderr.strip()[:300]}")
    return CONFLICTS if done.status else CLEAN


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from None


def joined_at_once(path: str) -> str:
    """What a conflict in the file at `path` means when it is a member's own, or nothing."""
    found = _member.search(path)
    if found is None:
        return ""
    return (
        f"Two people joined as {found[1]} at once. Keep the file of one of them; the other runs"
        " `orc team join` with other initials."
    )


def register(runner: GitRunner) -> bool:
    """Tell git, in the configuration of this clone, how to run the driver; whether that is new.

    Where this program is gone or broken, the command ends with git's own merge: git would take
    the file as it is for the result.
    """
    wanted = {f"merge.{NAME}.name": "YAML that a team shares", f"merge.{NAME}.driver": command()}
    changed = False
    for key, value in wanted.items():
        if runner.run("config", "--local", "--get", key, check=False).text != value:
            _configure(runner, key, value)
            changed = True
    return changed


def _configure(runner: GitRunner, key: str, value: str) -> None:
    """`git config` does not wait for another that writes at the same moment."""
    end = time.monotonic() + PATIENCE
    while (done := runner.run("config", "--local", key, value, check=False)).status == _LOCKED:
        if time.monotonic() > end:
            raise GitError(
                f"The configuration of this clone is locked: {last_words(done.stderr)}.",
                hint="Where no git runs here, one that was killed left the lock: remove it.",
            )
        time.sleep(0.05)
    if done.status:
        raise GitError(f"git config failed: {last_words(done.stderr)}")


def is_registered(runner: GitRunner) -> bool:
    """Whether git knows a driver by this name in this clone, whichever program it runs."""
    return bool(runner.run("config", "--get", f"merge.{NAME}.driver", check=False).text)


def command() -> str:
    """The command that git runs the driver by, in its shell."""
    program = Path(sys.executable).with_name("orc")
    found = str(program) if program.exists() else shutil.which("orc") or "orc"
    run = f"{shlex.quote(found)} merge-driver %O %A %B %P"
    marked = "test $s = 1 && grep -q '^<<<<<<< ' %A"
    lines = "git merge-file -L ours -L base -L theirs %A %O %B"
    return f"{run}; s=$?; test $s = 0 && exit 0; {marked} && exit 1; {lines}"
