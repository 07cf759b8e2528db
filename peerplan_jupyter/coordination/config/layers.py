"""Which setting holds: layers from the builtin defaults up to the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ...errors import InvalidInputError, StorageError
from ..faults import fault_in_words
from ..home import OrcHome
from ..project import Project
from ..yamlfile import read_yaml
from .schema import Config, GateType

BUILTIN = "builtin"
COMMAND_LINE = "the command line"
MAX_FAULTS = 5

_personal = {"version", "identity", "defaults", "cost", "run", "git", "worktrees"}
"""What one person may set for themselves; policy is the team's."""

_environment = {
    "ORC_MODE": "team.mode",
    "ORC_SERVER_URL": "team.server_url",
    "ORC_INITIALS": "identity.initials",
    "ORC_DISPLAY_NAME": "identity.display_name",
    "ORC_EMAIL": "identity.email",
    "ORC_COMMAND": "run.command",
    "ORC_MODEL": "defaults.model",
    "ORC_PROFILE": "defaults.profile",
    "ORC_REMOTE": "git.remote",
}


@dataclass(frozen=True)
class Layer:
    """One place where settings stand, as `{dotted name: value}`."""

    name: str
    settings: Mapping[str, Any]
    personal: bool = False


@dataclass(frozen=True)
class LoadedConfig:
    """The settings that hold, the layer that each comes from by its dotted name (`builtin` for
    those that nobody set), and what was not taken, in sentences.
    """

    config: Config
    sources: Mapping[str, str]
    warnings: tuple[str, ...] = field(default=())

    def source(self, name: str) -> str:
        """The layer that the setting with this dotted name comes from."""
        return self.sources.get(name, BUILTIN)


def load_config(
    project: Project,
    home: OrcHome,
    environment: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
) -> LoadedConfig:
    """The settings of all layers; `flags` are dotted names from a command line.

    Raises `InvalidInputError`, which names the layer and each setting that is wrong.
    """
    return merged(
        [
            *(_file(*place) for place in _places(project, home)),
            *_from_environment(environment),
            Layer(COMMAND_LINE, flags or {}),
        ]
    )


def load_what_is_sound(
    project: Project, home: OrcHome, environment: Mapping[str, str]
) -> tuple[Config, tuple[str, ...]]:
    """The settings of the layers that can be used, for who only looks, and in sentences what is
    wrong with the others.
    """
    sound: list[Layer] = []
    faults: list[str] = []
    layers = [
        *(partial(_file, *place) for place in _places(project, home)),
        *(partial(Layer, one.name, one.settings) for one in _from_environment(environment)),
    ]
    for read in layers:
        try:
            layer = read()
            _check(layer)
        except (InvalidInputError, StorageError) as error:
            faults.append(error.message)
        else:
            sound.append(layer)
    return merged(sound).config, tuple(faults)


def merged(layers: list[Layer]) -> LoadedConfig:
    """What comes of `layers`, the lowest first."""
    settings: dict[str, Any] = {}
    sources: dict[str, str] = {}
    warnings: list[str] = []
    for layer in layers:
        _check(layer)
        for name, value in layer.settings.items():
            if why := _not_taken(layer, name, value, settings):
                warnings.append(f"{layer.name}: {name} is not taken: {why}")
            else:
                settings[name] = value
                sources[name] = layer.name
    return LoadedConfig(_built(settings, "the settings together"), sources, tuple(warnings))


def _places(project: Project, home: OrcHome) -> Iterator[tuple[str, Path, bool]]:
    yield "shared", project.shared / "config.yaml", False
    yield "project", project.orc / "config.yaml", False
    yield "user", home.config_file, True
    yield "local", project.local / "config.yaml", True


def _file(name: str, path: Path, personal: bool) -> Layer:
    try:
        return Layer(f"{name} ({path})", dict(_flat(read_yaml(path))), personal)
    except FileNotFoundError:
        return Layer(name, {}, personal)


def _from_environment(environment: Mapping[str, str]) -> Iterator[Layer]:
    for variable, name in _environment.items():
        if value := environment.get(variable):
            yield Layer(f"environment ({variable})", {name: value})


def _flat(facts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        elif value is not None:
            yield f"{above}{name}", value


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in settings.items():
        *sections, last = name.split(".")
        place = made
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise InvalidInputError(f"{name} cannot be set: {section} is no section.")
        place[last] = value
    return made


def _check(layer: Layer) -> None:
    """Say in which layer a setting is wrong: together they would not tell."""
    _built(layer.settings, layer.name)


def _built(settings: Mapping[str, Any], where: str) -> Config:
    try:
        return Config.model_validate(_nested(settings))
    except ValidationError as error:
        found = error.errors(include_url=False)
        faults = [_fault(one) for one in found]
        more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        raise InvalidInputError(
            f"{where} cannot be used: {'; '.join(faults[:MAX_FAULTS])}{more}.",
            hint=_known(found[0]) or "Mend it there.",
        ) from None


def _fault(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return f"{name} is not a setting"
    return f"{name} is {repr(error['input'])[:120]}: {fault_in_words(error)}"


def _known(error: ErrorDetails) -> str:
    """The settings beside one that is none."""
    if error["type"] != "extra_forbidden":
        return ""
    section: Any = Config
    for part in error["loc"][:-1]:
        section = section.model_fields[str(part)].annotation
    above = "".join(f"{part}." for part in error["loc"][:-1])
    return f"There are: {', '.join(f'{above}{name}' for name in section.model_fields)}."


def _not_taken(layer: Layer, name: str, value: Any, below: Mapping[str, Any]) -> str:
    """Why one person cannot set this, or nothing."""
    section = name.partition(".")[0]
    if not layer.personal or section in _personal:
        return ""
    if section != "gates" or name == "gates.ai_command":
        return "only the team's configuration sets it"
    agreed = below.get(name) or below.get("gates.default_type") or GateType.AUTO
    if GateType(value).strictness < GateType(agreed).strictness:
        return f"the team's gate is {agreed}, and yours may only be stricter"
    return ""
