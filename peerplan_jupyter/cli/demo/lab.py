"""JupyterLab as the demo runs it: as `python -m jupyterlab`, but never longer than the demo."""

from __future__ import annotations

from jupyterlab.labapp import main  # type: ignore[import-untyped]

from .parent import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    main()
