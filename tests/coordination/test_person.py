from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from peerplan_jupyter.coordination.home import OrcHome
from peerplan_jupyter.coordination.person import email_hash
from peerplan_jupyter.errors import InvalidInputError


def with_source(source: str) -> str:
    return f"task_id: {{mode: p2p, prefix_source: {source}}}"


def test_initials_are_the_prefix_in_capitals_and_the_tag_in_small_letters(make_project, opened):
    person = opened(make_project(shared__config=with_source("initials")), ORC_INITIALS="am").person
    assert (person.prefix, person.tag) == ("AM", "am")


def test_missing_initials_are_an_error_that_says_what_to_do(make_project, opened):
    person = opened(make_project(shared__config=with_source("initials"))).person
    with pytest.raises(InvalidInputError, match=r"identity\.initials") as refused:
        _ = person.prefix
    assert "orc team join" in refused.value.hint


def test_the_username_is_the_prefix_as_a_slug(make_project, opened, monkeypatch):
    monkeypatch.setenv("LOGNAME", "Zoë.Müller")
    person = opened(make_project(shared__config=with_source("username"))).person
    assert (person.prefix, person.tag) == ("zoemuller", "zoemuller")


def test_the_prefix_from_an_e_mail_ignores_case_and_spaces(make_project, opened):
    root = make_project(shared__config=with_source("email_hash"))
    first = opened(root, ORC_EMAIL=" Ada@Example.org ").person
    assert first.prefix == opened(root).person.prefix
    assert len(first.prefix) == 4
    assert first.tag[0].isalpha()


def test_two_machines_of_one_name_have_two_prefixes(make_project, opened, tmp_path):
    root = make_project(shared__config=with_source("machine"))
    prefixes = {opened(root, tmp_path / f"home-{n}").person.machine for n in range(3)}
    assert len(prefixes) == 3
    person = opened(root).person
    assert person.prefix == opened(root).person.prefix
    assert person.prefix.endswith(person.machine[:2])


def test_who_works_alone_has_no_prefix(make_project, opened):
    person = opened(make_project(), ORC_INITIALS="AM").person
    assert (person.prefix, person.tag) == ("", "")


def test_a_machines_id_is_drawn_once_by_all_who_ask_at_once(tmp_path):
    home = OrcHome(tmp_path / "home")
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: home.machine_id(), range(16)))) == 1
    (home.folder / "machine-id").write_text("")
    assert len(home.machine_id()) == 8
    assert [one.name for one in home.folder.iterdir()] == ["machine-id"]


def test_an_address_is_one_address_however_it_is_written(make_project, opened):
    root = make_project(shared__config=with_source("email_hash"))
    people = [opened(root, ORC_EMAIL=one).person for one in ("ada@b.org", " Ada@B.ORG ")]
    assert [one.email for one in people] == ["ada@b.org"] * 2
    assert people[0].prefix == people[1].prefix == email_hash(" ADA@b.org")
