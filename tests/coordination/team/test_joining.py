from __future__ import annotations

import pytest

from peerplan_jupyter.coordination.person import email_hash
from peerplan_jupyter.coordination.team.files import read_team, team_of
from peerplan_jupyter.coordination.team.joining import Joining, join, suggested
from peerplan_jupyter.coordination.team.merge_driver import is_registered
from peerplan_jupyter.errors import InvalidInputError, NotFoundError

from ...support.checkouts import untouched

ALICE = Joining("AM", "Alice Martinez", "alice@company.com")
SEED = """version: 1
members:
  - initials: BJ
    name: Bob Johnson
    email: bob@company.com
reserved_prefixes:
  - CC    # Reserved for Charlie
  - {prefix: DD, name: Dora, email: dora@company.com}
former_members:
  - initials: FF
    name: Frida
    email: frida@company.com
"""


@pytest.fixture
def workspace(make_project, opened):
    return opened(make_project(shared__team=SEED))


def test_who_joins_is_in_a_file_of_their_own_and_in_their_settings(workspace, opened):
    with untouched(workspace.project.root, ".orc"):
        done = join(workspace, ALICE)
    own = workspace.project.shared / "members/AM.yaml"
    assert own.read_text() == "initials: AM\nname: Alice Martinez\nemail: alice@company.com\n"
    assert done.paths == (own,)
    again = opened(workspace.project.root)
    assert (again.person.prefix, again.person.display_name) == ("AM", "Alice Martinez")
    assert read_team(again.project).member("AM")
    assert is_registered(workspace.project.runner)


def test_settings_keep_their_comments_and_everything_else(workspace):
    place = workspace.home.config_file
    place.parent.mkdir()
    mine = "# mine\nrun:\n  command: my-agent   # the good one\n"
    place.write_text(f"{mine}identity:\n  initials: AA\n")
    join(workspace, ALICE)
    assert place.read_text() == (
        f"{mine}identity:\n  initials: AM\n"
        "  display_name: Alice Martinez\n  email: alice@company.com\n"
    )


def test_joining_again_changes_name_and_address_and_nothing_else(workspace):
    join(workspace, ALICE)
    join(workspace, Joining("am", "Alice M", "Alice@company.com"))
    team = read_team(workspace.project)
    assert [one.name for one in team.members] == ["Alice M", "Bob Johnson"]


@pytest.mark.parametrize(
    ("initials", "why"),
    [("BJ", "Bob Johnson's"), ("bj", "Bob Johnson's"), ("CC", "kept for somebody"),
     ("DD", "kept for Dora"), ("FF", "it was Frida's")],
)  # fmt: skip
def test_a_prefix_that_is_taken_is_refused_and_nothing_is_written(workspace, initials, why):
    with pytest.raises(InvalidInputError, match=why):
        join(workspace, Joining(initials, "Alice", "alice@company.com"))
    assert not workspace.home.config_file.exists()
    assert not (workspace.project.shared / "members").exists()


def test_a_prefix_that_is_kept_for_the_person_is_theirs(workspace):
    assert join(workspace, Joining("DD", "Dora", "dora@company.com")).member.initials == "DD"


def test_who_says_so_gets_a_kept_prefix_or_a_former_members(workspace):
    join(workspace, Joining("CC", "Charlie", "c@company.com", mine=True))
    join(workspace, Joining("FF", "Felix", "felix@company.com", mine=True))
    assert read_team(workspace.project).owner_name("FF") == "felix"


def test_nobody_gets_a_members_prefix_by_saying_so(workspace):
    with pytest.raises(InvalidInputError, match="Bob Johnson's"):
        join(workspace, Joining("BJ", "Bill", "bill@company.com", mine=True))


def test_who_comes_back_is_no_former_member_any_more(workspace):
    done = join(workspace, Joining("FF", "Frida", "frida@company.com"))
    team = read_team(workspace.project)
    assert (team.member("FF") is not None, team.former) == (True, ())
    assert workspace.project.shared / "team.yaml" in done.paths
    assert "# Reserved for Charlie" in (workspace.project.shared / "team.yaml").read_text()


def test_one_address_is_one_member(workspace):
    with pytest.raises(InvalidInputError, match="in the team already, as BJ"):
        join(workspace, Joining("BO", "Bob", "BOB@company.com"))


def test_a_prefix_that_somebody_took_on_the_remote_meanwhile_is_refused(workspace):
    others = team_of({"members/AM.yaml": b"initials: AM\nname: Anna\nemail: anna@company.com\n"})
    with pytest.raises(InvalidInputError, match="it is Anna's"):
        join(workspace, ALICE, others)


def test_a_prefix_of_an_unreadable_file_is_taken(make_project, opened):
    workspace = opened(make_project(shared__members__AM="initials: [\n"))
    with pytest.raises(InvalidInputError, match="cannot be read"):
        join(workspace, ALICE)


@pytest.mark.parametrize("initials", ["A", "A-M", "AMAMAMAMAMAMA", "ÄM", "", "A M", "../../x"])
def test_initials_that_ids_cannot_hold_are_refused(workspace, initials):
    with pytest.raises(InvalidInputError, match="cannot be initials"):
        join(workspace, Joining(initials, "Alice", "alice@company.com"))


def test_a_name_that_steers_terminals_is_refused(workspace):
    with pytest.raises(InvalidInputError, match="control characters"):
        join(workspace, Joining("AM", "Al\x1b[2Jice", "alice@company.com"))


def test_initials_that_yaml_would_misread_stay_text(workspace):
    join(workspace, Joining("NO", "Nora Olsen", "nora@company.com"))
    join(workspace, Joining("0123", "Zero", "zero@company.com"))
    assert read_team(workspace.project).taken >= {"NO", "0123"}


def test_another_kind_of_prefix_is_on_record_with_the_member(make_project, opened):
    config = "task_id: {mode: p2p, prefix_source: email_hash}"
    workspace = opened(make_project(shared__config=config))
    four = email_hash(ALICE.email)
    assert join(workspace, ALICE).member.prefixes == (four.upper(),)
    assert read_team(workspace.project).owner_name(four) == "alice"
    assert opened(workspace.project.root).person.prefix == four


def test_an_e_mail_whose_hash_collides_gets_a_longer_prefix_on_record(make_project, opened):
    four, six = (email_hash(ALICE.email, length) for length in (4, 6))
    root = make_project(
        shared__config="task_id: {mode: p2p, prefix_source: email_hash}",
        shared__members__BJ=f"initials: BJ\nemail: bob@company.com\nprefixes: ['{four}']\n",
    )
    assert join(opened(root), ALICE).member.prefixes == (six.upper(),)
    assert opened(root).person.prefix == six


def test_two_people_of_one_user_name_do_not_share_a_prefix(make_project, opened, tmp_path):
    config = "task_id: {mode: p2p, prefix_source: username}"
    root = make_project(shared__config=config)
    join(opened(root), ALICE)
    with pytest.raises(InvalidInputError, match="is taken: it is Alice Martinez's"):
        join(opened(root, tmp_path / "other"), Joining("BJ", "Bob", "bob@company.com"))


def test_without_a_team_there_is_nothing_to_join(make_project, opened):
    with pytest.raises(NotFoundError, match="no team") as missing:
        join(opened(make_project()), ALICE)
    assert "orc team init" in missing.value.hint


def test_initials_are_suggested_from_a_name():
    assert suggested("Alice Martinez") == "AM"
    assert suggested("Jean-Luc van Dyke") == "JLV"
    assert suggested("alice") == ""
    assert suggested("Øyvind Åse") == ""
