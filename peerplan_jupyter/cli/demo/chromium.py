"""Finding a Chromium that Playwright can drive, and getting one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from ...errors import NotFoundError, UnreachableError

NAMED = "PEERPLAN_CHROMIUM"
NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable", "chrome",
)  # fmt: skip
"""The first is Chromium without a window: each page takes half the work."""
INSTALL_SECONDS = 600
_ask_playwright = (
    "from playwright.sync_api import sync_playwright as p\n"
    "with p() as play: print(play.chromium.executable_path)"
)


def require_playwright() -> None:
    """Raise `NotFoundError` where Playwright for Python is not installed."""
    if find_spec("playwright") is None:
        raise NotFoundError(
            "Playwright for Python, which drives the reviewer's browser, is not installed.",
            hint="`uv run peerplan …` in a clone has it; elsewhere `pip install playwright`.",
        )


def is_named() -> bool:
    """Whether the user says which Chromium it is to be."""
    return bool(os.environ.get(NAMED))


def find_chromium() -> Path:
    """`PEERPLAN_CHROMIUM`, Playwright's own, or the system's; `NotFoundError` without any."""
    named = os.environ.get(NAMED)
    candidates = [Path(named)] if named else [*_own(), *_on_path()]
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate
    raise NotFoundError(
        f"{NAMED} names {named}, which cannot be run."
        if named
        else f"No Chromium was found: neither Playwright's own nor {', '.join(NAMES)} on the PATH.",
        hint=f"Get one with `{' '.join(_advice())}`.",
    )


def install_chromium() -> Path:
    """Install one and find it: Debian's as root, else Playwright's own.

    Raises `UnreachableError` with what the installer said.
    """
    failed = ""
    for command in _installers():
        said = _installed(command)
        if said is None:
            return find_chromium()
        failed = f"`{' '.join(command)}` said: {said[-400:]}"
    raise UnreachableError(
        f"Chromium could not be installed. {failed}",
        hint="Install Chromium yourself, or set PEERPLAN_CHROMIUM to its path.",
    )


def _installed(command: Sequence[str]) -> str | None:
    """None if the command did it, else what it said."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()


def _own() -> list[Path]:
    if find_spec("playwright") is None or not _keeps_any():
        return []
    done = subprocess.run(
        [sys.executable, "-c", _ask_playwright], capture_output=True, text=True, check=False
    )
    return [Path(done.stdout.strip())] if done.stdout.strip() else []


def _keeps_any() -> bool:
    """Whether Playwright keeps a Chromium of any version; which, it says only by way of Node."""
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named == "0":
        return True  # it would be in Playwright's own package
    cache = platformdirs.user_cache_path("ms-playwright", appauthor=False, opinion=False)
    return any((Path(named) if named else cache).glob("chromium*"))


def _on_path() -> list[Path]:
    found = (shutil.which(name) for name in NAMES)
    return [Path(path) for path in found if path]


def _is_debian_root() -> bool:
    return shutil.which("apt-get") is not None and hasattr(os, "geteuid") and os.geteuid() == 0


def _installers() -> list[Sequence[str]]:
    apt: list[Sequence[str]] = [
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"],
    ]
    joined = ["sh", "-c", " && ".join(" ".join(command) for command in apt)]
    own = [sys.executable, "-m", "playwright", "install", "chromium"]
    return [joined, own] if _is_debian_root() else [own]


def _advice() -> Sequence[str]:
    if _is_debian_root():
        return ["apt-get", "install", "chromium"]
    return ["uv", "run", "playwright", "install", "chromium"]
