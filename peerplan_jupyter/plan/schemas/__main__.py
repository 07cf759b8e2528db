"""Write the JSON Schemas from the models."""

from __future__ import annotations

import sys

from . import write

for path in write():
    sys.stdout.write(f"{path.name} written\n")
