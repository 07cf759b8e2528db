"""What others would have a run act upon, once their changes are here."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...errors import InvalidInputError
from ..project import Project
from ..resources.chain import Kind
from ..resources.items import COMMAND, Item, Origin, skill_content
from ..yamlfile import parse_yaml
from .syncing import Change

CONFIG = "config.yaml"


def offered(project: Project, found: Sequence[Change], files: Mapping[str, bytes]) -> list[Item]:
    """The prompts, skills, templates and commands in `found`, as `files`, which is all that is
    shared then, has them. What was taken away needs nobody's agreement.
    """
    items: dict[tuple[str, str], Item] = {}
    for change in found:
        for item in _items(project, change, files):
            items[item.kind, item.name] = item
    return list(items.values())


def _items(project: Project, change: Change, files: Mapping[str, bytes]) -> Iterator[Item]:
    if change.name == CONFIG and change.there is not None:
        yield from _commands(project, change.there)
        return
    folder, _, rest = change.name.partition("/")
    if folder == Kind.SKILL:
        name = rest.partition("/")[0]
        above = f"{folder}/{name}/"
        inside = {one.removeprefix(above): files[one] for one in files if one.startswith(above)}
        if inside:
            yield _item(project, Kind.SKILL, name, skill_content(inside), f"{above}SKILL.md")
    elif folder in {Kind.PROMPT, Kind.TEMPLATE} and change.there is not None:
        content = change.there.removeprefix(codecs.BOM_UTF8)
        yield _item(project, Kind(folder), rest.rpartition(".")[0], content, change.name)


def _item(project: Project, kind: Kind, name: str, content: bytes, path: str) -> Item:
    return Item(kind.word, name, content, Origin.REPOSITORY, str(project.shared / path))


def _commands(project: Project, data: bytes) -> Iterator[Item]:
    try:
        facts = parse_yaml(data, CONFIG)
    except InvalidInputError:
        return  # whoever reads the settings hears of it
    run, gates = (_section(facts, name) for name in ("run", "gates"))
    commands = {
        "run.command": run.get("command"),
        "gates.ai_command": gates.get("ai_command"),
        **{f"run.phases.{phase}": one for phase, one in _section(run, "phases").items()},
    }
    for name, command in commands.items():
        if isinstance(command, str):
            where = str(project.shared / CONFIG)
            yield Item(COMMAND, name, command.encode(), Origin.REPOSITORY, where)


def _section(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = facts.get(name)
    return found if isinstance(found, dict) else {}
