"""The names of tasks, executors, branches and worktrees, and what may be read from a name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ..errors import InvalidInputError

PREFIX_PATTERN = r"[A-Za-z0-9]{2,12}"
BRANCH_PREFIX = "orc"
LONGEST_SLUG = 12

_task_id = re.compile(rf"TASK(?:-({PREFIX_PATTERN}))?-([0-9]{{3,9}})", re.IGNORECASE)
_short = re.compile(rf"(TASK-)?(?:({PREFIX_PATTERN})-)?([0-9]{{1,9}})", re.IGNORECASE)
_tag = re.compile(r"[a-z][a-z0-9]{0,13}(?:-[2-9])?")
_branch = re.compile(
    rf"(TASK(?:-{PREFIX_PATTERN})?-[0-9]{{3,9}})(?:-({_tag.pattern}))?", re.IGNORECASE
)


@dataclass(frozen=True)
class TaskId:
    """The id of a task: `TASK-AM-005`, or `TASK-005` where nobody else works. Two ids that differ
    in case only are the same task (`key`); ids are ordered by prefix, then by number.
    """

    prefix: str
    number: int

    @classmethod
    def parse(cls, text: str) -> TaskId:
        """The id that `text` is; `InvalidInputError` otherwise."""
        if (found := _task_id.fullmatch(text.strip())) is None:
            raise InvalidInputError(
                f"{text[:80]!r} is not a task's id.",
                hint="An id is TASK-005, or TASK-AM-005 with the prefix of who made it.",
            )
        return cls(found[1] or "", int(found[2]))

    @classmethod
    def meant(cls, text: str, own_prefix: Callable[[], str]) -> TaskId:
        """The id that a person means by `text`, who may leave out zeros, `TASK-`, and their own
        prefix: `AM-5`, or `5`. `InvalidInputError` for what is none.
        """
        found = _short.fullmatch(text.strip())
        if found is None:
            return cls.parse(text)
        prefix = found[2] or ("" if found[1] else own_prefix())
        return cls(prefix, int(found[3]))

    def __str__(self) -> str:
        return "-".join(part for part in ("TASK", self.prefix, f"{self.number:03d}") if part)

    @cached_property
    def key(self) -> str:
        """What is equal for all spellings of this id."""
        return str(self).upper()

    def __lt__(self, other: TaskId) -> bool:
        return self.order < other.order

    @property
    def order(self) -> tuple[str, int]:
        """What ids are sorted by."""
        return self.prefix.upper(), self.number


def is_task_id(text: str) -> bool:
    """Whether `text` is a task's id and nothing else."""
    return _task_id.fullmatch(text) is not None


def slug(text: str) -> str:
    """`text` as 2 to 12 of `[a-z0-9]`: what ids, branches and folders can hold everywhere. What
    has no such letters, or one, is told apart by a hash.
    """
    import hashlib  # noqa: PLC0415 (with OpenSSL, which a list would load for nothing)
    import unicodedata  # noqa: PLC0415

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    kept = re.sub(r"[^a-z0-9]", "", plain)[:LONGEST_SLUG]
    if len(kept) >= 2:
        return kept
    return f"{kept or 'u'}{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:4]}"


def tag_of(prefix: str) -> str:
    """The executor's tag that goes with a prefix: lower case, and a letter at its beginning, so
    that no tag is mistaken for a number.
    """
    made = slug(prefix) if prefix else ""
    return f"x{made}" if made[:1].isdigit() else made


def checked_tag(tag: str) -> str:
    """`tag`, if it is an executor's tag; `InvalidInputError` otherwise."""
    if _tag.fullmatch(tag) is None:
        raise InvalidInputError(
            f"{tag[:40]!r} is not an executor's tag.",
            hint="A tag is a letter with more small letters and digits, such as am or bj-2.",
        )
    return tag


def run_name(task: TaskId, tag: str) -> str:
    """The name of one executor's run of a task; without a tag, the task's."""
    return f"{task}-{tag}" if tag else str(task)


def branch_name(task: TaskId, tag: str, prefix: str = BRANCH_PREFIX) -> str:
    """The branch that an executor works on: `orc/TASK-AM-005-bj`."""
    return f"{prefix}/{run_name(task, tag)}"


def parse_branch(name: str, prefix: str = BRANCH_PREFIX) -> tuple[TaskId, str] | None:
    """The task and the executor's tag in a branch's name, or None for another branch. Facts come
    from what the branch holds; its name only says where to look.
    """
    if not name.startswith(f"{prefix}/"):
        return None
    found = _branch.fullmatch(name[len(prefix) + 1 :])
    return (TaskId.parse(found[1]), (found[2] or "").lower()) if found else None
