from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from peerplan_jupyter.sync.invitation import Invitation

SERVER = "wss://rooms.example.org/"


def invite(peerplan, plan, *options):
    return peerplan("invite", plan, "--server", SERVER, *options, "--json")


def test_an_invitation_is_the_plans_url_with_a_fragment(peerplan, plan, repository, git):
    git(repository, "remote", "set-url", "origin", "https://github.com/acme/shop.git")
    made = invite(peerplan, plan, "--role", "viewer", "--expires", "2h", "--note", "for Ben").json
    address, _, fragment = made["url"].partition("#")
    assert address == "https://acme.github.io/shop/plan?repo=acme/shop&pr=7&plan=sessions"
    found = Invitation.parse(made["url"])
    assert (found.grant.role, found.servers) == ("viewer", (SERVER,))
    # Each is rounded to a second by itself.
    assert abs(found.grant.expires - made["at"] - 7200) <= 1
    assert parse_qs(fragment)["role"] == ["viewer"]


def test_a_plan_of_a_local_remote_is_invited_to_without_naming_folders(peerplan, plan):
    url = invite(peerplan, plan).json["url"]
    assert urlsplit(url)[:4] == ("peerplan", "plan", "", "plan=sessions")
    assert Invitation.parse(url).grant.role == "reviewer"


def test_a_link_is_printed_on_one_line(peerplan, plan):
    said = peerplan("invite", plan, "--server", SERVER, "--server", f"{SERVER}second").out
    assert Invitation.parse(said.splitlines()[0]).servers == (SERVER, f"{SERVER}second")


def test_one_room_serves_all_invitations_to_a_plan(peerplan, plan):
    first, second = (Invitation.parse(invite(peerplan, plan).json["url"]) for _ in range(2))
    assert first.secret == second.secret
    assert first.id != second.id


def test_invitations_are_listed_and_taken_back_by_a_part_of_their_id(peerplan, plan):
    kept, gone = (invite(peerplan, plan).json["id"] for _ in range(2))
    assert peerplan("revoke", plan, gone[-12:]).code == 0
    listed = peerplan("invite", plan, "--list", "--json").json["invitations"]
    assert [(one["id"], one["state"]) for one in listed] == [(gone, "revoked"), (kept, "open")]
    table = peerplan("invite", plan, "--list").out
    assert gone[-12:] in table
    assert "revoked" in table


def test_a_qr_code_is_drawn_where_it_is_asked_for(peerplan, plan):
    assert "█" in peerplan("invite", plan, "--server", SERVER, "--qr").out


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (["--server", "https://rooms.example.org"], "invalid_input", "wss://"),
        (["--server", SERVER, "--expires", "soon"], "invalid_input", "soon"),
        ([], "invalid_input", "room server"),
    ],
)
def test_what_nobody_could_use_is_refused(peerplan, plan, options, code, word):
    said = peerplan("invite", plan, *options, "--json")
    assert said.code == 2
    assert said.error["code"] == code
    assert word in said.error["message"] + said.error["hint"]


def test_an_unknown_invitation_cannot_be_taken_back(peerplan, plan):
    assert peerplan("revoke", plan, "nonsense").code == 3


def test_cleaning_says_what_goes_and_why_the_rest_stays(peerplan, plan):
    assert peerplan("publish", plan).code == 0
    would = peerplan("clean", "--older-than", "0d", "--dry-run", "--json").json
    assert [(one["plan"], one["goes"]) for one in would["plans"]] == [(plan, True)]
    assert would["commit"] is None
    kept = peerplan("clean", "--json").json
    assert [(one["plan"], one["reason"]) for one in kept["plans"]] == [(plan, "recent")]
    done = peerplan("clean", "--older-than", "0d")
    assert "1 plan" in done.out
    assert peerplan("clean", "--json").json["plans"] == []


def test_the_workflow_is_written_once(peerplan, repository):
    made = peerplan("clean", "--older-than", "30d", "--write-workflow", "--json").json
    assert "--older-than 30d --keep-open-prs" in Path(made["workflow"]).read_text("utf-8")
    assert peerplan("clean", "--write-workflow").code == 2
