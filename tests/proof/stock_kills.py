"""R4: eight processes on one ledger, each killed in the middle of a batch: `python tests/proof/stock_kills.py [kills]`.

A thousand kills on SQLite and a thousand on PostgreSQL; afterwards whatever they meant to do is done again.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from orderhub.testing.servers import fresh_database, postgres
from orderhub.testing.stock_races import check_kills

WORKERS = 8


def main(kills: int = 1_000) -> None:
    """Stops at the first law that is broken."""
    rounds = max(1, kills // WORKERS)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        server = opened.enter_context(postgres())
        for url in (f"sqlite:///{folder}/stock.db", opened.enter_context(fresh_database(server, "kills"))):
            began = time.monotonic()
            check_kills(url, kills=rounds, workers=WORKERS, units=200 * rounds * WORKERS)
            print(f"{url.partition(':')[0]}: {rounds * WORKERS} workers in {rounds} rounds, nothing oversold, leaked "
                  f"or doubled, {time.monotonic() - began:.0f} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
