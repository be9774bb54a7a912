"""Units and goods by SKU over orders of three lines each: the figure against the same statement by hand on DuckDB.

The control joins lines to the orders that count and groups them by currency and SKU, exact decimals, distinct orders.
Run: `python tests/bench/bench_analytics.py [orders] [rounds]`; growth is told from a quarter of the orders.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

from orderhub.analytics.expressions import Analytics

BY_HAND = """
SELECT o.currency, l.sku, count(DISTINCT l.order_key), sum(l.quantity), sum(l.total), count(*) - count(l.total)
FROM lines l JOIN orders o ON l.order_key = o.key
WHERE o.status NOT IN ('cancelled', 'unknown') AND o.payment_status <> 'unknown'
  AND (o.payment_status IN ('paid', 'partially_refunded', 'refunded') OR (o.is_cod AND o.status <> 'pending_payment'))
GROUP BY 1, 2 ORDER BY 1, 2
"""


def filled(amount: int) -> Analytics:
    """A snapshot of so many orders, made inside the engine."""
    found = Analytics(at=datetime(2026, 3, 31, tzinfo=UTC), customer_key=b"a key of sixteen bytes or more")
    engine = found.tables.orders.get_backend().con
    engine.execute(
        "INSERT INTO orders BY NAME SELECT 'jd:1:' || i AS key, 'jd' AS platform, '1' AS shop_id, 'completed' AS status, "
        "'paid' AS payment_status, 'CNY' AS currency, 19.90 AS total, false AS is_cod, false AS held, "
        f"TIMESTAMP '2026-01-01' + INTERVAL (i % 7000000) SECOND AS created_at, 'c' || i % 99991 AS customer FROM range({amount}) t(i)"
    )
    engine.execute(
        "INSERT INTO lines SELECT 'jd:1:' || i // 3, 'S-' || (i * 7919) % 5000, 1 + i % 3, 9.95 "
        f"FROM range({3 * amount}) t(i)"
    )
    return found


def timed(act: object) -> float:
    start = perf_counter()
    act()  # type: ignore[operator]
    return perf_counter() - start


def measure(amount: int, rounds: int) -> tuple[float, float]:
    """Interleaved rounds, medians: (figure, by hand) in seconds; both give the same rows."""
    with filled(amount) as found:
        engine = found.tables.orders.get_backend().con
        theirs = engine.execute(BY_HAND).fetchall()
        assert [tuple(row.values()) for row in found.records("by_sku")] == theirs
        pairs = [
            (timed(lambda: found.figure("by_sku")), timed(lambda: engine.sql(BY_HAND).to_arrow_table()))
            for _ in range(rounds)
        ]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def main(amount: int = 1_000_000, rounds: int = 5) -> None:
    small, _ = measure(amount // 4, rounds)
    figure, hand = measure(amount, rounds)
    print(
        f"figure {figure:.2f} s, by hand {hand:.2f} s; ratio {figure / hand:.2f}; four times the orders {figure / small:.1f} times"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
