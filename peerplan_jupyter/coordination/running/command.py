"""Which command carries out a phase, and what is put in for its placeholders."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping

from ...errors import InvalidInputError
from ..config.schema import Config
from ..tasks.plan import Phase
from .agents import AGENTS, found_agent

_placeholder = re.compile(r"\{([a-z_]+)\}")


def command_of(config: Config, phase: Phase) -> str:
    """The command that carries out `phase`: the configured one for the phase, the configured one
    for all, the plan's own, the first agent's command line that is installed.

    `InvalidInputError` where there is none of these.
    """
    found = (
        config.run.phases.get(phase.name) or config.run.command or phase.command or found_agent()
    )
    if found is None:
        raise InvalidInputError(
            f"No command carries out the phase {phase.name}: none is configured, and none of "
            f"{', '.join(AGENTS)} is installed.",
            hint="Set run.command in ~/.orc/config.yaml, such as 'my-agent < {prompt_file}'.",
        )
    return found


def filled(command: str, values: Mapping[str, str]) -> str:
    """`command` with each `{name}` of `values` replaced by its value, quoted for the shell; other
    braces stay as they are.
    """

    def fill(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else quoted(value)

    return _placeholder.sub(fill, command)


def quoted(text: str) -> str:
    """`text` as one word for the shell."""
    return subprocess.list2cmdline([text]) if sys.platform == "win32" else shlex.quote(text)
