from __future__ import annotations

from peerplan_jupyter.jupyter.people import person_name

from .conftest import git


def test_a_clones_own_user_name_goes_before_the_users(tmp_path):
    git(tmp_path, "init", "-q", "clone")
    assert person_name(tmp_path) == person_name(tmp_path / "clone") == "Maia"
    git(tmp_path / "clone", "config", "user.name", "Robin")
    assert person_name(tmp_path / "clone") == "Robin"
