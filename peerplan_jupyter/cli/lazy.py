"""Command lines that import a command's module only when the command is named."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from .quick import QuickCommand, quick


class Lazy(NamedTuple):
    """A command by what help shows of it."""

    module: str
    """Where it lives, relative to the package of its group, such as `.new`. It has `NAME`, the
    command's name, and either `run`, which is the command, or `app`, a group of further ones.
    """
    summary: str
    """The first line of the docstring of `run`, or of the help of `app`."""


class LazyCommands(Mapping[str, TyperCommand | TyperGroup]):
    """Commands by name, each imported and built when it is asked for."""

    def __init__(self, package: str, table: Mapping[str, Lazy]) -> None:
        self.package = package
        self.table = table
        self._built: dict[str, TyperCommand | TyperGroup] = {}

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        if name not in self._built:
            module = importlib.import_module(self.table[name].module, self.package)
            self._built[name] = _command(module)
        return self._built[name]

    def __contains__(self, name: object) -> bool:
        return name in self.table

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)


class HelpfulGroup(TyperGroup):
    """A group that says which commands there are where none is named, and knows `help`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the arguments of the group. `help COMMAND` is what `COMMAND --help` is."""
        asked = args[:1] == ["help"]
        return super().parse_args(ctx, [*args[1:], "--help"] if asked else args or ["--help"])


class LazyGroup(HelpfulGroup):
    """A group that lists its commands without importing any; `lazy_app` makes its subclasses."""

    lazy: ClassVar[LazyCommands]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands: Any = self.lazy

    def get_params(self, ctx: Any) -> list[Any]:
        """The options of the group, with `--help`."""
        return [quick(one) for one in super().get_params(ctx)]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The names, in the order in which they were given."""
        return list(self.lazy)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the names with their summaries, of which none is cut."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.summary) for name, one in self.lazy.table.items()])


def lazy_app(
    name: str,
    about: str,
    package: str,
    table: Mapping[str, Lazy],
    *,
    epilog: str = "",
    versioned: bool = False,
) -> typer.Typer:
    """A command line, or a group within one, of the commands in `table`.

    `about` is the sentence at the head of its help and `epilog` what stands below; one that is
    `versioned` has `--version`. A module that
    is not there, or has neither `run` nor `app`, is found out only when its command is named.
    """
    return typer.Typer(
        name=name,
        cls=type("Group", (LazyGroup,), {"lazy": LazyCommands(package, table)}),
        callback=_version if versioned else _no_options,
        help=about,
        epilog=epilog or None,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        typer.echo(metadata.version("peerplan-jupyter"))
        raise typer.Exit


def _version(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options of the command itself."""


def _no_options() -> None:
    """What typer needs to know a group by that has no commands of its own yet."""


def _command(module: Any) -> Any:
    if hasattr(module, "app"):
        return typer.main.get_command(module.app)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(module.NAME, cls=QuickCommand)(module.run)
    return typer.main.get_command(alone)
