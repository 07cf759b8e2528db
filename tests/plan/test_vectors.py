"""The vectors that every language's document has to agree with; see `tests/vectors/plans.py`."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from peerplan_jupyter.plan.schemas import schemas

from ..support.replicas import Replicas
from ..vectors.plans import FOLDER, NAMES, Player, expected


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_makes_the_plan_that_is_written(name):
    assert Player(name, Replicas()).play().encode() == expected(name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_of_a_vector_is_one_of_the_schema(name):
    plan = json.loads(expected(name).read_bytes())
    Draft202012Validator(schemas()["plan.schema.json"]).validate(plan)


def test_the_vectors_have_every_operation_and_every_refusal():
    commands = [
        command
        for name in NAMES
        for command in json.loads((FOLDER / f"{name}.json").read_bytes())["commands"]
    ]
    done = {one["operation"]["op"] for one in commands if one["do"] == "apply"}
    operations = schemas()["operations.schema.json"]["discriminator"]["mapping"]
    assert set(operations) <= done
    refused = {one["error"] for one in commands if "error" in one}
    assert refused == {"invalid_input", "not_found", "stale", "forbidden", "too_large"}
