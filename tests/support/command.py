"""`peerplan` in a forked process, which has the streams that it was given; see `nursery.py`."""

from __future__ import annotations

import os
import sys

from peerplan_jupyter import cli


def main() -> None:
    # Those of the process that forked know whether its own files could seek.
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    cli.main()
