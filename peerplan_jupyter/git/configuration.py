"""What git's configuration says of a repository, read at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from .process import GitRunner, finish, kill

Urls = tuple[str, str]
"""Where a remote is fetched from, and where it is pushed to."""

_setting = re.compile(r"remote\.(.+)\.(url|pushurl)\Z", re.DOTALL)
_shown = re.compile(r"^(\S+)\t(.*) \((fetch|push)\)", re.MULTILINE)


class Configuration:
    """All settings that hold in a repository. It is being read when this returns."""

    def __init__(self, runner: GitRunner) -> None:
        self._runner = runner
        self._process = runner.start("config", "--list", "--null")

    def close(self) -> None:
        """Give back what an answer that nobody wanted holds."""
        kill(self._process)

    def value(self, key: str) -> str:
        """The value of a setting, the last where there are several, or an empty string."""
        return next((value for name, value in reversed(self._settings) if name == key), "")

    def remotes(self) -> dict[str, Urls]:
        """The URLs of each remote by name, `origin` first."""
        found = self._asked() if self._is_subtle() else self._plain()
        return dict(sorted(found.items(), key=lambda item: (item[0] != "origin", item[0])))

    @cached_property
    def _settings(self) -> list[tuple[str, str]]:
        done = finish(self._process, "config")
        return list(_parsed(done.stdout.decode("utf-8", "surrogateescape")))

    def _is_subtle(self) -> bool:
        """Whether URLs are rewritten (`url.*.insteadOf`) or reset (by an empty one): git itself
        is asked then for what comes of it.
        """
        return any(key.startswith("url.") for key, _ in self._settings) or any(
            not value for _, _, value in self._urls()
        )

    def _urls(self) -> Iterator[tuple[str, str, str]]:
        for key, value in self._settings:
            if match := _setting.match(key):
                yield match[1], match[2], value

    def _plain(self) -> dict[str, Urls]:
        fetched: dict[str, str] = {}
        pushed: dict[str, str] = {}
        chosen: dict[str, str] = {}
        for name, kind, value in self._urls():
            if kind == "url":
                fetched.setdefault(name, value)
                pushed[name] = value
            else:
                chosen[name] = value
        return {name: (fetched.get(name, url), url) for name, url in {**pushed, **chosen}.items()}

    def _asked(self) -> dict[str, Urls]:
        found: dict[str, Urls] = {}
        for name, url, use in _shown.findall(self._runner.run("remote", "-v").text):
            fetched, pushed = found.get(name, (url, url))
            found[name] = (url, pushed) if use == "fetch" else (fetched, url)
        return found


def _parsed(said: str) -> Iterator[tuple[str, str]]:
    """Keys and values of `git config --list --null`; a key without a value stands for true."""
    for entry in said.split("\0")[:-1]:
        key, line, value = entry.partition("\n")
        yield key, value if line else "true"
