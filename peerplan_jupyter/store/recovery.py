"""What came of a broken journal, kept beside the file that was moved aside."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

BROKEN = "journal.corrupt-*"
_SUFFIX = ".json"


@dataclass
class Recovery:
    """What was read back of a broken journal, and what was not."""

    moved: Path
    """Where the broken file is now."""
    published: list[str] = field(default_factory=list)
    """Plans that were read back from git."""
    salvaged: list[str] = field(default_factory=list)
    """Those that were read from the broken file."""
    incomplete: list[str] = field(default_factory=list)
    """Those of both, of which changes in the broken file could not be read."""
    lost: dict[str, str] = field(default_factory=dict)
    """Those that are not here any more, with the folder they were made in, or ""."""

    @property
    def losses(self) -> list[str]:
        """Sentences about what is missing; none where nothing is known to be."""
        told = []
        if self.incomplete:
            plans = ", ".join(sorted(self.incomplete))
            told.append(f"Changes that were not published could not be read, of: {plans}.")
        if self.lost:
            plans = ", ".join(map(_named, sorted(self.lost.items())))
            told.append(f"Never published, and not read back: {plans}.")
        if told:
            told.append(f"What can still be looked for is in {self.moved}.")
        return told

    @property
    def words(self) -> list[str]:
        """All of it in sentences."""
        read = [f"Read back from git: {', '.join(sorted(self.published)) or 'nothing'}."]
        if self.salvaged:
            read.append(f"Read from the broken file: {', '.join(sorted(self.salvaged))}.")
        return [f"The journal was broken. It was moved to {self.moved}.", *read, *self.losses]

    def keep(self) -> None:
        """Write it beside the file. Raises `OSError`."""
        facts = {**asdict(self), "moved": self.moved.name}
        _beside(self.moved).write_text(json.dumps(facts, indent=1), "utf-8")


def broken_files(folder: Path) -> list[Path]:
    """The journals that were moved aside in `folder`, the oldest first."""
    found = (one for one in folder.glob(BROKEN) if one.suffix != _SUFFIX)
    return sorted(one for one in found if not one.name.endswith(("-wal", "-shm")))


def recovery_of(moved: Path) -> Recovery | None:
    """What came of a broken journal, or None where nothing was read of it yet."""
    try:
        facts = json.loads(_beside(moved).read_text("utf-8"))
        return Recovery(**{**facts, "moved": moved})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return Recovery(moved)


def known_losses(folder: Path) -> list[str]:
    """Sentences about what broken journals took away, as long as their files are in `folder`."""
    told = map(recovery_of, broken_files(folder))
    return [sentence for one in told if one for sentence in one.losses]


def _named(plan: tuple[str, str]) -> str:
    plan_id, folder = plan
    return f"{plan_id} (made in {folder})" if folder else plan_id


def _beside(moved: Path) -> Path:
    return moved.with_name(f"{moved.name}{_SUFFIX}")
