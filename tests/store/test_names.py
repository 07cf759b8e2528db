from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.errors import InvalidInputError, UnsafePathError
from peerplan_jupyter.plan.names import distinct, hashed_name
from peerplan_jupyter.store.names import (
    checked_folder,
    checked_name,
    parse_folder,
    plan_folder,
)

HASH = "sha256:3fa9c1d2" + "0" * 56


def test_a_plan_lies_in_its_pull_requests_folder_or_among_the_drafts():
    assert plan_folder("auth-flow", 7) == "pr-7/plan-auth-flow"
    assert plan_folder("auth-flow") == "drafts/plan-auth-flow"
    assert parse_folder("pr-7/plan-auth-flow") == ("pr-7/plan-auth-flow", "auth-flow", 7)
    assert parse_folder("drafts/plan-auth-flow") == ("drafts/plan-auth-flow", "auth-flow", None)


@pytest.mark.parametrize(
    "folder",
    ["", "..", "drafts", "drafts/plan-", "drafts/plan-../x", "pr-0/plan-ab", "pr-01/plan-ab",
     "x/drafts/plan-ab", "drafts/plan-ab/", "drafts/plan-ab\n", "drafts/plan-A"],
)  # fmt: skip
def test_what_is_no_plans_folder_is_refused(folder):
    assert parse_folder(folder) is None
    with pytest.raises(UnsafePathError):
        checked_folder(folder)


def test_a_pull_request_has_a_positive_number():
    with pytest.raises(InvalidInputError):
        plan_folder("auth-flow", 0)


@pytest.mark.parametrize(
    "name",
    ["shot.png", "a b.log", "réponse.txt", "画面.png", "a.tar.gz", ".hidden", "x" * 199, "ñ" * 127,
     "console.log", "auxiliary.txt", "plan.json.bak", "👩‍💻.png"],
)  # fmt: skip
def test_ordinary_names_are_taken(name):
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is empty"),
        (".", "is a folder"),
        ("..", "is a folder"),
        ("../x", "path separator"),
        ("a/b", "path separator"),
        ("a\\b", "path separator"),
        ("/etc/passwd", "absolute"),
        ("\\\\server\\share", "absolute"),
        ("C:\\x", "absolute"),
        ("~/x", "absolute"),
        ("a\0b", "NUL"),
        ("a\nb", "control"),
        ("a\x7f", "control"),
        ("gnp.\u202etxt", "control"),
        ("\ud800", "control"),
        ("con", "device on Windows"),
        ("NUL.txt", "device on Windows"),
        ("Com1.tar.gz", "device on Windows"),
        ("lpt\u00b9", "device on Windows"),
        ("a.", "ends with a dot"),
        ("a ", "a space"),
        (" a", "a space"),
        ("ab:c", "Windows does not allow"),
        ("a?b", "Windows does not allow"),
        ("-rf", "begins with '-'"),
        (".git", "belongs to git"),
        (".GIT", "belongs to git"),
        ("git~1", "belongs to git"),
        ("plan.json", "belongs to the plan"),
        ("Plan.Loro", "belongs to the plan"),
        ("x" * 200, "200 characters"),
        ("x" * 5000, "5000 characters"),
        ("ñ" * 128, "256 bytes"),
    ],
)
def test_a_name_that_is_not_safe_everywhere_is_refused_with_the_reason(name, reason):
    with pytest.raises(UnsafePathError, match=re.escape(reason)):
        checked_name(name)


@given(st.text(max_size=260))
def test_every_name_that_is_taken_is_one_plain_file(name):
    try:
        checked_name(name)
    except UnsafePathError:
        return
    assert not set(name) & set('/\\\0\n:*?"<>|')
    assert name not in {".", ".."}
    assert 0 < len(name.encode()) <= 255


def test_a_second_content_gets_its_hash_into_the_name():
    other = "sha256:" + "1" * 64
    wished = [("1", "shot.png", other), ("2", "shot.png", other), ("3", "shot.png", HASH)]
    wished += [("4", "SHOT.PNG", HASH), ("5", "other.png", HASH)]
    assert list(distinct(wished).values()) == [
        "shot.png",
        "shot.png",
        "shot.3fa9c1d2.png",
        "SHOT.3fa9c1d2.PNG",
        "other.png",
    ]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=199))
def test_a_name_stays_safe_with_a_hash_in_it(name):
    try:
        checked_name(name)
    except UnsafePathError:
        return
    assert ".3fa9c1d2" in checked_name(hashed_name(name, HASH))
