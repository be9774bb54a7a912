"""R5: the PostgreSQL server is killed under a selling hub: `python tests/proof/server_kills.py [kills]`. Minutes.

Every commit that was acknowledged is there afterwards. SQLite's share, power that fails, is in `power_loss.py`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
from test_stock_postgres import check_restarts, postmaster_killer

from orderhub.inventory import open_ledger
from orderhub.testing.servers import postgres


def main(kills: int = 200) -> None:
    """Stops at the first law that is broken."""
    began = time.monotonic()
    with postgres() as url:
        check_restarts(lambda: open_ledger(url), postmaster_killer(url), kills)
    print(f"{kills} kills of the server: every acknowledged commit is there, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
