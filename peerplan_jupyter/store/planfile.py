"""Reading `plan.json`, whoever wrote it."""

from __future__ import annotations

from typing import Any

import pydantic_core
from pydantic import ValidationError

from ..errors import DocumentError, TooLargeError, UnsupportedSchemaError
from ..plan.schema import SCHEMA_VERSION, PlanFile

MAX_PLAN_JSON = 16_000_000
"""Bytes."""


def load_plan_file(data: bytes, what: str = "plan.json") -> PlanFile:
    """`data` as a plan; `what` names it in errors.

    Raises `TooLargeError` above `MAX_PLAN_JSON` bytes, `UnsupportedSchemaError` for a plan of a
    newer peerplan, `DocumentError` for anything else that is no plan. Hostile data only costs
    time in proportion to its size.
    """
    if len(data) > MAX_PLAN_JSON:
        raise TooLargeError(
            f"{what} has {len(data):,} bytes; at most {MAX_PLAN_JSON:,} are read.",
            size=len(data),
            limit=MAX_PLAN_JSON,
        )
    value = _json(data, what)
    if not isinstance(value, dict) or not isinstance(value.get("plan"), dict):
        raise DocumentError(f'{what} is JSON but no plan: it has no object "plan".')
    _check_version(value, what)
    try:
        return PlanFile.model_validate(value)
    except ValidationError as error:
        raise DocumentError(f"{what} is not valid: {_first(error)}") from None


def _json(data: bytes, what: str) -> Any:
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.lstrip()[:1] == b"<":
        raise DocumentError(
            f"{what} is a web page, not JSON.",
            hint="The address may need a sign-in, or is the page about the file, not the raw file.",
        )
    try:
        return pydantic_core.from_json(data, allow_inf_nan=False, cache_strings=False)
    except ValueError as error:
        raise DocumentError(f"{what} is not JSON: {str(error)[:200]}.") from None


def _check_version(value: dict[str, Any], what: str) -> None:
    version = value["plan"].get("schemaVersion", value.get("schemaVersion", SCHEMA_VERSION))
    if isinstance(version, int) and version > SCHEMA_VERSION:
        shown = version if version < 10**9 else "beyond all numbers"
        raise UnsupportedSchemaError(
            f"{what} has the schema version {shown}; this peerplan reads {SCHEMA_VERSION}.",
            hint="Upgrade peerplan-jupyter.",
        )


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part)[:40] for part in first["loc"][:6])
    return f"{where}: {first['msg'][:200]}."
