"""Carrier choice: parcels a second by `select`, by the table parcel by parcel, and by the table over columns.

    python tests/bench/bench_selection.py [--parcels 100000] [--carriers 10] [--runs 5]

The task: cards of ten carriers (three zones, steps of 1 kg, 0.5 kg or 100 g, a remote surcharge, two with a fee for
cash), 31 provinces, weights up to 20 kg, one parcel in ten collects cash, limits of weight on some, three rules (one
asks the weight, one the province, one adds points), the strategy `balanced`. The control is a plain loop in whole
cents: for each parcel and each carrier limits, zone, steps and surcharges, the least price wins; it rounds no weight,
knows no rules, promises or quality and gives no reasons. Inside the measured region: from columns to answers; for the compiled table also its compilation
(`cold`) or not (`warm`). All ways give the same answers where they answer the same question; that is asserted.
Process time, medians of alternating runs; the ratios hold on any machine, the rates do not.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy

from orderhub.logistics.choice_table import ChoiceTable
from orderhub.logistics.provinces import PROVINCES, province_key
from orderhub.logistics.quality import QualityTable, Tally
from orderhub.logistics.rate_card import PriceRow, RateCard, RoundingBand, Surcharge, Zone
from orderhub.logistics.rules import Condition, Rule
from orderhub.logistics.selection import select
from orderhub.logistics.services import Need, Service
from orderhub.models import Parcel, Recipient

ON = date(2026, 1, 15)
NEAR, FAR = ("浙江", "上海", "江苏", "安徽"), ("新疆", "西藏", "青海", "甘肃")
PLACES = [province_key(name) for code, name in PROVINCES.items() if code < "70"]
ROUNDINGS = (
    (RoundingBand(1000),), (RoundingBand(500),), (RoundingBand(100, 10_000), RoundingBand(500)),
)  # fmt: skip
RULES = (
    Rule("heavy", "exclude", ("c3",), (Condition("weight_g", "gt", 10_000),)),
    Rule("plateau", "prefer_carriers", ("c7", "c2"), (Condition("province", "in", ["西藏", "青海"]),)),
    Rule("contract", "score", ("c5",), (), Decimal("0.35")),
)


def offered(count: int) -> list[Service]:
    found = []
    for number in range(count):
        zones = (Zone("near", NEAR), Zone("mid", ("*",)), Zone("far", FAR))
        rows = tuple(
            PriceRow(zone, 1000, Decimal(str(round(price, 2))), 1000 if number % 3 else 100,
                     Decimal(step) if number % 3 else Decimal(step) / 10, promised_hours=24 * (at + 1) + number)
            for at, (zone, price, step) in enumerate(
                (("near", 5 + number * 0.5, 1), ("mid", 7 + (number * 7) % 10 * 0.4, 2), ("far", 15 + (number * 3) % 10, 8))
            )
        )  # fmt: skip
        extras = (Surcharge("remote", Decimal("1.5"), zones=("far",)), Surcharge("cod", Decimal(3), base="cod_amount"))
        card = RateCard(f"c{number}", "standard", "CNY", zones, rows, rounding=ROUNDINGS[number % 3], surcharges=extras)
        found.append(Service(card, 30_000 if number % 4 else 15_000, cod_max=Decimal(10_000) if number % 2 else None))
    return found


def control() -> Callable[[Sequence[Service], Any], list[int]]:
    """For each parcel and carrier: limits, zone, started steps, surcharges, in whole cents; the least wins."""

    def run(services: Sequence[Service], columns: Any) -> list[int]:
        lists = []
        for at, service in enumerate(services):
            zones = {province: zone.name for zone in service.card.zones for province in zone.provinces}
            prices = {row.zone: (int(row.first_price * 100), row.step_g, int((row.step_price or 0) * 100))
                      for row in service.card.rows}  # fmt: skip
            lists.append((at, zones, prices, service.weight_max_g or 10**9, service.cod_max is not None))
        found = []
        for place, weight, amount in zip(*columns, strict=True):
            best, least = -1, 1 << 60
            for at, zones, prices, limit, collects in lists:
                if weight > limit or (amount and not collects):
                    continue
                zone = zones.get(place) or zones["*"]
                first, step, more = prices[zone]
                price = first if weight <= 1000 else first - -(weight - 1000) // step * -more
                if zone == "far":
                    price += 150
                if amount:
                    price += 300
                if price < least:
                    best, least = at, price
            found.append(best)
        return found

    return run


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    found = work()
    return found, time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--carriers", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    dice = random.Random(7)
    columns = (
        [dice.choice(PLACES) for _ in range(arguments.parcels)],
        [int(min(20_000, dice.expovariate(1 / 1800)) + 50) for _ in range(arguments.parcels)],
        [Decimal(99) if dice.random() < 0.1 else None for _ in range(arguments.parcels)],
    )
    services = offered(arguments.carriers)
    like = Need(Parcel(parcel_id="p", order_key="o", warehouse="hz", recipient=Recipient(name="x")), "浙江", ON)
    quality = QualityTable(
        {("c1", "浙江", "广东"): Tally(90, 90, 4, 1, 0), ("c4", "浙江", "四川"): Tally(30, 30, 9, 2, 1)}
    )
    options: dict[str, Any] = {"rules": RULES, "strategy": "balanced", "quality": quality}

    codes = {province_key(name): int(code) for code, name in PROVINCES.items()}
    arrays = numpy.array([codes[place] for place in columns[0]]), numpy.array(columns[1])

    def table() -> ChoiceTable:
        return ChoiceTable(services, like, **options)

    warm = table()
    assert warm.compile()
    plain = control()
    sample = range(0, arguments.parcels, max(1, arguments.parcels // 2000))

    def by_select() -> list[Any]:
        needs = [warm.parcel_need(columns[0][at], columns[1][at], columns[2][at]) for at in sample]
        return [select(services, need, **options).options[0].carrier for need in needs]

    def one_by_one() -> list[Any]:
        best = warm.best
        return [best(place, weight, amount is not None) for place, weight, amount in zip(*columns, strict=True)]

    ways: dict[str, tuple[Callable[[], Any], int]] = {
        "plain loop, no rules, no reasons (control)": (lambda: plain(services, columns), arguments.parcels),
        "select, with all reasons": (by_select, len(sample)),
        "table, parcel by parcel": (one_by_one, arguments.parcels),
        "columns, table compiled in it (cold)": (lambda: table().choose_many(*columns), arguments.parcels),
        "columns, table there (warm)": (lambda: warm.choose_many(*columns), arguments.parcels),
        "arrays of province codes and grams (warm)": (lambda: warm.choose_many(*arrays), arguments.parcels),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, Any] = {}
    for _ in range(arguments.runs):
        for name, (work, count) in ways.items():
            answers[name], seconds = timed(work)
            rates[name].append(count / max(seconds, 1e-9))
    names = list(ways)
    cold, warmed, single = (list(answers[names[at]]) for at in (3, 4, 2))
    assert cold == warmed == single
    free = list(answers[names[5]])
    assert all(free[at] == cold[at] for at in range(len(cold)) if not columns[2][at])
    assert [cold[at][0] for at in sample] == answers[names[1]]
    first = statistics.median(rates[names[0]])
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{arguments.parcels:,} parcels x {arguments.carriers} carriers, {len(RULES)} rules, learned quality")
    for name in names:
        middle = statistics.median(rates[name])
        print(f"  {name:44} {middle:12,.0f} parcels/s  {middle / first:8.2f} x the control")
    reasons, seconds = timed(lambda: [answers[names[4]].reasons(at) for at in sample])
    print(f"  {'reasons of a row, on demand':44} {len(reasons) / seconds:12,.0f} rows/s")


if __name__ == "__main__":
    main()
