"""Names in the plan branch: a plan's folder, and artifact files that can exist everywhere."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import InvalidInputError, UnsafePathError
from ..plan.ids import checked_plan_id
from ..plan.names import MAX_BYTES, MAX_CHARACTERS

PLAN_BRANCH = "plan-artifacts"
PLAN_JSON = "plan.json"
PLAN_LORO = "plan.loro"

_devices = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\Z", re.IGNORECASE)
_forbidden = re.compile(r'[<>:"|?*]')
# Format characters that could hide what a name is; the joiners that scripts and emoji need stay.
_control = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_git = re.compile(r"\.git\Z|git~[0-9]+\Z", re.IGNORECASE)
_folder = re.compile(r"(?:pr-([1-9][0-9]{0,9})|drafts)/plan-([^/]+)\Z")


class Place(NamedTuple):
    """Where a plan lies in the plan branch."""

    folder: str
    plan_id: str
    pr: int | None


def plan_folder(plan_id: str, pr: int | None = None) -> str:
    """`pr-{N}/plan-{id}`, or `drafts/plan-{id}` before there is a pull request."""
    if pr is not None and not 1 <= pr < 2**31:
        raise InvalidInputError(f"{pr} is not the number of a pull request.")
    return f"{'drafts' if pr is None else f'pr-{pr}'}/plan-{checked_plan_id(plan_id)}"


def parse_folder(folder: str) -> Place | None:
    """What a folder of the plan branch says, or None when it is no plan's."""
    match = _folder.match(folder)
    if not match:
        return None
    try:
        plan_id = checked_plan_id(match[2])
    except InvalidInputError:
        return None
    return Place(folder, plan_id, int(match[1]) if match[1] else None)


def checked_folder(folder: str) -> str:
    """`folder`, if a plan may lie in it; `UnsafePathError` otherwise."""
    if parse_folder(folder) is None:
        raise UnsafePathError(
            f"{folder[:120]!r} is not a plan's folder.",
            hint="It is pr-{number}/plan-{id} or drafts/plan-{id}.",
        )
    return folder


def checked_name(name: str) -> str:
    """`name`, if it can be an artifact's file name on every system.

    Raises `UnsafePathError` that says why not.
    """
    reason = _why_not(name)
    if reason:
        raise UnsafePathError(
            f"{name[:80]!r} cannot be the name of an artifact: it {reason}.",
            hint="Give the file another name.",
        )
    return name


def _why_not(name: str) -> str:
    return _why_not_a_file(name) or _why_not_everywhere(name) or _why_not_here(name)


def _why_not_a_file(name: str) -> str:
    if name in {"", ".", ".."}:
        return "is a folder" if name else "is empty"
    if control := _control.search(name):
        return f"contains a {'NUL' if control[0] == chr(0) else 'control'} character"
    if name.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", name):
        return "is an absolute path"
    if "/" in name or "\\" in name:
        return "contains a path separator"
    return ""


def _why_not_everywhere(name: str) -> str:
    if len(name) >= MAX_CHARACTERS:
        return f"has {len(name)} characters, and fewer than {MAX_CHARACTERS} are allowed"
    size = len(name.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        return f"has {size} bytes, and at most {MAX_BYTES} are allowed"
    if name[-1] in ". " or name[0] == " ":
        return "begins or ends with a space, or ends with a dot"
    if forbidden := _forbidden.search(name):
        return f"contains {forbidden[0]}, which Windows does not allow"
    if _devices.match(name.partition(".")[0].rstrip()):
        return "is a device on Windows"
    return ""


def _why_not_here(name: str) -> str:
    if name.startswith("-"):
        return "begins with '-', which programs take for an option"
    if _git.match(name):
        return "belongs to git"
    if name.casefold() in {PLAN_JSON, PLAN_LORO}:
        return "belongs to the plan itself"
    return ""
