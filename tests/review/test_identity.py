from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from peerplan_jupyter.errors import StorageError
from peerplan_jupyter.review.identity import identity


def test_an_identity_is_made_once_and_kept_from_others(tmp_path):
    made = identity(tmp_path, "human")
    assert identity(tmp_path, "human").id == made.id
    assert made.id.startswith("did:key:z6Mk")
    assert stat.S_IMODE((tmp_path / "human.pem").stat().st_mode) == 0o600


def test_people_and_agents_and_labels_have_keys_of_their_own(tmp_path):
    ids = {identity(tmp_path, kind, label).id for kind in ("human", "agent") for label in ("", "x")}
    assert len(ids) == 4


def test_processes_that_make_it_at_once_come_to_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: identity(tmp_path, "human").id, range(8)))
    assert len(set(ids)) == 1


def test_what_somebody_killed_left_of_a_key_is_none(tmp_path):
    (tmp_path / "human.new").write_text("-----BEGIN")
    made = identity(tmp_path, "human")
    assert identity(tmp_path, "human").id == made.id
    assert (tmp_path / "human.pem").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "human.new").exists()


def test_a_broken_key_file_is_named_and_left_alone(tmp_path):
    (tmp_path / "human.pem").write_text("nonsense")
    with pytest.raises(StorageError, match=r"human\.pem"):
        identity(tmp_path, "human")
    assert (tmp_path / "human.pem").read_text() == "nonsense"


def test_a_display_name_is_one_line(tmp_path):
    assert identity(tmp_path, "human").actor("Ma\nia  " + "x" * 200).name.startswith("Ma ia x")
    assert identity(tmp_path, "agent").actor("").name == "agent"
