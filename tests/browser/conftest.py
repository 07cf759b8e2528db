from __future__ import annotations

from pathlib import Path

import pytest

from peerplan_jupyter.cli.demo.chromium import find_chromium, install_chromium, require_playwright
from peerplan_jupyter.errors import NotFoundError


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A Chromium: Playwright's own, the system's, or one that is installed now."""
    require_playwright()
    try:
        return find_chromium()
    except NotFoundError:
        return install_chromium()
