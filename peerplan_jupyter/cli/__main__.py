"""`python -m peerplan_jupyter.cli`, where the script `peerplan` is not on the path."""

from . import main

if __name__ == "__main__":
    main()
