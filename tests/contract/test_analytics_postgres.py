"""The same expressions on a real PostgreSQL give the rows that DuckDB gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import psycopg
import pytest

from orderhub.analytics.expressions import COLUMNS, FIGURES, Analytics, Scope, figure, unbound
from orderhub.frames import to_arrow
from orderhub.models import Buyer, FulfilledBy, LineItem, Movement, OrderStatus, PaymentStatus, Shipment
from orderhub.testing.orders import sample_order, sample_refund

NOW = datetime(2026, 4, 30, 12, tzinfo=UTC)
TYPES = {"string": "text", "int64": "bigint", "decimal(38, 10)": "numeric(38, 10)", "timestamp(6)": "timestamp"}
ASKED: dict[str, Any] = {
    "at": NOW, "zones": {"taobao:tb-1": ZoneInfo("America/New_York")}, "window": 3, "into": "CNY",
    "rates": {"USD": Decimal("7.1")},
}  # fmt: skip


def orders() -> list[Any]:
    """Thirty orders over a month that meet every branch."""
    return [sample_order(
        str(n), n, created_at=NOW - timedelta(hours=23 * n), buyer=Buyer(buyer_id=f"b{n % 7}" if n % 5 else None),
        shop_id=f"tb-{n % 2}", currency="USD" if n % 4 == 0 else "EUR" if n % 9 == 0 else "CNY",
        total=None if n % 11 == 0 else Decimal(n) / 4, fulfilled_by=FulfilledBy.MERCHANT, ship_by=NOW - timedelta(hours=20 * n - 9),
        status=list(OrderStatus)[n % 8] if n % 3 else OrderStatus.COMPLETED, payment_status=PaymentStatus.PAID,
        refunded=Decimal(1) if n % 6 == 0 else None, lines=tuple(
            LineItem(line_id=f"{n}{sku}", sku=sku, quantity=n, total=Decimal(n)) for sku in ("ABC", "AB", "BCD", "D")[n % 4]
        ), shipments=(Shipment(carrier="sf", shipped_at=NOW - timedelta(hours=22 * n), delivered_at=NOW),) if n % 2 else (),
    ) for n in range(30)]  # fmt: skip


def movements() -> list[Movement]:
    """Arrivals long ago and lately, units that left within the span and before, goods that never moved."""
    told = [("A", "received", 90, 70.5), ("A", "committed", -9, 45.25), ("A", "committed", -31, 12.125),
            ("B", "received", 40, 29.0), ("D", "received", 5, 200.0), ("D", "reserved", 0, 3.0)]  # fmt: skip
    return [
        Movement(seq, str(seq), kind, sku, "sh", units, int(kind == "reserved"), NOW - timedelta(days=ago))
        for seq, (sku, kind, units, ago) in enumerate(told, 1)
    ]


@pytest.fixture
def here() -> Iterator[Analytics]:
    with Analytics(at=NOW, customer_key=b"a key of sixteen bytes or more") as found:
        found.add(*to_arrow(orders(), [sample_refund()]))
        found.add_movements(movements())
        yield found


def test_postgresql_tells_what_duckdb_tells(here: Analytics, postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("postgresql+psycopg://", "postgresql://")) as there:
        there.execute("SET TIME ZONE 'America/Lima'")
        for name, columns in COLUMNS.items():
            there.execute(
                f"CREATE TABLE {name} ({', '.join(f'{key} {TYPES.get(kind, kind)}' for key, kind in columns.items())})"
            )
            rows = getattr(here.tables, name).to_pyarrow().to_pylist()
            with there.cursor().copy(f"COPY {name} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(list(row.values()))
        for name, known in FIGURES.items():
            text = str(ibis.to_sql(figure(name, Scope(tables=unbound(), **ASKED)), dialect="postgres"))
            found = [
                dict(zip(known.columns, row, strict=True)) for row in there.execute(text.replace("%", "%%")).fetchall()
            ]
            mine = here.records(name, **ASKED)
            assert mine, name
            assert sorted(map(_words, found)) == sorted(map(_words, mine)), name


def _words(row: dict[str, Any]) -> str:
    return repr(
        [(name, f"{cell.normalize():f}" if isinstance(cell, Decimal) else str(cell)) for name, cell in row.items()]
    )
