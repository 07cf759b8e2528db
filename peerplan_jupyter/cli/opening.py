"""`peerplan open`: bring a plan here by what was pasted, and say where to look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .context import acting, opened
from .options import JsonOption
from .output import console, tell, words

NAME = "open"


def run(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="A plan URL, a pull request's, a path of a repository, or an id."
        ),
    ],
    browser: Annotated[
        bool, typer.Option("--browser", help="Open JupyterLab in the browser, if it runs.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a plan here by its URL.

    What is newer in it is merged; then it is said where to look at it. With an invitation in the
    URL, this user's Jupyter server lives in the plan's room from now on.
    """
    with opened() as workspace, console(stderr=True).status("Opening"):
        plan_id = workspace.run(workspace.join(url, acting(workspace, "").name, Path.cwd()))
        title = workspace.peer.call(lambda plans: plans.get(plan_id).title)
    lab = _lab()
    if browser and lab:
        typer.launch(lab)
    facts = {"plan": plan_id, "title": title, "lab": lab, "notebook": _cell(plan_id)}
    tell(as_json, facts, words(title, "bold"), *map(words, _places(plan_id, lab)))


def _places(plan_id: str, lab: str) -> list[str]:
    sidebar = [f"in JupyterLab's sidebar: {lab}"] if lab else []
    return [*sidebar, f"in a notebook: {_cell(plan_id)}", f"here: peerplan show {plan_id}"]


def _cell(plan_id: str) -> str:
    return f'import peerplan_jupyter as peerplan; peerplan.open("{plan_id}")'


def _lab() -> str:
    from .servers import running_servers

    return next((one.lab() for one in running_servers() if one.has_peerplan), "")
