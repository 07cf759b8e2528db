"""`peerplan clean`: take old plans off the plan branch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInputError, NotFoundError
from .context import repository_at
from .exits import DONE
from .options import JsonOption
from .output import console, plain, table, tell, when, words

if TYPE_CHECKING:
    from rich.table import Table

    from ..git.repository import Repository
    from ..store.retention import Aged, Cleaned, Rules

NAME = "clean"
WORKFLOW = Path(".github/workflows/peerplan-clean.yml")


def run(
    older_than: Annotated[
        str, typer.Option(metavar="DAYS", help="Plans that nobody published for so long may go.")
    ] = "90d",
    keep_open_prs: Annotated[
        bool,
        typer.Option("--keep-open-prs", help="Keep plans of pull requests that are open."),
    ] = False,
    approved_too: Annotated[
        bool, typer.Option("--approved-too", help="Let links to approved plans die too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    remote: Annotated[str, typer.Option(help="Whose plan branch.")] = "origin",
    repo: Annotated[
        Path | None, typer.Option(help="The repository; by default the current folder's.")
    ] = None,
    write_workflow: Annotated[
        bool,
        typer.Option("--write-workflow", help=f"Write {WORKFLOW}, which does this every week."),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Take old plans off the plan branch, by the dates of their commits.

    Drafts and plans of closed pull requests go; approved ones stay unless told otherwise. The
    branch's history keeps what went.
    """
    days = _days(older_than)
    repository = repository_at(repo)
    if repository is None:
        raise NotFoundError("This folder is in no git repository.", hint="Name one with --repo.")
    with repository:
        if write_workflow:
            return _write_workflow(repository, days, approved_too, as_json)
        with console(stderr=True).status("Looking at the plan branch"):
            done = _cleaned(repository, days, keep_open_prs, approved_too, dry_run, remote)
    tell(as_json, _facts(done, dry_run), _shown(done), words(_sentence(done, dry_run)))
    return DONE


def _cleaned(
    repository: Repository, days: int, open_prs: bool, approved: bool, dry_run: bool, remote: str
) -> Cleaned:
    from ..store.retention import Rules, clean

    rules = Rules(days, keep_approved=not approved)
    if open_prs:
        rules = _with_open_prs(repository, rules, remote)
    return clean(repository, rules, remote=remote, dry_run=dry_run)


def _with_open_prs(repository: Repository, rules: Rules, remote: str) -> Rules:
    from dataclasses import replace

    from ..git.remote import find_remote
    from ..store.pull_requests import open_pull_requests
    from ..store.retention import clean

    found = clean(repository, rules, remote=remote, dry_run=True)
    target = find_remote(repository, remote)
    if target is None:
        raise InvalidInputError(
            "Without a remote nobody knows which pull requests are open.",
            hint="Leave --keep-open-prs out.",
        )
    numbers = {one.place.pr for one in found.plans if one.goes and one.place.pr is not None}
    warn = console(stderr=True)
    still = open_pull_requests(
        repository, target, numbers, lambda text: warn.print(plain(text), style="yellow")
    )
    return replace(rules, open_prs=still)


def _days(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,5})d?", text)
    if not match:
        raise InvalidInputError(f"{text[:40]!r} is not a number of days.", hint="Write 90d.")
    return int(match[1])


def _write_workflow(repository: Repository, days: int, approved: bool, as_json: bool) -> int:
    from .clean_workflow import workflow

    path = (repository.work_tree or Path.cwd()) / WORKFLOW
    if path.exists():
        raise InvalidInputError(f"{path} is there already.", hint="Edit it, or move it away.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(workflow(days, approved_too=approved), "utf-8")
    tell(as_json, {"workflow": str(path)}, words(f"Wrote {path}. Commit it to the default branch."))
    return DONE


def _facts(done: Cleaned, dry_run: bool) -> dict[str, Any]:
    plans = [
        {
            "plan": one.place.plan_id,
            "folder": one.place.folder,
            "title": one.title,
            "at": one.at,
            "size": one.size,
            "goes": one.goes,
            "reason": one.reason,
        }
        for one in done.plans
    ]
    return {"plans": plans, "commit": done.commit, "pushed": done.pushed, "dryRun": dry_run}


def _shown(done: Cleaned) -> Table:
    made = table("", "plan", "published", "size", "why")
    for one in done.plans:
        sign = "goes" if one.goes else "stays"
        size = f"{one.size / 1000:,.0f} kB"
        made.add_row(*map(words, (sign, _named(one), when(one.at), size, one.reason)))
    return made


def _named(one: Aged) -> str:
    return f"{one.place.folder}  {one.title}".strip()


def _sentence(done: Cleaned, dry_run: bool) -> str:
    going = [one for one in done.plans if one.goes]
    size = sum(one.size for one in going) / 1_000_000
    count = "1 plan" if len(going) == 1 else f"{len(going)} plans"
    if not going:
        return "Nothing is old enough to go."
    if dry_run:
        return f"{count} with {size:.1f} MB would go."
    where = f"{done.commit[:12]}, pushed" if done.pushed and done.commit else "here only"
    return f"{count} with {size:.1f} MB went in one commit ({where}); the history keeps them."
