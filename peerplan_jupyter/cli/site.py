"""`peerplan site`: the page by which anybody reviews this repository's plans, without a server."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInputError
from .context import repository_at
from .options import JsonOption
from .output import console, tell, words

if TYPE_CHECKING:
    from ..git.repository import Repository
    from ..store.site.access import Access

NAME = "site"
app = typer.Typer(
    name=NAME,
    help="Make the page by which anybody reviews this repository's plans, without a server.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RepoOption = Annotated[
    list[str] | None,
    typer.Option("--repo", metavar="URL", help="A repository whose plans are shown; by default "
                 "this one's. May be given again."),
]  # fmt: skip
ServerOption = Annotated[
    list[str] | None,
    typer.Option("--server", metavar="WSS_URL", help="A room server that pages may talk to; by "
                 "default those of settings.toml."),
]  # fmt: skip
AnyServerOption = Annotated[
    bool, typer.Option("--any-server", help="Let invitations name any room server.")
]
HostOption = Annotated[
    list[str] | None,
    typer.Option("--host", metavar="HOST[=KIND]", help="A host all of whose repositories may be "
                 "read. KIND: github-enterprise, gitlab, gitea, … or a template of raw URLs."),
]  # fmt: skip
FromBranchOption = Annotated[
    bool,
    typer.Option("--from-branch", help="Take the published plans along, for private repositories "
                 "and hosts that pages cannot read."),
]  # fmt: skip


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the site is made.")],
    repo: RepoOption = None,
    server: ServerOption = None,
    any_server: AnyServerOption = False,
    host: HostOption = None,
    from_branch: FromBranchOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make the site into a folder, for any web server."""
    facts = _build(folder, repo, server, any_server, host, from_branch)
    tell(as_json, facts, words(f"{folder} holds the page."), *map(words, _notes(facts)))


@app.command()
def publish(
    branch: Annotated[str, typer.Option(help="The branch that the host shows.")] = "gh-pages",
    folder: Annotated[
        str, typer.Option(metavar="DIR", help="A folder of it, such as docs; its top by default.")
    ] = "",
    repo: RepoOption = None,
    server: ServerOption = None,
    any_server: AnyServerOption = False,
    host: HostOption = None,
    from_branch: FromBranchOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make the site and push it to a branch.

    Your checkout, your index and your branches stay as they are.
    """
    from ..git.repository import Repository
    from ..store.site.publishing import publish_site

    _check_folder(folder)
    with tempfile.TemporaryDirectory() as scratch, console(stderr=True).status("Publishing"):
        built = Path(scratch) / "site"
        facts = _build(built, repo, server, any_server, host, from_branch)
        with Repository.open(Path.cwd()) as repository:
            done = publish_site(repository, built, branch=branch, folder=folder.strip("/"))
    facts |= {"commit": done.commit, "branch": branch, "remote": done.remote}
    where = f"{done.remote}, {branch}" if done.remote else f"{branch}, here only"
    said = f"The page is on {where} at {done.commit[:12]}."
    unchanged = f"{where} has the page already."
    tell(as_json, facts, words(said if done.changed else unchanged), *map(words, _notes(facts)))


def _build(
    target: Path,
    repo: list[str] | None,
    server: list[str] | None,
    any_server: bool,
    host: list[str] | None,
    from_branch: bool,
) -> dict[str, Any]:
    from ..store.site.building import build_site, check_target
    from ..store.site.copies import FOLDER, copy_plans

    check_target(target)
    repository = repository_at(None)
    try:
        made = _access(repository, repo, server, any_server, host, from_branch)
        copies = None
        if from_branch:
            if repository is None:
                raise InvalidInputError(
                    "--from-branch needs a repository.", hint="Run it in a clone."
                )
            copies = copy_plans(repository, target / FOLDER)
        build_site(target, made, copies)
    finally:
        if repository is not None:
            repository.close()
    plans = [vars(one) for one in copies.plans] if copies else []
    return {"repositories": list(made.repositories), "connect": made.connect(), "plans": plans}


def _access(
    repository: Repository | None,
    repo: list[str] | None,
    server: list[str] | None,
    any_server: bool,
    host: list[str] | None,
    from_branch: bool,
) -> Access:
    from ..store.home import Home
    from ..store.settings import read_settings
    from ..store.site.access import access

    settings = read_settings(Home.default())
    return access(
        repo or _own(repository, from_branch),
        named=host or (),
        raw_urls=settings.raw_urls,
        servers=server or settings.rooms.servers,
        any_server=any_server,
    )


def _own(repository: Repository | None, from_branch: bool) -> list[str]:
    """The repository at hand as its remote has it; none is needed where plans are taken along."""
    from ..git.remote import find_remote
    from ..store.hosts import repository_address

    remote = find_remote(repository, "origin") if repository else None
    if remote is not None and repository_address(remote.url).host:
        return [remote.url]
    if from_branch:
        return []
    raise InvalidInputError(
        "There is no repository here that a page could read.",
        hint="Name one with --repo, or take the plans along with --from-branch.",
    )


def _notes(facts: dict[str, Any]) -> list[str]:
    told = [f"It shows {len(facts['plans'])} plans that it has itself."] if facts["plans"] else []
    told += [f"It reads {one}" for one in facts["connect"] if one.endswith("/")]
    if not any(one.startswith("ws") for one in facts["connect"]):
        told.append(
            "It may talk to no room server, so reviewers meet nobody: name one with --server."
        )
    return told


def _check_folder(folder: str) -> None:
    parts = folder.strip("/").split("/")
    if folder and any(part in {"", ".", ".."} or part.startswith(".git") for part in parts):
        raise InvalidInputError(
            f"{folder[:100]!r} is not a folder of a branch.", hint="Such as docs."
        )
