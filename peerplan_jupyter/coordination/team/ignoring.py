"""What git is to ignore under `.orc`, and whether it takes the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..ignoring import drafts_in
from ..project import Project
from ..yamlfile import write_atomically

RULES = """\
# What is of one person or one machine only
/local/
/worktrees/
/orc.db
/orc.db-*
/tasks/*/lock.yaml
.orc.pid

# Transcripts can be large; without this line they are committed with their tasks
/tasks/*/transcripts/
"""

TRACKED = (
    ".orc/shared/config.yaml",
    ".orc/shared/team.yaml",
    ".orc/shared/prompts/implement.md",
    ".orc/tasks/TASK-001/task.yaml",
    ".orc/tasks/TASK-001/plan.yaml",
)
"""One path of each kind that git must take."""


UNTRACKED = {
    "local/config.yaml": ("/local/",),
    "orc.db": ("/orc.db", "/orc.db-*"),
}
"""Paths below `.orc` that git must not take, with the rules that see to it."""


@dataclass(frozen=True)
class Ignored:
    """A path that git must take and does not, because of a rule."""

    path: str
    rule: str
    where: str

    @property
    def sentence(self) -> str:
        """What is wrong and how it is mended."""
        return (
            f"git ignores {self.path} because of the rule {self.rule!r} ({self.where}): take the"
            " rule out, since .orc/.gitignore says what is not to be tracked. A rule that begins"
            " with ! helps only where no folder above is ignored."
        )


def write_rules(project: Project) -> bool:
    """Write `.orc/.gitignore` where there is none; whether it was written."""
    place = project.orc / ".gitignore"
    if place.exists():
        return False
    write_atomically(place, RULES, drafts_in(project.orc))
    return True


def missing_rules(project: Project) -> list[str]:
    """The rules that `.orc/.gitignore` lacks for what is of one person or one machine only; none
    where other rules do the same, nor where neither that file nor anything of that kind is there.
    """
    asked = "\0".join(f".orc/{path}" for path in UNTRACKED).encode()
    options = ("--no-index", "--stdin", "-z")
    done = project.runner.run("check-ignore", *options, input=asked, check=False)
    covered = done.stdout.decode("utf-8", "replace").split("\0")
    return [
        rule
        for path, rules in UNTRACKED.items()
        if f".orc/{path}" not in covered and _matters(project, path)
        for rule in rules
    ]


def _matters(project: Project, path: str) -> bool:
    rules, top = project.orc / ".gitignore", project.orc / path.partition("/")[0]
    return rules.exists() or top.exists()


def add_rules(project: Project, rules: Sequence[str]) -> None:
    """Add rules at the end of `.orc/.gitignore`, whoever wrote it; nothing in it is changed."""
    place = project.orc / ".gitignore"
    if write_rules(project):
        return
    text = place.read_text("utf-8", "surrogateescape")
    end = "" if not text or text.endswith("\n") else "\n"
    added = "".join(f"{rule}\n" for rule in rules)
    write_atomically(place, f"{text}{end}{added}", drafts_in(project.orc))


def ignored(project: Project) -> list[Ignored]:
    """The paths in `TRACKED` that git would not take, with the rules that are at fault."""
    asked = "\0".join(TRACKED).encode()
    options = ("--no-index", "--verbose", "--non-matching", "--stdin", "-z")
    done = project.runner.run("check-ignore", *options, input=asked, check=False)
    words = done.stdout.decode("utf-8", "replace").split("\0")
    found = zip(words[0::4], words[1::4], words[2::4], words[3::4], strict=False)
    return [
        Ignored(path, rule, f"{source}, line {line}")
        for source, line, rule, path in found
        if rule and not rule.startswith("!")
    ]
