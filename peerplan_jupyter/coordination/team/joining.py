"""Joining a team: a prefix that nobody else has, and a file that says whose it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InvalidInputError, NotFoundError
from ..config.schema import Mode
from ..ignoring import drafts_in
from ..naming import PREFIX_PATTERN
from ..person import Person
from ..resources.reading import read_text
from ..tasks.store import checked
from ..workspace import OrcWorkspace
from ..yamlfile import dump_yaml, parse_yaml, write_atomically
from .files import TEAM_FILE, member_file, read_team
from .merge_driver import register
from .people import Member
from .registry import Team
from .rewriting import rewritten

_address = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+")
"""The plain form, as in ada@example.org: without a name or brackets around it."""


@dataclass(frozen=True)
class Joining:
    """Who wants to join. `mine` says that a kept prefix is kept for them, or that one of a former
    member is to be theirs from now on.
    """

    initials: str
    name: str
    email: str = ""
    mine: bool = False


@dataclass(frozen=True)
class Joined:
    """The member, and the files that the team has to get."""

    member: Member
    paths: tuple[Path, ...]
    message: str


def suggested(name: str) -> str:
    """Initials that go with a name, or nothing."""
    letters = re.findall(r"(?:^|[\s-])([A-Za-z])", name)
    return "".join(letters[:3]).upper() if len(letters) > 1 else ""


def join(workspace: OrcWorkspace, wanted: Joining, others: Team | None = None) -> Joined:
    """Write the person's identity to `~/.orc/config.yaml` and their own file in
    `.orc/shared/members`, and tell git how the team's YAML is merged. `others` is the registry on
    the remote, where that could be asked. Joining again changes name and e-mail address.

    Raises `InvalidInputError` for initials that cannot be or that somebody has and for what is no
    e-mail address, `NotFoundError` where there is no team, `StorageError` where a file cannot be
    written.
    """
    if not workspace.project.shared.is_dir():
        raise NotFoundError(
            "There is no team here: .orc/shared is missing.",
            hint="`orc team init` makes it, or `git pull` brings it.",
        )
    here = read_team(workspace.project)
    member = _member(workspace, wanted, here)
    for team in (here, others or Team()):
        _check(team, member, mine=wanted.mine)
    _write_identity(workspace, member)
    path = workspace.project.shared / member_file(member.initials)
    _put(path, _facts(member), drafts=drafts_in(workspace.project.orc))
    changed = _returned(workspace, here, member)
    register(workspace.project.runner)
    return Joined(member, (path, *changed), f"[orc] {member.initials} joins the team")


def _member(workspace: OrcWorkspace, wanted: Joining, team: Team) -> Member:
    initials = wanted.initials.strip().upper()
    if not re.fullmatch(PREFIX_PATTERN, initials):
        raise InvalidInputError(
            f"{initials[:40]!r} cannot be initials.", hint="2 to 12 letters and digits, as in AM."
        )
    email = _checked_email(wanted.email.strip())
    facts = {"initials": initials, "name": wanted.name.strip(), "email": email}
    identity = {"initials": initials, "display_name": facts["name"], "email": facts["email"]}
    config = workspace.config
    person = Person(
        config.model_copy(update={"identity": config.identity.model_copy(update=identity)}),
        workspace.resolved.mode if workspace.resolved.mode is not Mode.SOLO else Mode.P2P,
        workspace.project,
        workspace.home,
    )
    known = team.person(wanted.email)
    prefixes = [*(known.prefixes if known else ()), person.prefix.upper()]
    fresh = dict.fromkeys(one for one in prefixes if one != initials)
    return checked({**facts, "prefixes": list(fresh)}, Member, "What you say of yourself")


def _checked_email(email: str) -> str:
    if email and not _address.fullmatch(email):
        raise InvalidInputError(
            f"{email[:100]!r} is no e-mail address: one of the form ada@example.org was expected.",
            hint="Say yours with --email. Without it, identity.email or git's user.email is taken.",
        )
    return email


def _check(team: Team, member: Member, *, mine: bool) -> None:
    """Refuse what somebody else has."""
    known = team.person(member.email)
    if known and known.initials != member.initials:
        raise InvalidInputError(
            f"{member.email} is in the team already, as {known.initials}.",
            hint=f"Join as {known.initials}, or leave first: `orc team leave {known.initials}`.",
        )
    for prefix in member.all_prefixes:
        if why := _taken(team, prefix, member, mine=mine):
            if team.member(prefix):
                yours = "If that is you, say --email or --name as it is on record."
            else:
                yours = "--mine says that a kept one is yours."
            raise InvalidInputError(
                f"The prefix {prefix} is taken: {why}.",
                hint=f"Choose other initials: --initials. {yours}",
            )


def _taken(team: Team, prefix: str, member: Member, *, mine: bool) -> str:
    """Why the prefix cannot be this person's, or nothing."""
    if (holder := team.member(prefix)) is not None:
        same = holder.has_email(member.email) if holder.email else holder.name == member.name
        return "" if same else f"it is {holder.name or holder.initials}'s"
    if prefix in team.unreadable:
        return f"{member_file(prefix)} is somebody's, and cannot be read"
    kept = [one for one in team.reserved if one.prefix == prefix]
    if kept and not mine and not any(one.is_for(member.name, member.email) for one in kept):
        return f"it is kept for {kept[0].name or 'somebody'}"
    left = team.owner(prefix)
    if left and not mine and not left.has_email(member.email):
        return f"it was {left.name or left.initials}'s, whose tasks are named by it"
    return ""


def _facts(member: Member) -> dict[str, Any]:
    facts = member.model_dump(mode="json")
    return {name: value for name, value in facts.items() if value}


def _write_identity(workspace: OrcWorkspace, member: Member) -> None:
    """Set who the person is, and leave the rest of the file as it is."""
    place = workspace.home.config_file
    named = {"initials": member.initials, "display_name": member.name, "email": member.email}
    text = read_text(place, None) or ""
    before = parse_yaml(text.encode(), str(place))
    identity = before.get("identity")
    kept = identity if isinstance(identity, dict) else {}
    said = {name: value for name, value in named.items() if value}
    _put(place, {**before, "identity": {**kept, **said}}, text)


def _returned(workspace: OrcWorkspace, team: Team, member: Member) -> list[Path]:
    """Take who comes back off the list of those who left."""
    if not any(one.has_email(member.email) for one in team.former):
        return []
    place = workspace.project.shared / TEAM_FILE
    text = read_text(place, None) or ""
    facts = parse_yaml(text.encode(), str(place))
    former = [one for one in facts["former_members"] if not _is(one, member)]
    drafts = drafts_in(workspace.project.orc)
    _put(place, {**facts, "former_members": former}, text, drafts)
    return [place]


def _is(entry: Mapping[str, Any], member: Member) -> bool:
    return member.has_email(str(entry.get("email") or ""))


def _put(
    place: Path, facts: Mapping[str, Any], text: str | None = None, drafts: Path | None = None
) -> None:
    """Make the file say `facts`, and leave alone what it says already."""
    before = text if text is not None else (read_text(place, None) or "")
    made = rewritten(before, facts) if before else dump_yaml(facts)
    if made != before:
        write_atomically(place, made or dump_yaml(facts), drafts)
