"""What the user set for all processes on this machine, in `settings.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from ..errors import InvalidInputError, StorageError
from .blobs import MAX_ARTIFACT
from .home import Home
from .hosts import checked_template

MAX_FAULTS = 5
"""Faults that one error names."""
_expected = {"tuple_type": "expected an array", "dict_type": "expected a table"}
_host = re.compile(r"(?:[\w-]+(?:\.[\w-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\Z")


def _checked_host(text: str) -> str:
    host = text.lower()
    if not _host.match(host):
        raise PydanticCustomError(
            "host", "expected a host such as git.example.org or git.example.org:8443, without https"
        )
    return host


def _checked_raw_url(text: str) -> str:
    try:
        return checked_template(text)
    except InvalidInputError as error:
        raise PydanticCustomError("raw_url", "{fault}", {"fault": error.message}) from None


RoomServer = Annotated[str, Field(max_length=500, pattern=r"^wss?://[^\s/?#@]+(/[^\s#]*)?$")]
Host = Annotated[str, AfterValidator(_checked_host)]
RawUrl = Annotated[str, Field(max_length=500), AfterValidator(_checked_raw_url)]


class RoomSettings(BaseModel):
    """Where the peers of plans meet, in the table `rooms`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    servers: Annotated[tuple[RoomServer, ...], Field(max_length=8)] = ()
    """Room servers that invitations name, in the order to try; none means the user's own Jupyter
    server."""
    ice: Annotated[tuple[dict[str, Any], ...], Field(max_length=8)] = ()
    """RTCIceServers, for peers behind different routers; none means that no host is asked."""
    page: Annotated[str, Field(max_length=500, pattern=r"^(|https?://[^\s#?]+)$")] = ""
    """The address of the static page that plan URLs name; GitHub's by default."""
    turn_only: bool = False
    """Whether links go through TURN servers only, so that other members learn no address."""
    backend: Literal["aiortc", "wrtc"] = "aiortc"
    """The library that makes direct links; wrtc comes with the extra of that name."""


class Settings(BaseModel):
    """The settings, each under its name in the file, with its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_artifact_bytes: Annotated[int, Field(strict=True, gt=0)] = MAX_ARTIFACT
    """The largest artifact that is taken in or fetched, in bytes."""
    trusted_hosts: tuple[Host, ...] = ()
    """Hosts that plan URLs may name besides public ones and those of the repository at hand."""
    raw_urls: dict[Host, RawUrl] = {}
    """By host where raw files lie: a key of `hosts.RAW_TEMPLATES`, or a template."""
    rooms: RoomSettings = RoomSettings()
    """Where peers meet."""


def settings_file(home: Home) -> Path:
    """Where the settings are, if the user wrote any."""
    return home.config / "settings.toml"


def read_settings(home: Home) -> Settings:
    """The settings of the file; the defaults where there is none. It is read once by a process.

    Raises `InvalidInputError`, which names the file and every key that is wrong, and
    `StorageError` for a file that cannot be read.
    """
    path = settings_file(home)
    try:
        text = path.read_text("utf-8")
        return checked_settings(tomllib.loads(text), str(path))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"{path} is not TOML: {error}.", hint="Mend the file, or remove it for the defaults."
        ) from None


def checked_settings(fields: Mapping[str, Any], where: str) -> Settings:
    """The settings that `fields` are; `InvalidInputError` says that they came from `where`."""
    try:
        return Settings.model_validate(fields)
    except ValidationError as error:
        faults = [_fault(one) for one in error.errors(include_url=False)]
        more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        names = ", ".join(Settings.model_fields)
        raise InvalidInputError(
            f"{where} cannot be used: {'; '.join(faults[:MAX_FAULTS])}{more}.",
            hint=f"Mend it, or remove it for the default. Settings are: {names}.",
        ) from None


def _fault(error: ErrorDetails) -> str:
    """One thing that is wrong: the key, what came and what was expected."""
    key = ".".join(str(part) for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return f"{key} is not a setting"
    words = _expected.get(error["type"]) or error["msg"].replace("Input should be", "expected")
    return f"{key} is {repr(error['input'])[:120]}: {words}"
