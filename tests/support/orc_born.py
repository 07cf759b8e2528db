"""What processes that use `orc` are forked from: everything that a command may import is there.

The first argument names the module whose `main` is called; the rest are its arguments.
"""

from __future__ import annotations

import atexit
import importlib
import os
import pkgutil
import sys
import threading
from typing import NoReturn

import git  # noqa: F401
import rich.console  # noqa: F401

import peerplan_jupyter.cli.orc
import peerplan_jupyter.coordination

for package in (peerplan_jupyter.cli.orc, peerplan_jupyter.coordination):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def main() -> NoReturn:
    """In a session of its own. It ends as Python does, but takes nothing apart that was imported:
    that would take longer than most commands.
    """
    os.setsid()
    begun = importlib.import_module(sys.argv.pop(1))
    try:
        begun.main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
