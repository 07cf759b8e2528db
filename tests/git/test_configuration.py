from __future__ import annotations

import pytest

from peerplan_jupyter.errors import GitError


def test_each_remote_has_where_it_is_fetched_from_and_pushed_to(make_clone, opened, git):
    work = make_clone()
    git(work, "remote", "add", "b", "/b")
    git(work, "remote", "add", "origin", "/one")
    git(work, "remote", "set-url", "--add", "origin", "/two")
    git(work, "remote", "add", "a.c", "https://example.org/a=b\tc")
    git(work, "remote", "set-url", "--push", "a.c", "git@example.org:x")
    assert list(opened(work).remotes().items()) == [
        ("origin", ("/one", "/two")),
        ("a.c", ("https://example.org/a=b\tc", "git@example.org:x")),
        ("b", ("/b", "/b")),
    ]


def test_rewritten_urls_are_those_that_git_uses(make_clone, opened, git):
    work = make_clone()
    git(work, "remote", "add", "origin", "work:shop")
    git(work, "config", "url.https://example.org/.insteadOf", "work:")
    git(work, "config", "url.git@example.org:.pushInsteadOf", "work:")
    assert opened(work).remotes() == {
        "origin": ("https://example.org/shop", "git@example.org:shop")
    }


def test_a_setting_has_its_last_value(make_clone, opened, git):
    work = make_clone()
    git(work, "config", "user.name", "First")
    git(work, "config", "--add", "user.name", "Zoë\nSecond")
    assert opened(work).config("user.name") == "Zoë\nSecond"
    assert opened(work).config("user.nickname") == ""


def test_a_setting_without_a_value_is_true(make_clone, opened):
    work = make_clone()
    with (work / ".git" / "config").open("a") as file:
        file.write("[peerplan]\n\tquiet\n")
    assert opened(work).config("peerplan.quiet") == "true"


def test_a_configuration_that_git_cannot_read_is_said(make_clone, opened):
    work = make_clone()
    repository = opened(work)
    (work / ".git" / "config").write_text("[remote\n")
    with pytest.raises(GitError, match="bad config"):
        repository.remotes()
