"""`peerplan demo`: the review loop, with you or a played reviewer at the other end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import JsonOption

NAME = "demo"


def run(
    play: Annotated[
        bool, typer.Option("--play", help="Play the reviewer too, in a headless Chromium.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Leave everything in DIR: remote.git, work, logs."),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the notebook in your browser.")
    ] = True,
    limit: Annotated[
        float, typer.Option(min=10, help="Seconds that --play may take in all.")
    ] = 240,
    as_json: JsonOption = False,
) -> int:
    """Run the whole loop: an agent plans, you review.

    Everything happens in a scratch repository with its own JupyterLab. Ctrl-C ends it.
    """
    from .play import Demo

    demo = Demo(keep, as_json)
    return demo.play(limit) if play else demo.serve(browser=browser and not as_json)
