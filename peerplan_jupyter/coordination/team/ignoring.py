"""What git is to ignore under `.orc`, and whether it takes the rest."""

from __future__ import annotations

from dataclasses import dataclass

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
    write_atomically(place, RULES)
    return True


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
