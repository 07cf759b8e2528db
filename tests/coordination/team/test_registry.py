from __future__ import annotations

import re

import pytest

from peerplan_jupyter.coordination.person import email_hash
from peerplan_jupyter.coordination.team.files import read_team, team_of
from peerplan_jupyter.coordination.team.people import Member
from peerplan_jupyter.coordination.team.registry import Team
from peerplan_jupyter.errors import InvalidInputError

SEED = b"""version: 1
members:
  - initials: AM
    name: Alice Martinez
    email: alice@company.com   # Optional

  - initials: BJ
    name: Bob Johnson
    email: bob@company.com

# Prefix reservation (prevents conflicts)
reserved_prefixes:
  - AM
  - BJ
  - CC    # Reserved for Charlie
"""


def test_the_registry_of_the_document_is_read():
    team = team_of({"team.yaml": SEED})
    assert [(one.initials, one.name, one.email) for one in team.members] == [
        ("AM", "Alice Martinez", "alice@company.com"),
        ("BJ", "Bob Johnson", "bob@company.com"),
    ]
    assert team.taken == {"AM", "BJ", "CC"}
    assert team.problems == ()


def test_the_empty_registry_of_the_document_is_read():
    team = team_of({"team.yaml": b"version: 1\nmembers: []\nreserved_prefixes: []\n"})
    assert (team.members, team.taken) == ((), frozenset())
    assert team_of({"team.yaml": b"members:\nreserved_prefixes:\n"}) == Team()


def test_taken_are_the_prefixes_of_members_kept_ones_and_those_of_former_members():
    team = team_of(
        {
            "team.yaml": b"reserved_prefixes: [cc]\nformer_members: [{initials: DD}]",
            "members/AM.yaml": b"initials: AM\nprefixes: [alice]\n",
        }
    )
    assert team.taken == {"AM", "ALICE", "CC", "DD"}


def test_a_file_of_ones_own_holds_before_the_list(make_project, opened):
    root = make_project(
        shared__team="members: [{initials: AM, name: Old}, {initials: BJ, name: Bob}]",
        shared__members__AM="initials: AM\nname: Alice Martinez",
    )
    team = read_team(opened(root).project)
    assert [one.name for one in team.members] == ["Alice Martinez", "Bob"]


def test_initials_that_yaml_would_misread_stay_text():
    text = b"members: [{initials: NO}, {initials: ON}, {initials: 0123}, {initials: 1e10}]"
    team = team_of({"team.yaml": text})
    assert [one.initials for one in team.members] == ["0123", "1E10", "NO", "ON"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"initials: AM\ninitials: BJ", "twice"),
        (b"initials: A/M", "members/AM.yaml"),
        (b"name: Alice", "initials"),
        (b"initials: BJ", "not named so"),
        (b"<<<<<<< ours\ninitials: AM\n=======\ninitials: AM\n>>>>>>> theirs\n", "joined as AM"),
        (b"\xff", "UTF-8|not YAML"),
        (b'initials: AM\nname: "a\\eb"', "control characters"),
    ],
)
def test_an_unreadable_file_is_a_problem_and_its_prefix_is_taken(text, said):
    team = team_of({"team.yaml": SEED, "members/AM.yaml": text})
    assert "AM" in team.taken
    [problem] = team.problems
    assert re.search(said, problem)
    assert "members/AM.yaml" in problem


def test_a_members_file_that_leads_out_of_the_shared_folder_is_a_problem(make_project, opened):
    root = make_project(shared__team="version: 1")
    (root / ".orc/shared/members").mkdir()
    (root / ".orc/shared/members/AM.yaml").symlink_to("/etc/hostname")
    team = read_team(opened(root).project)
    assert "leads out" in team.problems[0]
    assert "AM" in team.taken


