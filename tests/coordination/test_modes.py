from __future__ import annotations

import pytest

from peerplan_jupyter.errors import InvalidInputError

SERVER = "https://orc.example.org"


@pytest.mark.parametrize(
    ("shared", "environment", "mode", "said"),
    [
        (None, {}, "solo", "no folder .orc/shared"),
        ("", {}, "p2p", ".orc/shared"),
        ("task_id: {mode: p2p}", {}, "p2p", "task_id.mode"),
        ("task_id: {mode: solo}", {}, "solo", "task_id.mode"),
        (f"team: {{server_url: '{SERVER}'}}", {}, "team", "server_url"),
        (f"team: {{server: '{SERVER}'}}", {}, "team", "server_url"),
        (f"team: {{mode: p2p, server: '{SERVER}'}}", {}, "p2p", "team.mode"),
        (f"task_id: {{mode: p2p}}\nteam: {{server_url: '{SERVER}'}}", {}, "team", "server_url"),
        ("team: {mode: p2p}", {"ORC_MODE": "solo"}, "solo", "environment"),
        (None, {"ORC_MODE": "p2p"}, "p2p", "environment"),
        (None, {"ORC_SERVER_URL": SERVER}, "team", "server_url"),
    ],
)
def test_the_mode_is_what_is_set_and_then_what_is_there(
    make_project, opened, shared, environment, mode, said
):
    root = make_project(**({} if shared is None else {"shared__config": shared}))
    found = opened(root, **environment).resolved
    assert found.mode == mode
    assert said in found.reason


def test_a_file_named_shared_makes_no_team(make_project, opened):
    root = make_project()
    (root / ".orc").mkdir()
    (root / ".orc" / "shared").write_text("")
    assert opened(root).resolved.mode == "solo"


def test_an_unknown_mode_is_an_error_that_says_where_it_is_set(make_project, opened):
    root = make_project(shared__config="task_id: {mode: pairs}")
    with pytest.raises(InvalidInputError, match=r"shared.*task_id\.mode is 'pairs'"):
        opened(root)
    with pytest.raises(InvalidInputError, match=r"environment.*team\.mode is ''?crowd"):
        opened(make_project("other"), ORC_MODE="crowd")


def test_two_servers_that_contradict_each_other_are_an_error(make_project, opened):
    root = make_project(shared__config=f"team: {{server: '{SERVER}', server_url: '{SERVER}/b'}}")
    with pytest.raises(InvalidInputError, match=r"team\.server is") as refused:
        opened(root)
    assert "old name" in refused.value.hint


def test_two_modes_that_contradict_each_other_are_said_once(make_project, opened):
    root = make_project(shared__config="team: {mode: p2p}\ntask_id: {mode: solo}")
    workspace = opened(root)
    assert workspace.resolved.mode == "p2p"
    assert [one for one in workspace.warnings if "task_id.mode" in one] == [
        "team.mode is p2p and task_id.mode solo: the first holds."
    ]
