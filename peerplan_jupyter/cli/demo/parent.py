"""Processes of a demo do not outlive it, even if it is killed."""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """End this process when its standard input closes: whoever started it is gone."""

    def watch() -> None:
        # Not through `sys.stdin`, whose lock a daemon thread must not hold when Python ends.
        while os.read(sys.stdin.fileno(), 4096):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
