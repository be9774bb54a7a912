"""Power failures under SQLite, many: stories of commands on a disk that loses what was not synced (fault row R5).

    python tests/proof/power_loss.py [--stories 200] [--points 40] [--first 0]

Each story has 60 commands in batches, with checkpoints and restarts between them; power fails at `points` moments of
each. PostgreSQL's share, a killed postmaster, is in tests/integration/test_stock_postgres.py.
"""

from __future__ import annotations

import argparse
import time

from orderhub.testing.power import check_power_loss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--points", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    started, looked = time.monotonic(), 0
    for seed in range(arguments.first, arguments.first + arguments.stories):
        looked += check_power_loss(seed, points=arguments.points)
    took = time.monotonic() - started
    print(f"{looked} power failures in {arguments.stories} stories, {took:.0f} s: nothing acknowledged was lost")


if __name__ == "__main__":
    main()
