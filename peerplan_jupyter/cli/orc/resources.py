"""`orc prompt`, `orc skill` and `orc template`: what there is, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import PeerPlanError
from ..lazy import HelpfulGroup
from ..options import JsonOption
from ..output import console, plain, table, tell, words
from ..quick import QuickCommand
from .context import opened

if TYPE_CHECKING:
    from ...coordination.resources.chain import Candidate, Chain
    from ..fitting import Fitting

_states = {"used": "green", "unusable": "red"}


def resource_app(name: str, kind: str, about: str) -> typer.Typer:
    """The group of commands for one kind of resource, whose folders are called `kind`."""
    app = typer.Typer(
        name=name,
        help=about,
        cls=HelpfulGroup,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )

    @app.command("list", cls=QuickCommand)
    def show_list(as_json: JsonOption = False) -> None:
        """List what there is, each with where it comes from."""
        _list(_chain(kind), name, as_json)

    @app.command("show", cls=QuickCommand)
    def show_one(
        which: Annotated[str, typer.Argument(metavar="NAME", help="Its name, as implement.")],
        explain: Annotated[
            bool, typer.Option("--explain", help="Show every place that was looked at.")
        ] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Show the one that is used under a name."""
        if explain:
            _explain(_chain(kind), which, as_json)
        else:
            _show(_chain(kind), which, as_json)

    return app


def _chain(kind: str) -> Chain:
    from ...coordination.resources.chain import Chain, Kind

    workspace = opened()
    return Chain.of(Kind(kind), workspace.project, workspace.home)


def _list(chain: Chain, word: str, as_json: bool) -> None:
    from ..fitting import Fitting

    made, rows = table(word.capitalize(), "From", "Path"), []
    for name in chain.names():
        try:
            found = chain.find(name)
            row = {"name": name, "source": str(found.source), "path": str(found.path)}
        except PeerPlanError as error:
            row = {"name": name, "source": "unusable", "path": error.message}
        rows.append(row)
        made.add_row(*map(words, row.values()))
    tell(as_json, {chain.kind.value: rows}, Fitting(made))


def _show(chain: Chain, name: str, as_json: bool) -> None:
    found = chain.find(name)
    facts = {
        "name": found.name,
        "source": str(found.source),
        "path": str(found.path),
        "content": found.content,
    }
    if not as_json:
        console(stderr=True).print(words(f"{found.source}  {found.path}", "dim"))
        typer.echo(plain(found.content.replace("\r\n", "\n")), nl=False)
        return
    tell(as_json, facts)


def _explain(chain: Chain, name: str, as_json: bool) -> None:
    found = chain.candidates(name)
    rows = [
        {"source": str(one.source), "path": str(one.path), "state": str(one.state), "why": one.why}
        for one in found
    ]
    tell(as_json, {"name": name, "candidates": rows}, _explained(found))


def _explained(found: list[Candidate]) -> Fitting:
    from ..fitting import Fitting

    made = table("From", "Path", "State", "")
    for one in found:
        state = words(one.state, _states.get(one.state, "dim"))
        made.add_row(words(one.source), words(str(one.path)), state, words(one.why))
    return Fitting(made)
