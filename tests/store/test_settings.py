from __future__ import annotations

import re
from pathlib import Path

import pytest

from peerplan_jupyter.errors import InvalidInputError, StorageError
from peerplan_jupyter.store.blobs import MAX_ARTIFACT
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import Settings, read_settings, settings_file

WHOLE = """
max_artifact_bytes = 100_000_000
trusted_hosts = ["Git.Example.org", "git.example.org:8443", "[::1]:3000"]

[raw_urls]
"git.example.org" = "gitea"
"git.example.org:8443" = "https://files.example.org/{project}/{branch}/{path}"
"""


@pytest.fixture
def written(tmp_path):
    """Write the settings of a home."""
    home = Home.under(tmp_path / "home")

    def write(content: str | bytes) -> Home:
        data = content if isinstance(content, bytes) else content.encode()
        settings_file(home).write_bytes(data)
        return home

    return write


def test_without_a_file_the_defaults_hold(tmp_path):
    found = read_settings(Home.under(tmp_path / "home"))
    assert found == Settings()
    assert (found.max_artifact_bytes, found.trusted_hosts) == (MAX_ARTIFACT, ())


def test_the_file_says_what_differs_from_the_defaults(written):
    found = read_settings(written(WHOLE))
    assert found.max_artifact_bytes == 100_000_000
    assert found.trusted_hosts == ("git.example.org", "git.example.org:8443", "[::1]:3000")
    assert found.raw_urls["git.example.org"] == "gitea"
    assert read_settings(written("")) == Settings()


def test_the_example_in_the_readme_sets_everything_there_is(written):
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert read_settings(written(example)).model_fields_set == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("max_artifact_bytes = 0", ["max_artifact_bytes is 0", "greater than 0"]),
        ("max_artifact_bytes = true", ["max_artifact_bytes is True", "integer"]),
        ("max_artifact_bytes = '25'", ["max_artifact_bytes is '25'", "integer"]),
        ("trusted_hosts = 'git.example.org'", ["trusted_hosts is", "expected an array"]),
        ("trusted_hosts = ['https://x.org']", ["trusted_hosts.0 is 'https://x.org'", "a host"]),
        ("raw_urls = 1", ["raw_urls is 1", "expected a table"]),
        ("[raw_urls]\n'a b' = 'gitea'", ["raw_urls.a b is 'a b'", "a host such as"]),
        ("[raw_urls]\n'x.org' = 'gitee'", ["raw_urls.x.org is 'gitee'", "one of github, "]),
        ("[raw_urls]\n'x.org' = 'https://x.org/{file}'", ["x.org/{file}", "{path}"]),
        ("[rooms]\nbackend = 'webrtc'", ["rooms.backend is 'webrtc'", "'aiortc' or 'wrtc'"]),
        ("max_artefact_bytes = 1", ["max_artefact_bytes is not a setting"]),
        ("trusted_hosts = [\n'a',\n= 1", ["is not TOML", "at line 3"]),
        (b"trusted_hosts = ['\xe4']", ["is not TOML", "utf-8"]),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_key_and_what_was_expected(
    written, content, told
):
    home = written(content)
    with pytest.raises(InvalidInputError) as refused:
        read_settings(home)
    assert str(settings_file(home)) in refused.value.message
    for words in told:
        assert words in refused.value.message
    assert refused.value.hint


def test_all_that_is_wrong_is_said_at_once_but_not_without_end(written):
    wrong = [f"key{number} = {number}" for number in range(9)]
    with pytest.raises(InvalidInputError, match=r"key0.*key4.*and 4 more") as refused:
        read_settings(written("\n".join(wrong)))
    assert "key5" not in refused.value.message


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    home = Home.under(tmp_path / "home")
    settings_file(home).mkdir()
    with pytest.raises(StorageError, match=r"settings\.toml cannot be read"):
        read_settings(home)
