from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from peerplan_jupyter.coordination.resources.chain import Chain, Kind, State
from peerplan_jupyter.coordination.resources.prompts import PromptService
from peerplan_jupyter.coordination.resources.source import Source
from peerplan_jupyter.errors import (
    InvalidInputError,
    NotFoundError,
    StorageError,
    TooLargeError,
    UnsafePathError,
)


@pytest.fixture
def service(tmp_path: Path) -> PromptService:
    """Prompts in `home/prompts`, `work/.orc/local/prompts` and `work/.orc/shared/prompts`."""
    orc = tmp_path / "work" / ".orc"
    return PromptService(tmp_path / "home" / "prompts", orc / "local", orc / "shared")


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def write(place: str, text: str | bytes, name: str = "implement") -> Path:
        folder = {"home": "home", "local": "work/.orc/local", "shared": "work/.orc/shared"}[place]
        path = tmp_path / folder / "prompts" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_prompt_resolution(service, put):
    put("home", "personal")
    put("shared", "team")
    content, source = service.resolve("implement")
    assert content == "personal"
    assert source == Source.PERSONAL_GLOBAL


def test_each_place_is_asked_after_those_before_it(service, put):
    sources = [service.resolve("implement")[1]]
    for place in ("shared", "local", "home"):
        put(place, place)
        content, source = service.resolve("implement")
        assert content == place
        sources.append(source)
    assert sources == ["Builtin", "TeamShared", "PersonalProject", "PersonalGlobal"]


def test_the_builtin_prompts_are_there_with_something_to_say(service):
    for name in ("implement", "test", "review"):
        content, source = service.resolve(name)
        assert source is Source.BUILTIN
        assert len(content) > 1000


def test_a_prompt_that_nobody_has_is_an_error_that_names_those_there_are(service, put):
    put("shared", "team", "polish")
    with pytest.raises(NotFoundError, match="deploy") as missing:
        service.resolve("deploy")
    assert "implement" in missing.value.hint
    assert "polish" in missing.value.hint


@pytest.mark.parametrize(
    "name", ["", "../secret", "a/b", "Implement", "1st", ".hidden", "a\n", "a" * 65, "ä", "con."]
)
def test_a_name_is_never_a_path(service, name):
    with pytest.raises(InvalidInputError):
        service.resolve(name)


def test_what_is_no_text_is_not_passed_over(service, put):
    path = put("local", b"caf\xe9")
    put("shared", "team")
    with pytest.raises(InvalidInputError, match=r"UTF-8 \(byte 3\)") as refused:
        service.resolve("implement")
    assert str(path) in refused.value.message


def test_a_byte_order_mark_is_no_part_of_a_prompt(service, put):
    put("local", b"\xef\xbb\xbfhello")
    assert service.resolve("implement")[0] == "hello"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_not_passed_over(service, put):
    path = put("local", "mine")
    path.chmod(0)
    with pytest.raises(StorageError, match="Permission denied"):
        service.resolve("implement")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_not_passed_over_or_waited_for(service, put, make):
    path = put("local", "mine")
    path.unlink()
    make(path)
    with pytest.raises(StorageError, match="cannot be read") as refused:
        service.resolve("implement")
    assert str(path) in refused.value.message


def test_a_file_in_the_place_of_the_folder_is_not_passed_over(service, put):
    folder = put("local", "mine").parent
    (folder / "implement.md").unlink()
    folder.rmdir()
    folder.write_text("oops")
    with pytest.raises(StorageError, match="Not a directory"):
        service.resolve("implement")


def test_a_link_out_of_the_shared_folder_is_refused(service, put, tmp_path):
    (tmp_path / "secret").write_text("password")
    path = put("shared", "team")
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafePathError, match="leads out"):
        service.resolve("implement")


@pytest.mark.parametrize("linked", ["work/.orc/shared/prompts", "work/.orc/shared", "work/.orc"])
def test_a_linked_folder_does_not_lead_out_either(service, put, tmp_path, linked):
    put("shared", "team")
    folder = tmp_path / linked
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafePathError):
        service.resolve("implement")


def test_a_link_within_the_shared_folder_is_followed(service, put):
    other = put("shared", "team", "common")
    (other.parent / "implement.md").symlink_to("common.md")
    assert service.resolve("implement") == ("team", Source.TEAM_SHARED)


def test_a_link_to_nothing_is_not_passed_over(service, put):
    path = put("local", "mine")
    path.unlink()
    path.symlink_to("gone.md")
    with pytest.raises(StorageError, match="link to nothing"):
        service.resolve("implement")


def test_links_in_the_persons_own_folder_may_lead_anywhere(service, put, tmp_path):
    (tmp_path / "dotfiles.md").write_text("kept elsewhere")
    path = put("home", "")
    path.unlink()
    path.symlink_to(tmp_path / "dotfiles.md")
    assert service.resolve("implement") == ("kept elsewhere", Source.PERSONAL_GLOBAL)


def test_a_prompt_of_any_size_is_not_read(service, put):
    put("local", "x" * 256_001)
    with pytest.raises(TooLargeError, match="256,000"):
        service.resolve("implement")


def test_every_candidate_is_explained_with_its_state(service, put):
    put("shared", "team")
    put("local", "mine")
    states = [(one.source, one.state) for one in service.chain.candidates("implement")]
    assert states == [
        (Source.PERSONAL_GLOBAL, State.ABSENT),
        (Source.PERSONAL_PROJECT, State.USED),
        (Source.TEAM_SHARED, State.HIDDEN),
        (Source.BUILTIN, State.HIDDEN),
    ]


def test_an_unusable_candidate_is_explained_and_nothing_below_it_is_used(service, put):
    put("local", b"\xff")
    put("shared", "team")
    states = {one.source: one for one in service.chain.candidates("implement")}
    assert states[Source.PERSONAL_PROJECT].state is State.UNUSABLE
    assert "UTF-8" in states[Source.PERSONAL_PROJECT].why
    assert State.USED not in {one.state for one in states.values()}


def test_the_places_of_a_project_are_those_of_the_document(make_project, opened):
    workspace = opened(make_project())
    chain = Chain.of(Kind.PROMPT, workspace.project, workspace.home)
    root = workspace.project.root
    assert [one.folder for one in chain.places[:3]] == [
        workspace.home.folder / "prompts",
        root / ".orc/local/prompts",
        root / ".orc/shared/prompts",
    ]
    assert PromptService.of(workspace.project, workspace.home).chain == chain
