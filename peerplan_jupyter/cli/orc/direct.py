"""`orc list` with its plain options, begun without typer: importing that takes as long as all else
that a list does. Every other command line is parsed.
"""

from __future__ import annotations

from ..entry import ended

OPTIONS = {"--team": "team", "--no-fetch": "no_fetch", "--json": "as_json"}
"""Those of `orc list`, as `listing.run` has them."""


def run(args: list[str]) -> int:
    """Run one command and return its exit code; see `entry.run_app`."""
    options = list_options(args)
    if options is None:
        from .app import run as run_parsed

        return run_parsed(args)
    from .lines import list_tasks

    return ended(lambda: list_tasks(**options), "orc", as_json="as_json" in options)


def list_options(args: list[str]) -> dict[str, bool] | None:
    """What `list_tasks` is called with for a command line of nothing but `list` and its options;
    None for another one.
    """
    if args[:1] != ["list"] or not OPTIONS.keys() >= set(args[1:]):
        return None
    return {OPTIONS[word]: True for word in args[1:]}
