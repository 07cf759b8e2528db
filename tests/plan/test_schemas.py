from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from peerplan_jupyter.plan.schemas import FOLDER, schemas


def test_the_committed_schemas_are_those_of_the_models() -> None:
    for name, schema in schemas().items():
        assert json.loads((FOLDER / name).read_text(encoding="utf-8")) == schema, name


def test_the_schemas_are_valid_json_schema() -> None:
    for schema in schemas().values():
        Draft202012Validator.check_schema(schema)


def test_the_plan_schema_accepts_the_smallest_plan_and_refuses_one_without_a_title() -> None:
    validator = Draft202012Validator(schemas()["plan.schema.json"])
    assert validator.is_valid({"plan": {"id": "a-plan", "title": "A plan"}})
    assert not validator.is_valid({"plan": {"id": "a-plan"}})


def test_the_operation_schema_refuses_an_unknown_operation() -> None:
    validator = Draft202012Validator(schemas()["operations.schema.json"])
    actor = {"id": "did:key:z" + "6" * 40, "name": "Mira", "kind": "human"}
    assert validator.is_valid({"op": "edit_title", "title": "New", "actor": actor})
    assert not validator.is_valid({"op": "approve_everything", "actor": actor})
