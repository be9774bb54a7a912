"""The example fleet on PostgreSQL: two workers, one killed, every order stored in the end.

Run: `python tests/proof/fleet_example.py`; from the root of the project, with the extra `test`; about a minute.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from orderhub.testing.servers import postgres

EXAMPLE = Path(__file__).parents[2] / "examples" / "worker_fleet" / "try_it.py"

if __name__ == "__main__":
    with postgres() as url:
        stored = runpy.run_path(str(EXAMPLE))["main"](url)
    print("proven" if stored == 45 else f"FAILED: {stored} of 45 orders are stored")
    sys.exit(stored != 45)
