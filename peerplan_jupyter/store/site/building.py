"""Making the static page into a folder that any web server can show."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from ...errors import InvalidInputError, NotFoundError
from .access import Access
from .copies import FOLDER, Copied, Copies

ASSETS = "assets"
OWN = "peerplan"
"""The folder of the site that holds what the page is made of."""
MARK = '<meta name="generator" content="peerplan">'
"""Stands in every page that was made here, so that no other is replaced by one."""
_BUILT = Path(__file__).parents[2] / "static" / "page"


def build_site(target: Path, access: Access, copies: Copies | None = None) -> list[str]:
    """Write the page for `access` into `target`, which is made if need be; the names of what was
    written, plans aside. `copies` say which plans lie in `target/plans` already.

    A folder that holds something else than such a page is left alone: `InvalidInputError`.
    `NotFoundError` where the page was not built into this installation.
    """
    check_target(target)
    page = _template()
    target.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target / OWN, ignore_errors=True)
    shutil.copytree(_BUILT / ASSETS, target / OWN)
    if copies:
        access = replace(access, copies={"commit": copies.commit, "at": copies.at})
    texts = {
        "site.json": json.dumps(access.to_wire(), indent=2) + "\n",
        "plan.html": _filled(page, access, ""),
        "plan/index.html": _filled(page, access, "../"),
        "index.html": _index(access, copies.plans if copies else ()),
        "404.html": _written("Nothing is here", "<p>Plans are opened by their links.</p>"),
        ".nojekyll": "",
    }
    for name, text in texts.items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(text, "utf-8")
    return sorted([*texts, *(f"{OWN}/{one.name}" for one in (target / OWN).iterdir())])


def is_built() -> bool:
    """Whether the page is in this installation."""
    return (_BUILT / "page.html").is_file()


def check_target(target: Path) -> None:
    """Raise `InvalidInputError` unless `target` is new, empty, or a site that was made here."""
    known = {"site.json", "plan.html", FOLDER}
    there = {one.name for one in target.iterdir()} if target.is_dir() else set()
    if target.exists() and not target.is_dir():
        raise InvalidInputError(f"{target} is a file.", hint="Name a folder.")
    if there and not there & known:
        raise InvalidInputError(
            f"{target} holds something else than a site of plans.", hint="Name a folder of its own."
        )


def _template() -> str:
    try:
        return (_BUILT / "page.html").read_text("utf-8")
    except FileNotFoundError:
        raise NotFoundError(
            "The static page is not in this installation: it was not built.",
            hint="In a clone run `npm run build` in js/.",
        ) from None


def _filled(page: str, access: Access, root: str) -> str:
    """The page with its policy and the way to the site's root."""
    policy = html.escape(access.policy(), quote=True)
    return (
        page.replace(f"{{{{root}}}}{ASSETS}/", f"{root}{OWN}/")
        .replace("{{root}}", root)
        .replace("{{policy}}", policy)
        .replace("{{mark}}", MARK)
    )


def _index(access: Access, plans: Sequence[Copied]) -> str:
    listed = "".join(f"<li>{_link(one)}</li>" for one in plans)
    about = f"<ul>{listed}</ul>" if plans else "<p>Plans are opened by their links.</p>"
    names = ", ".join(url.partition("://")[2] for url in access.repositories)
    return _written(f"Plans of {names}" if names else "Plans", about)


def _link(plan: Copied) -> str:
    query = {"pr": plan.pr, "plan": plan.plan_id} if plan.pr else {"plan": plan.plan_id}
    where = html.escape(f"plan?{urlencode(query)}")
    request = f" <small>PR {plan.pr}</small>" if plan.pr else ""
    return f'<a href="{where}">{html.escape(plan.title)}</a>{request}'


def _written(title: str, body: str) -> str:
    """A small page without any script."""
    return f"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    {MARK}
    <title>{html.escape(title)}</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <main><h1>{html.escape(title)}</h1>{body}</main>
  </body>
</html>
"""
