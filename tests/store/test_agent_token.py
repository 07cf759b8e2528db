from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from peerplan_jupyter.errors import StorageError
from peerplan_jupyter.store.agent_token import agent_token, agent_token_file
from peerplan_jupyter.store.home import Home


def test_a_token_is_made_once_and_kept_from_others(tmp_path):
    home = Home.under(tmp_path)
    made = agent_token(home)
    assert len(made) >= 40
    assert agent_token(home) == made
    assert stat.S_IMODE(agent_token_file(home).stat().st_mode) == 0o600
    assert [one.name for one in home.config.iterdir()] == ["agent-token"]


def test_processes_that_make_it_at_once_come_to_one_token(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: agent_token(Home.under(tmp_path)), range(16)))
    assert len(made) == 1


def test_an_empty_file_is_no_token(tmp_path):
    home = Home.under(tmp_path)
    agent_token_file(home).write_text("\n")
    assert agent_token(home)


def test_a_folder_in_its_place_is_said(tmp_path):
    home = Home.under(tmp_path)
    agent_token_file(home).mkdir()
    with pytest.raises(StorageError, match="agent-token"):
        agent_token(home)
