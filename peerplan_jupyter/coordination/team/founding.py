"""Making a project one that a team works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..config.schema import PrefixSource
from ..ignoring import drafts_in
from ..project import Project
from ..yamlfile import write_atomically
from .files import MEMBERS, TEAM_FILE
from .ignoring import Ignored, ignored, write_rules
from .merge_driver import ATTRIBUTES, register

MESSAGE = "Initialize orc team structure"
FOLDERS = ("prompts", "skills", "templates", MEMBERS)

CONFIG = """\
version: 1

# How tasks are named: TASK-AM-001 with initials, or username, email_hash, machine
task_id:
  mode: p2p
  prefix_source: {source}

# What the team suggests; everybody may choose otherwise
defaults:
  profile: safe

# Who lets a phase pass: auto (its command ended well), ai (a command judges) or human (a review of
# the task's plan). Everybody may be stricter for themselves, not laxer.
gates:
  default_type: auto
"""
TEAM = """\
version: 1
# Who is in the team, unless it says so in a file of its own: members/AM.yaml
members: []
# Prefixes that are kept for somebody
reserved_prefixes: []
"""


@dataclass(frozen=True)
class Founded:
    """What was written, what belongs into the first commit, and which rules are in its way."""

    written: tuple[Path, ...]
    paths: tuple[Path, ...]
    ignored: tuple[Ignored, ...]


def found(project: Project, source: PrefixSource = PrefixSource.INITIALS) -> Founded:
    """Make what a team shares under `.orc`, as far as it is not there, and tell git how its YAML
    is merged. Nothing that is there is changed; no task gets another id.

    Raises `StorageError` where something cannot be written, `GitError` where git's configuration
    of this clone cannot.
    """
    texts = {
        project.shared / "config.yaml": CONFIG.format(source=source),
        project.shared / TEAM_FILE: TEAM,
        project.shared / ".gitattributes": ATTRIBUTES,
    }
    written = [path for path, text in texts.items() if _write_new(project, path, text)]
    rules = project.orc / ".gitignore"
    if write_rules(project):
        written.append(rules)
    for name in FOLDERS:
        (project.shared / name).mkdir(exist_ok=True)
    register(project.runner)
    return Founded(tuple(written), (rules, *texts), tuple(ignored(project)))


def _write_new(project: Project, path: Path, text: str) -> bool:
    if path.exists():
        return False
    write_atomically(path, text, drafts_in(project.orc))
    return True
