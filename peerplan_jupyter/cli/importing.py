"""`peerplan import`: take in reviews that people saved as files on a plan's page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import StorageError
from .context import opened
from .options import JsonOption
from .output import tell, words

if TYPE_CHECKING:
    from ..review.bundles import Bundle, Imported

NAME = "import"


def run(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="As pages saved them: PLAN.review.json.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Take in reviews that people saved as files on a plan's page.

    Their authors' signatures are checked, and that they only have what reviewers may write. Who
    answered each other while you were away is imported together. Publish the plan afterwards for
    others to see it.
    """
    from ..review.bundles import import_bundles

    bundles = [_read(file) for file in files]
    with opened() as workspace:
        done = workspace.peer.call(lambda plans: import_bundles(plans, bundles))
    facts = [
        {
            "plan": one.plan_id,
            "reviewer": one.reviewer.to_wire(),
            "annotations": one.annotations,
            "reviews": one.reviews,
            "changed": one.changed,
        }
        for one in done
    ]
    tell(as_json, {"imported": facts}, words("\n".join(map(_said, done))))


def _read(file: Path) -> Bundle:
    from ..review.bundles import read_bundle

    try:
        return read_bundle(file.read_bytes())
    except OSError as error:
        raise StorageError(f"{file} cannot be read: {error.strerror or error}.") from None


def _said(one: Imported) -> str:
    name = one.reviewer.name
    if not one.changed:
        return f"What {name} wrote was here already."
    return f"{one.annotations} comments and {one.reviews} reviews by {name} came to {one.plan_id}."
