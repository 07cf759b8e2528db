"""Retention: taking old plans off the plan branch, by the dates of their commits.

A file's modification time says when it was checked out, so that in a fresh checkout (in CI, say)
nothing is ever old by it. The last commit that changed a plan's folder says when it was published.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from ..errors import NotFoundError, PeerPlanError, PushRejectedError
from ..git.commit_writer import CommitWriter
from ..git.fast_import import Delete, NewCommit
from ..git.objects import ObjectReader
from ..git.remote import Push, Remote, fetch, find_remote, push
from ..git.repository import Repository, branch_ref
from ..plan.ids import new_id
from .branch import plan_trees
from .names import PLAN_BRANCH, PLAN_JSON, Place, parse_folder
from .planfile import MAX_PLAN_JSON, load_plan_file

DAY = 86_400
TRIES = 10
Reason = Literal["old", "recent", "open pull request", "approved", "unreadable"]


@dataclass(frozen=True)
class Rules:
    """What stays."""

    older_than: int
    """Days since the last commit of a plan's folder, after which it may go."""
    keep_approved: bool = True
    """Whether links to approved plans stay alive."""
    open_prs: Collection[int] | None = None
    """Pull requests whose plans stay; None: it does not matter whether they are open."""


@dataclass(frozen=True)
class Aged:
    """A plan on the branch, and what is to become of it."""

    place: Place
    title: str
    at: int
    """Unix seconds of its last commit."""
    size: int
    """Bytes of its files."""
    reason: Reason

    @property
    def goes(self) -> bool:
        """Whether it is taken off."""
        return self.reason == "old"


@dataclass(frozen=True)
class Cleaned:
    """What was found, and the commit that took the old plans off; None if there was none."""

    plans: Sequence[Aged]
    commit: str | None
    pushed: bool


def clean(
    repository: Repository, rules: Rules, *, remote: str | None = "origin", dry_run: bool = False
) -> Cleaned:
    """Take old plans off the plan branch, here and on the remote, in one commit.

    The branch's history keeps them: `git show {commit}^:{folder}/plan.json`. A plan that somebody
    publishes meanwhile stays. Nothing but refs and objects is touched. Raises `NotFoundError` where
    there is no plan branch, `PushRejectedError`, `UnreachableError`.
    """
    target = find_remote(repository, remote)
    with repository.objects() as objects:
        for _ in range(TRIES):
            tip = _tip(repository, objects, target)
            plans = survey(repository, objects, tip, rules)
            going = [one for one in plans if one.goes]
            if dry_run or not going:
                return Cleaned(plans, None, pushed=False)
            done = _take_off(repository, target, tip, going)
            if done is not None:
                return Cleaned(plans, done, pushed=target is not None)
    raise PushRejectedError(
        f"Others changed the branch during {TRIES} attempts.", hint="Try again in a moment."
    )


def survey(repository: Repository, objects: ObjectReader, tip: str, rules: Rules) -> list[Aged]:
    """Every plan at a tip of the branch, the oldest first."""
    dates, sizes = _dates(repository, tip), _sizes(repository, tip)
    places = [place for folder in plan_trees(objects, tip) if (place := parse_folder(folder))]
    made = [
        _aged(objects, tip, place, (dates.get(place.folder, 0), sizes[place.folder]), rules)
        for place in places
    ]
    return sorted(made, key=lambda one: (one.at, one.place))


def _aged(
    objects: ObjectReader, tip: str, place: Place, facts: tuple[int, int], rules: Rules
) -> Aged:
    at, size = facts
    title, status = "", "unreadable"
    with suppress(PeerPlanError):
        data = objects.blob(f"{tip}:{place.folder}/{PLAN_JSON}", MAX_PLAN_JSON)
        if data is not None:
            plan = load_plan_file(data, place.folder).plan
            title, status = plan.title, plan.status
    return Aged(place, title, at, size, _reason(place, status, at, rules))


def _reason(place: Place, status: str, at: int, rules: Rules) -> Reason:
    if time.time() - at < rules.older_than * DAY:
        return "recent"
    if rules.open_prs is not None and place.pr in rules.open_prs:
        return "open pull request"
    if status == "unreadable":
        return "unreadable"
    return "approved" if status == "approved" and rules.keep_approved else "old"


def _dates(repository: Repository, tip: str) -> dict[str, int]:
    """The time of the last commit that changed each plan's folder."""
    log = ("log", "--format=%x01%ct", "--name-only", "-z", "--diff-merges=first-parent", "--root")
    found: dict[str, int] = {}
    at = 0
    for part in repository.run(*log, tip).stdout.decode("utf-8", "replace").split("\0"):
        name = part.lstrip("\n")
        if name.startswith("\x01"):
            at = int(name[1:].split("\n")[0])
            continue
        found.setdefault("/".join(name.split("/")[:2]), at)
    return found


def _sizes(repository: Repository, tip: str) -> Counter[str]:
    """The bytes in each plan's folder."""
    listed = repository.run("ls-tree", "-r", "-l", "-z", tip).stdout.decode("utf-8", "replace")
    sizes: Counter[str] = Counter()
    for line in filter(None, listed.split("\0")):
        told, _, name = line.partition("\t")
        size = told.split()[-1]
        sizes["/".join(name.split("/")[:2])] += int(size) if size.isdigit() else 0
    return sizes


def _tip(repository: Repository, objects: ObjectReader, target: Remote | None) -> str:
    if target is not None:
        tip = fetch(repository, target, PLAN_BRANCH)
    else:
        tip = objects.commit(branch_ref(PLAN_BRANCH))
    if tip is None:
        raise NotFoundError(
            f"There is no branch {PLAN_BRANCH}{f' on {target.name}' if target else ''}.",
            hint="Nothing was published yet, so there is nothing to clean.",
        )
    return tip


def _take_off(
    repository: Repository, target: Remote | None, tip: str, going: Sequence[Aged]
) -> str | None:
    """The commit; None if somebody else was faster."""
    names = ", ".join(one.place.plan_id for one in going[:5])
    more = f" and {len(going) - 5} more" if len(going) > 5 else ""
    gone = [Delete(one.place.folder) for one in going]
    commit = NewCommit((tip,), gone, f"Clean up {names}{more}", repository.signature())
    with CommitWriter(repository) as writer:
        made = writer.write(commit, f"refs/peerplan/tmp/{new_id()}")
        if target and push(repository, target, PLAN_BRANCH, made, tip) is not Push.DONE:
            return None
        free = repository.checked_out(branch_ref(PLAN_BRANCH)) is None
        refs = [branch_ref(PLAN_BRANCH)] if free else []
        refs += [target.tracking_ref(PLAN_BRANCH)] if target else []
        writer.move(dict.fromkeys(refs, made))
        moved = writer.end()
    return made if moved or target else None
