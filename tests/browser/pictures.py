"""Pictures of what a play shows, for people to look at: where `PEERPLAN_PICTURES` is set, and where
a play fails.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Page


def take_picture(page: Page, folder: Path, name: str) -> None:
    if os.environ.get("PEERPLAN_PICTURES"):
        page.screenshot(path=folder / f"{name}.png")


@contextlib.contextmanager
def last_pictures(browser: Browser, folder: Path, name: str) -> Iterator[None]:
    """Every page of the browser as it was when what is done within failed."""
    try:
        yield
    except BaseException:
        pages = [page for context in browser.contexts for page in context.pages]
        for number, page in enumerate(pages):
            with contextlib.suppress(Error):
                page.screenshot(path=folder / f"{name}-failed-{number}.png")
        raise
