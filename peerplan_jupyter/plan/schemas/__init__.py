"""The published JSON Schemas: of `plan.json` and of operations, generated from the models.

`python -m peerplan_jupyter.plan.schemas` writes them anew; the files are committed so that
programs in other languages can validate without Python.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ..operations import Operation
from ..schema import SCHEMA_VERSION, PlanFile

FOLDER = Path(__file__).parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Each schema under its file name, with wire names."""
    plan = TypeAdapter(PlanFile).json_schema(by_alias=True)
    operations: dict[str, Any] = TypeAdapter(Operation).json_schema(by_alias=True)
    return {
        "plan.schema.json": _published(plan, f"plan.json, version {SCHEMA_VERSION}"),
        "operations.schema.json": _published(operations, "Operation"),
    }


def write() -> list[Path]:
    """Write the files; returns those that changed."""
    changed = []
    for name, schema in schemas().items():
        path, text = FOLDER / name, json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _published(schema: dict[str, Any], title: str) -> dict[str, Any]:
    return {"$schema": DIALECT, **schema, "title": title}
