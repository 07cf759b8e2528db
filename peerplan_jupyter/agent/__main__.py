"""`python -m peerplan_jupyter.agent` serves MCP on stdin and stdout."""

from __future__ import annotations

import sys

from ..errors import PeerPlanError
from .stdio import run_stdio


def main() -> None:
    """Serve; an error that a person can mend ends it with that error's exit code."""
    try:
        run_stdio()
    except PeerPlanError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
