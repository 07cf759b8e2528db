"""What holds for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

LONG = ("browser", "sync/browser", "sync/webrtc", "sync/roomserver", "sync/mesh")
"""Folders whose files take longest: those are begun first, so that no worker is left with one."""
ROOT = Path(__file__).parent

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folders = [ROOT / name for name in LONG]

    def place(item: pytest.Item) -> int:
        folder = item.path.parent
        return folders.index(folder) if folder in folders else len(folders)

    items.sort(key=place)
