"""Decode: native Taobao bytes to validated canonical orders, three lines and 2.7 kB each.

Control in the same process, interleaved: msgspec decoding the same bytes into a typed struct (Decimal, no mapping).
Outside the measured region: making the documents. Prints both rates and the ratio.
Run: `python tests/bench/bench_decode.py [orders]`.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from statistics import median
from time import perf_counter
from typing import Any

import msgspec

import orderhub
from orderhub.sandbox import World

RUNS = 7


class TypedLine(msgspec.Struct):
    """The fields of a sub-order that a seller's program needs."""

    oid: int
    title: str
    num: int
    price: Decimal
    payment: Decimal
    status: str
    outer_sku_id: str = ""


class TypedTrade(msgspec.Struct):
    """The same of a trade."""

    tid: int
    status: str
    created: str
    modified: str
    payment: Decimal
    post_fee: Decimal
    orders: list[TypedLine]
    receiver_state: str = ""
    receiver_city: str = ""
    receiver_address: str = ""
    receiver_name: str = ""
    receiver_mobile: str = ""


def trades(count: int) -> list[bytes]:
    """Trades with three sub-orders, as the sandbox's truth tells them."""
    world = World(seed=7, platforms=["taobao"], carriers=[], shops_per_platform=1, orders=count * 6)
    ids = [row["order_id"] for row in world.control("GET", "/_sandbox/taobao/orders")[1]]
    found: list[dict[str, Any]] = []
    for order_id in ids:
        document = world.control("GET", f"/_sandbox/taobao/orders/{order_id}")[1]
        if len(document["orders"]) == 3:
            found.append({name: value for name, value in document.items() if name != "_sandbox"})
    return [json.dumps(document, ensure_ascii=False).encode() for document in found[:count]]


def timed(work: Any, rows: list[bytes]) -> float:
    """Documents a second."""
    start = perf_counter()
    for row in rows:
        work(row)
    return len(rows) / (perf_counter() - start)


def main(count: int) -> None:
    """Interleaved runs; medians and their ratio."""
    rows = trades(count)
    typed = msgspec.json.Decoder(TypedTrade, strict=False)

    def ours(row: bytes) -> None:
        assert orderhub.normalize("taobao", row).orders

    rates = [(timed(ours, rows), timed(typed.decode, rows)) for _ in range(RUNS)]
    mine, limit = median(rate for rate, _ in rates), median(rate for _, rate in rates)
    size = sum(map(len, rows)) / len(rows)
    print(
        f"decode: {mine:,.0f} orders/s validated ({size:,.0f} bytes); msgspec typed {limit:,.0f}/s; ratio {mine / limit:.3f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