def test_two_people_under_one_prefix_are_named():
    team = team_of(
        {
            "team.yaml": SEED,
            "members/AM.yaml": b"initials: AM\nemail: anna@company.com",
            "members/XX.yaml": b"initials: XX\nemail: BOB@company.com\nprefixes: [bj]",
        }
    )
    assert team.problems == (
        "AM is anna@company.com in their own file, and alice@company.com in team.yaml.",
    )
    assert list(team.collisions()) == [
        "BJ and XX have the same prefix: BJ.",
        "BJ and XX have the same e-mail address: bob@company.com.",
    ]


def test_the_owner_of_an_id_is_named_from_the_registry():
    team = team_of(
        {
            "team.yaml": SEED + b"former_members: [{initials: DD, name: Dora, left: 2026-01-02}]",
            "members/AX.yaml": b"initials: AX\nname: Alice Xu\nprefixes: [axu]",
        }
    )
    assert team.owner_name("bj") == "bob"
    assert team.owner_name("AM") == "alice martinez"
    assert team.owner_name("axu") == "alice xu"
    assert team.owner_name("DD") == "dora"
    assert team.owner_name("ZZ") == "ZZ"


def test_a_prefix_given_to_another_is_theirs_now_and_what_was_made_before_stays_the_firsts():
    team = team_of(
        {
            "team.yaml": b"former_members: [{initials: AM, name: Alice}]",
            "members/AM.yaml": b"initials: AM\nname: Anton",
        }
    )
    assert team.owner_name("AM") == "anton"
    assert team.owner_name("AM", "Anton") == "anton"
    assert team.owner_name("AM", "somebody else") == "anton"
    assert team.owner_name("AM", "alice ") == "alice"


def test_an_unknown_prefix_is_said_or_refused_and_no_prefix_is_always_right():
    team = team_of({"team.yaml": SEED})
    assert team.check("am", required=True) == []
    assert team.check("CC", required=True) == []
    assert team.check("", required=True) == []
    assert team.check("XX", required=False) == ["unknown prefix XX: register in team.yaml first"]
    with pytest.raises(InvalidInputError, match=r"prefix XX: register in team\.yaml first"):
        team.check("XX", required=True)


def test_the_prefix_of_an_e_mail_grows_where_two_hashes_collide():
    email = "ada@example.org"
    four, six, eight = (email_hash(email, length) for length in (4, 6, 8))
    assert Team().email_prefix(email) == four
    assert Team((Member(initials="BJ", prefixes=(four,)),)).email_prefix(email) == six
    both = (Member(initials="BJ", prefixes=(four,)), Member(initials="CC", prefixes=(six,)))
    assert Team(both).email_prefix(email) == eight


def test_the_prefix_of_an_e_mail_stays_what_is_on_record():
    email = "ada@example.org"
    six = email_hash(email, 6)
    own = Member(initials="AL", email="Ada@example.org", prefixes=(six,))
    assert Team((own,)).email_prefix(email) == six


def test_a_persons_prefix_avoids_one_that_somebody_has(make_project, opened):
    email = "ada@example.org"
    root = make_project(
        shared__config="task_id: {mode: p2p, prefix_source: email_hash}",
        shared__members__BJ=f"initials: BJ\nprefixes: ['{email_hash(email)}']",
    )
    assert opened(root, ORC_EMAIL=email).person.prefix == email_hash(email, 6)


def test_reservations_may_say_for_whom():
    text = b"reserved_prefixes: [CC, {prefix: dd, name: Dora, email: d@x.org}]"
    plain, named = team_of({"team.yaml": text}).reserved
    assert (plain.prefix, named.prefix) == ("CC", "DD")
    assert not plain.is_for("Charlie", "c@x.org")
    assert named.is_for("dora", "D@x.org")
    assert not named.is_for("Dora", "other@x.org")


def test_a_broken_team_file_is_a_problem_and_the_members_are_still_there(make_project, opened):
    root = make_project(shared__team="members: {", shared__members__AM="initials: AM")
    team = read_team(opened(root).project)
    assert [one.initials for one in team.members] == ["AM"]
    assert "team.yaml" in team.problems[0]


def test_without_a_registry_nobody_is_in_the_team(make_project, opened, tmp_path):
    assert read_team(opened(make_project()).project) == Team()
    assert not (tmp_path / "project" / ".orc").exists()
