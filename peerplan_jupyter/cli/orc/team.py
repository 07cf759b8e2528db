"""`orc team`: who is in the team, and what it shares."""

from __future__ import annotations

from ..lazy import Lazy, lazy_app

NAME = "team"
TEAM_COMMANDS = {
    "init": Lazy(".team_init", "Make what a team shares, in .orc/shared."),
    "join": Lazy(".team_join", "Join the team, with a prefix of your own."),
    "leave": Lazy(".team_leave", "Leave the team, or say that somebody has left."),
    "members": Lazy(".team_members", "Show who is in the team, and which prefixes are taken."),
    "sync": Lazy(".team_sync", "Get what the team shares, and see what changed before it is used."),
}
app = lazy_app(NAME, "See who is in the team, and get what it shares.", __package__, TEAM_COMMANDS)
