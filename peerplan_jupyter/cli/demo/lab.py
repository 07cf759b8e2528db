"""JupyterLab as the demo runs it: as `python -m jupyterlab`, but never longer than the demo."""

from __future__ import annotations

import os

from .parent import end_with_parent


def main() -> None:
    """Run JupyterLab with the arguments of this process."""
    path = os.environ.get("PATH", os.defpath)
    # JupyterLab asks Node for Yarn's registry as it is imported, to build what a demo never builds.
    os.environ["PATH"] = os.devnull
    from jupyterlab.labapp import main as run  # type: ignore[import-untyped]

    os.environ["PATH"] = path
    run()


if __name__ == "__main__":
    end_with_parent()
    main()
