"""`peerplan mcp`: the server on stdin and stdout, beside the user's other processes."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import anyio

from ..review.workspace import Workspace
from .server import build

_log = logging.getLogger(__name__)


def run_stdio(
    open_workspace: Callable[[], Workspace] = Workspace,
    root: Path | None = None,
    begun: Callable[[Workspace], None] = lambda _: None,
) -> None:
    """Serve until the client closes stdin or is gone. Nothing but the protocol goes to stdout; logs
    go to stderr.

    The workspace is the user's, shared with every other process of theirs through the journal: what
    is said in a running Jupyter server reaches the agent within 20 ms, and the other
    way round. `root` is the agent's working directory, by default the current one. `begun` is
    called with the workspace before the first message is read. Raises
    `StorageError` when the journal cannot be opened. Runs on the main thread.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    # A thread of the SDK is in a read of stdin that no exception ends: only the signal's own
    # action does. What was acknowledged is in the journal.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with open_workspace() as workspace:
        begun(workspace)
        try:
            anyio.run(build(workspace, root=root or Path.cwd()).run_stdio_async)
        except* BrokenPipeError:
            _log.debug("The client is gone")
