"""Commands that take a value as it came where converting it would change nothing.

Typer 0.29 takes every value through a pydantic adapter, also those that nobody gave. Importing
pydantic takes longer than all else that a small command does.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperOption


class QuickOption(TyperOption):
    """An option whose value is converted only if it has to be."""

    def process_value(self, ctx: Any, value: Any) -> Any:
        """The value that the command gets; what is wrong with it is said by typer."""
        if _is_as_wanted(self, value):
            return _taken(self, ctx, value)
        return super().process_value(ctx, value)


class QuickArgument(TyperArgument):
    """An argument whose value is converted only if it has to be."""

    def process_value(self, ctx: Any, value: Any) -> Any:
        """The value that the command gets; what is wrong with it is said by typer."""
        if _is_as_wanted(self, value):
            return _taken(self, ctx, value)
        return super().process_value(ctx, value)


class QuickCommand(TyperCommand):
    """A command of such options and arguments."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, with `--help`."""
        return [quick(one) for one in super().get_params(ctx)]


def quick(parameter: Any) -> Any:
    """The same parameter, quick from now on. Typer makes parameters of its own classes only."""
    if type(parameter) is TyperOption:
        parameter.__class__ = QuickOption
    elif type(parameter) is TyperArgument:
        parameter.__class__ = QuickArgument
    return parameter


def _is_as_wanted(parameter: Any, value: Any) -> bool:
    # Versions of typer that have no such description have no adapters either.
    wanted = getattr(parameter, "type_descriptor", None)
    if wanted is None or wanted.parameter_info.parser is not None:
        return False
    if value is None or value == ():
        return not parameter.required
    if wanted.annotation == list[str]:
        return type(value) in {list, tuple} and all(type(one) is str for one in value)
    if value is parameter.default:
        return isinstance(value, (str, int, float, Enum)) and type(value) is wanted.annotation
    return type(value) is str and wanted.annotation is str


def _taken(parameter: Any, ctx: Any, value: Any) -> Any:
    if parameter.multiple or parameter.nargs == -1:
        value = list(value or ())
    return parameter.callback(ctx, parameter, value) if parameter.callback else value
