"""`python -m peerplan_jupyter.cli.orc`, where the script `orc` is not on the path."""

from . import main

if __name__ == "__main__":
    main()
