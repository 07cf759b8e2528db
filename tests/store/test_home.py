from __future__ import annotations

import pytest

from peerplan_jupyter.errors import StorageError
from peerplan_jupyter.store.home import Home


def test_everything_lies_under_the_folder_that_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv("PEERPLAN_HOME", str(tmp_path / "here"))
    home = Home.default()
    for path in (home.journal, home.blobs, home.config, home.cache, home.locks):
        assert path.is_relative_to(tmp_path / "here")
    assert home.journal.name == "journal.sqlite"


def test_folders_are_made_when_asked_for_and_closed_to_others(tmp_path):
    home = Home.under(tmp_path / "here")
    assert not (tmp_path / "here").exists()
    assert home.blobs.stat().st_mode & 0o777 == 0o700
    assert home.config.stat().st_mode & 0o777 == 0o700


def test_without_the_variable_the_system_says_where(tmp_path, monkeypatch):
    monkeypatch.delenv("PEERPLAN_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert Home.default().data == tmp_path / "data" / "peerplan"


def test_a_home_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        Home.under(tmp_path / "file" / "home").journal  # noqa: B018
