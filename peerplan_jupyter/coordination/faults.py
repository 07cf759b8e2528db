"""What pydantic finds wrong, as people say it."""

from __future__ import annotations

import re

from pydantic_core import ErrorDetails

_said = {
    "missing": "it is missing",
    "bool_parsing": "expected true or false",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_parsing": "expected a number",
    "model_type": "expected names with values below it",
    "dict_type": "expected names with values below it",
    "string_type": "expected text",
}
_expected = re.compile(r"^(?:Input should be|(?:String|Tuple|List|Value) should have)")


def fault_in_words(error: ErrorDetails) -> str:
    """What was expected instead of the value that an error is about."""
    if error["type"] == "string_pattern_mismatch":
        return f"expected text of the form {error['ctx']['pattern']}"
    return _said.get(error["type"]) or _expected.sub("expected", error["msg"])
