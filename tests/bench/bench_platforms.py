"""Decode of every platform: native bytes to canonical orders, against parsing alone and against a typed decode.

Documents are what the sandbox's shops answered, kept by the orders as `raw`; a measured unit is one page of 50 of
them. Two controls in the same process, interleaved: `parse` is msgspec making plain objects of the same bytes, `typed`
is msgspec decoding into structs made from the documents themselves, which hold the fields that the platform's tables
read and nothing else (amounts as Decimal, times as datetime where they are written as such), without any mapping: the
limit that a decoder of these bytes could reach. `trusted` leaves the validation of our models out. Outside the measured region: the sandbox, loading connectors.
Run: `python tests/bench/bench_platforms.py [orders] [rounds] [platform ...]`.
"""

from __future__ import annotations

import gc
import re
import sys
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from time import process_time
from typing import Any

import msgspec

import orderhub
from orderhub.kit.json import loads
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.sandbox.platforms import PLATFORMS

PAGE = 50
_MONEY = re.compile(r"-?\d{1,12}\.\d{1,4}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


class Hand:
    """The sandbox's clock as a shop's: waiting moves it."""

    def __init__(self, world: World) -> None:
        self.now, self.sleep = world.now, world.advance


def documents(platform: str, count: int) -> list[bytes]:
    """Native orders of one platform as its own list calls give them, repeated until there are enough."""
    world = World(seed=7, platforms=[platform], carriers=[], shops_per_platform=1, orders=60, limits=False)
    shop = orderhub.connect(**world.shops()[0], transport=world.transport(), clock=Hand(world), rates={"*": 0})
    found = [order.raw for order in shop.orders(updated_since=world.now() - timedelta(days=40)) if order.raw]
    return (found * (count // len(found) + 1))[:count]


def names_read(platform: str) -> frozenset[str]:
    """Every part of every wire path that a table of the platform reads."""
    tables = find(platform).spec.tables.values()
    return frozenset(part for table in tables for path in table.used for part in path.split("."))


def shape(samples: list[Any], wanted: frozenset[str]) -> Any:
    """A type that msgspec decodes all samples with: structs of wanted fields, lists, Decimal, datetime, scalars.

    None where nothing below is wanted.
    """
    kinds = {type(value) for value in samples if value is not None}
    if kinds == {dict}:
        return struct([value for value in samples if value is not None], wanted)
    if kinds == {list}:
        inner = shape([row for value in samples if value is not None for row in value], wanted)
        return inner and list[inner]  # type: ignore[valid-type]
    if kinds == {str}:
        told = [value for value in samples if value is not None]
        if all(_MONEY.fullmatch(value) for value in told):
            return Decimal
        return datetime if all(_TIME.fullmatch(value) for value in told) else str
    if kinds == {int, Decimal} or kinds == {Decimal}:
        return Decimal
    return kinds.pop() if len(kinds) == 1 else Any


def struct(samples: list[dict[str, Any]], wanted: frozenset[str]) -> Any:
    """One struct; a field is in it when its name is wanted or something below it is."""
    fields, rename = [], {}
    for key in sorted({key for value in samples for key in value}):
        values = [value[key] for value in samples if key in value]
        kind = shape(values, wanted)
        nested = any(isinstance(value, dict | list) for value in values)
        if kind is not None and (nested or key in wanted):
            name = f"f{len(fields)}"
            rename[name] = key
            fields.append((name, (kind | None) if None in values else kind, None))
    return msgspec.defstruct("Wire", fields, rename=rename) if fields else None


def typed_decoder(platform: str, rows: list[bytes]) -> Callable[[bytes], Any]:
    """The limit: those fields, typed, nothing mapped."""
    kind = shape([loads(row) for row in rows], names_read(platform))
    return msgspec.json.Decoder(list[kind]).decode  # type: ignore[valid-type]


def joined(rows: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"


def timed(work: Callable[[bytes], Any], pages: list[bytes], count: int) -> float:
    """Documents a second of processor time, which neighbours cannot stretch."""
    start = process_time()
    for page in pages:
        work(page)
    return count / (process_time() - start)


def memory(platform: str, rows: list[bytes]) -> float:
    """Bytes that one canonical order holds, its raw document included, while all of them are kept."""
    tracemalloc.start()
    kept = [orderhub.normalize(platform, row).orders for row in rows]
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (held - sum(o.raw is not None and len(o.raw) for (o,) in kept)) / len(rows)


def measure(platform: str, count: int, rounds: int) -> tuple[float, float]:
    """Interleaved rounds; medians and their ratios, told in one line. Answers shares of the limit: validated, trusted."""
    rows = documents(platform, count)
    pages = [joined(rows[at : at + PAGE]) for at in range(0, len(rows), PAGE)]
    typed = typed_decoder(platform, rows)
    parse = msgspec.json.Decoder().decode

    def ours(page: bytes) -> None:
        assert orderhub.normalize(platform, page).orders

    def trusted(page: bytes) -> None:
        assert orderhub.normalize(platform, page, trusted=True).orders

    gc.collect()
    gc.freeze()
    ours(pages[0])
    ways = (ours, parse, typed, trusted)
    rates = [tuple(timed(way, pages, count) for way in ways) for _ in range(rounds)]
    mine, parsed, limit, quick = (median(row[at] for row in rates) for at in range(4))
    share, alone, bare = (median(row[one] / row[two] for row in rates) for one, two in ((0, 2), (0, 1), (3, 2)))
    size, held = sum(map(len, rows)) / len(rows), memory(platform, rows[: min(count, 500)])
    print(
        f"{platform:12} {mine:8,.0f} orders/s of {size:5,.0f} bytes, trusted {quick:8,.0f}; parse {parsed:9,.0f}, typed "
        f"{limit:9,.0f}; of parse {alone:.3f}, ratio {share:.3f}; {held / 1000:.1f} kB held",
        flush=True,
    )
    return share, bare


def main(count: int = 1_000, rounds: int = 5, *chosen: str) -> None:
    """Every installed marketplace, or those that are named."""
    found = {name: measure(name, count, rounds) for name in chosen or sorted(PLATFORMS)}
    worst, best = (pick(found, key=lambda name: found[name][0]) for pick in (min, max))
    middle, bare = (median(shares[at] for shares in found.values()) for at in range(2))
    print(f"all: median ratio {middle:.3f}, least {worst}, most {best}; trusted {bare:.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
