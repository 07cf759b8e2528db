from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.coordination.team.merging import Conflict, conflicts, merge, side
from peerplan_jupyter.coordination.team.rewriting import rewritten
from peerplan_jupyter.coordination.yamlfile import dump_yaml, parse_yaml

TEAM = """# Who is in the team
version: 1   # of the schema
members:
  # the founder
  - initials: AM
    name: Alice   # with a c
    email: alice@example.org
  - initials: BJ

    name: "Bob"

# Prefix reservation (prevents conflicts)
reserved_prefixes:
  - AM
  - CC    # Reserved for Charlie

# the end
"""
CONFIG = """version: 1

# Team defaults
defaults:
  profile: safe              # Suggested profile
  model: 'claude'   # quoted

gates:
  default_type: auto
  phase_overrides:
    review: ai               # AI reviews for all
"""


def merged(base: str, ours: str, theirs: str) -> str:
    facts = merge(*[parse_yaml(text.encode(), "test") for text in (base, ours, theirs)])
    text = rewritten(ours, facts, theirs)
    assert text is not None
    return text


def test_what_only_one_changed_is_taken_with_its_comments():
    ours = CONFIG.replace("safe ", "fast ")
    theirs = CONFIG.replace("review: ai ", "test: human   # people\n    review: ai ")
    both = theirs.replace("safe ", "fast ")
    assert merged(CONFIG, ours, theirs) == both
    assert merged(CONFIG, theirs, ours) == both


def test_two_people_added_at_one_place_stay_two_people():
    added = "  - initials: {0}{0}\n    name: {0}\n\n# Prefix"
    ours = TEAM.replace("\n# Prefix", added.format("O"))
    theirs = TEAM.replace("\n# Prefix", added.format("T"))
    facts = parse_yaml(merged(TEAM, ours, theirs).encode(), "test")
    assert [one["name"] for one in facts["members"]] == ["Alice", "Bob", "T", "O"]


def test_lines_that_nobody_changed_stay_as_they_are():
    ours = TEAM.replace("Alice ", "Alice M ")
    theirs = TEAM.replace("alice@example.org", "0123").replace(
        "  - CC", "  # for Dora\n  - DD\n  - CC"
    )
    assert merged(TEAM, ours, theirs) == theirs.replace("Alice ", "Alice M ")


def test_an_element_that_one_took_away_is_gone():
    ours = TEAM.replace("  - CC    # Reserved for Charlie\n", "")
    theirs = TEAM.replace("  - AM\n  - CC", "  - CC")
    facts = parse_yaml(merged(TEAM, ours, theirs).encode(), "test")
    assert facts["reserved_prefixes"] == []
    assert "# the end" in merged(TEAM, ours, TEAM)


def test_the_first_two_people_of_an_empty_team_are_both_in():
    empty = "version: 1\nmembers: []\n"
    ours = "version: 1\nmembers:\n  - initials: AM\n"
    theirs = "version: 1\nmembers:\n- initials: BJ\n"
    facts = parse_yaml(merged(empty, ours, theirs).encode(), "test")
    assert {one["initials"] for one in facts["members"]} == {"AM", "BJ"}


def test_two_values_for_one_setting_stand_between_markers_and_nothing_else_does():
    text = merged(CONFIG, CONFIG.replace("safe", "fast"), CONFIG.replace("safe", "slow"))
    conflict = (
        "<<<<<<< ours\n  profile: fast              # Suggested profile\n=======\n"
        "  profile: slow              # Suggested profile\n>>>>>>> theirs\n"
    )
    line = "  profile: safe              # Suggested profile\n"
    assert text == CONFIG.replace(line, conflict)


def test_a_person_changed_by_one_and_removed_by_the_other_is_a_conflict():
    ours = TEAM.replace("Alice ", "Alice M ")
    start, end = TEAM.index("  # the founder"), TEAM.index("  - initials: BJ")
    text = merged(TEAM, ours, TEAM[:start] + TEAM[end:])
    assert "=======\n>>>>>>> theirs" in text
    assert "  - initials: AM\n    name: Alice M" in text.partition("<<<<<<< ours\n")[2]


def test_two_people_with_the_same_initials_are_a_conflict():
    text = merged("", "initials: AM\nname: Alice\n", "initials: AM\nname: Anton\n")
    assert text == (
        "initials: AM\n<<<<<<< ours\nname: Alice\n=======\nname: Anton\n>>>>>>> theirs\n"
    )


def test_a_list_whose_order_matters_is_merged_as_a_whole():
    found = merge({"steps": ["a"]}, {"steps": ["a", "b"]}, {"steps": ["a", "c"]})
    assert found == {"steps": Conflict(["a", "b"], ["a", "c"])}


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\r\nb: 2\r\n",
        "a: |\n  # not a comment\n  text\n\n# a comment\nb: 2\n",
        "---\n# head\na: {x: 1, y: [1, 2]}\nb: 2\n",
        "a: &x 1\nb: *x\n",
        "? a\n: 1\nb:\n- 1\n-\n  x: 1\n",
        '"a": >-\n  folded\n  text\nb: "two\n  lines"\n',
        "# nothing\n",
        "",
        "{}\n",
        "{a: 1}",
    ],
)
def test_any_way_to_write_yaml_can_be_added_to(text):
    facts = {**parse_yaml(text.encode(), "test"), "members": [{"initials": "NO"}], "b": "3"}
    made = rewritten(text, facts)
    assert made is not None
    assert parse_yaml(made.encode(), "test") == facts


scalars = st.none() | st.text("aN#:-'\"0 {\n[é", max_size=6)
keys = st.sampled_from(["a", "b", "members", "prefixes", "x y", "0", "null"])
values = st.recursive(
    scalars,
    lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(keys, values, max_size=4)


@given(mappings, mappings, mappings)
def test_the_text_says_what_was_merged_or_there_is_none(base, ours, theirs):
    facts = merge(base, ours, theirs)
    text = rewritten(dump_yaml(ours), facts, dump_yaml(theirs))
    if any(conflicts(facts)):
        assert text is None or ">>>>>>> theirs\n" in text
    else:
        assert parse_yaml(str(text).encode(), "test") == facts


@given(mappings, mappings)
def test_what_one_side_alone_changed_is_the_result(base, theirs):
    assert merge(base, base, theirs) == theirs
    assert merge(base, theirs, base) == theirs
    assert merge(base, theirs, theirs) == theirs


@given(mappings, mappings, mappings)
def test_sides_change_places_and_nothing_is_lost(base, ours, theirs):
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    flipped = side(other, lambda conflict: conflict.theirs)
    if not any(conflicts(one)):
        assert not any(conflicts(other))
    assert {*side(one, lambda conflict: conflict.ours)} == {*flipped}
