"""`peerplan import`: take in a review that somebody saved as a file on a plan's page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import StorageError
from .context import opened
from .options import JsonOption
from .output import tell, words

NAME = "import"


def run(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="As the page saved it: PLAN.review.json.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Take in a review that somebody saved as a file on a plan's page.

    Its author's signature is checked, and that it only has what a reviewer may write. Publish the
    plan afterwards for others to see it.
    """
    from ..review.bundles import import_bundle, read_bundle

    try:
        bundle = read_bundle(file.read_bytes())
    except OSError as error:
        raise StorageError(f"{file} cannot be read: {error.strerror or error}.") from None
    with opened() as workspace:
        done = workspace.peer.call(lambda plans: import_bundle(plans, bundle))
    facts = {
        "plan": done.plan_id,
        "reviewer": done.reviewer.to_wire(),
        "annotations": done.annotations,
        "reviews": done.reviews,
        "changed": done.changed,
    }
    name = done.reviewer.name
    said = (
        f"{done.annotations} comments and {done.reviews} reviews by {name} came to {done.plan_id}."
    )
    nothing = f"What {name} wrote was here already."
    tell(as_json, facts, words(said if done.changed else nothing))
