"""The agents' command lines that are known, for who has configured none."""

from __future__ import annotations

import shutil

AGENTS = {
    "claude": "claude -p --output-format json --permission-mode acceptEdits < {prompt_file}",
    "codex": "codex exec --sandbox workspace-write - < {prompt_file}",
    "gemini": "gemini --approval-mode auto_edit --output-format json < {prompt_file}",
    "aider": "aider --yes-always --no-check-update --message-file {prompt_file}",
}
"""Without questions, and with no more rights than to change files."""


def found_agent() -> str | None:
    """The command of the first of them that is on the path."""
    return next((line for name, line in AGENTS.items() if shutil.which(name)), None)
