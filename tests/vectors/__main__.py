"""Writes the shared vectors of what peers agree on: `python -m tests.vectors`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import (
    by_hand,
    encryption,
    gates,
    handshakes,
    invitations,
    plans,
    presence,
    sealing,
    urls,
)

FOLDER = Path(__file__).parent
MAKERS = {
    "sealing": sealing.make,
    "invitations": invitations.make,
    "handshake": handshakes.make,
    "urls": urls.make,
    "gate": gates.make,
    "encryption": encryption.make,
    "presence": presence.make,
    "by_hand": by_hand.make,
}


def text(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    for name, make in MAKERS.items():
        (FOLDER / f"{name}.json").write_text(text(make()), "utf-8")
    plans.write()
