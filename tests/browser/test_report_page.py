"""The report in a real browser: nothing complains, nothing is fetched, charts are drawn, a phone need not scroll sideways."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from devtools import Tab

from orderhub import Hub
from orderhub.inventory import StockLine
from orderhub.logistics.provinces import PROVINCES
from orderhub.models import (
    Address,
    Buyer,
    Commit,
    FulfilledBy,
    Hold,
    LineItem,
    OrderStatus,
    PaymentStatus,
    Receive,
    Recipient,
    Reserve,
    Shipment,
)
from orderhub.testing.orders import sample_order

NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
PLATFORMS = ("taobao", "jd", "pinduoduo", "douyin", "amazon")
SKUS = (
    "MUG-WHITE-350ML",
    "TEA-GREEN-250G",
    "A-VERY-LONG-CODE-OF-A-MERCHANT-0001",
    "杯子-青花",
    "PLATE-20",
    "BOWL-12",
    "SPOON",
)


class Clock:
    """One instant."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


def order(number: int, chance: random.Random) -> Any:
    """One order of a busy quarter; every branch of the page is met by some of them."""
    platform = PLATFORMS[min(int(chance.expovariate(0.7)), 4)]
    made = NOW - timedelta(hours=chance.triangular(0, 24 * 88, 200))
    age = (NOW - made).days
    price = Decimal(chance.randrange(900, 60_000)) / 100
    status = OrderStatus.UNKNOWN if number % 97 == 0 else OrderStatus.CANCELLED if number % 19 == 0 else (
        OrderStatus.AWAITING_SHIPMENT if age < 3 else OrderStatus.SHIPPED if age < 8 else OrderStatus.COMPLETED)  # fmt: skip
    sent = status in {OrderStatus.SHIPPED, OrderStatus.COMPLETED}
    codes = sorted({min(int(chance.expovariate(0.5)), len(SKUS) - 1) for _ in range(chance.randint(1, 3))})
    return sample_order(
        str(number), number, platform=platform, shop_id=f"{platform}-{number % 2}", created_at=made, total=price, status=status,
        currency="USD" if platform == "amazon" else "CNY", payment_status=PaymentStatus.PAID, fulfilled_by=FulfilledBy.MERCHANT,
        refunded=price if number % 23 == 0 else None, ship_by=made + timedelta(hours=48), raw_status="NEW_WORD",
        holds=frozenset({Hold.REFUND_OPEN}) if number % 31 == 0 else frozenset(),
        recipient=Recipient(address=Address(country="CN", province=chance.choice([*list(PROVINCES.values())[:22], None]))),
        buyer=Buyer(buyer_id=f"b{int(chance.paretovariate(0.6)) % 400}"),
        lines=tuple(LineItem(line_id=f"{number}-{code}", sku=SKUS[code], quantity=1 + number % 2, status=status, total=round(price / len(codes), 2))
                    for code in codes),
        shipments=(Shipment(carrier=("sf", "zto", "yto")[number % 3], shipped_at=made + timedelta(hours=chance.randint(5, 60)),
                            delivered_at=NOW - timedelta(hours=1)),) if sent else (),
    )  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages in both languages, in the folder that ORDERHUB_SHOTS names or a fresh one."""
    folder = Path(os.environ.get("ORDERHUB_SHOTS") or tmp_path_factory.mktemp("pages"))
    chance = random.Random(7)
    with Hub(database="memory:", clock=Clock()) as hub:
        hub.stores.put_orders([order(number, chance) for number in range(900)])
        held = [StockLine(sku, place, 400 >> rank) for rank, sku in enumerate(SKUS) for place in ("sh", "gz")]
        left = [StockLine(line.sku, line.warehouse, line.quantity // 5) for line in held[:8]]
        hub.stock.apply(
            [Receive("in", tuple(held)), Reserve("r", tuple(left)), Commit("c", "r"), Reserve("s", tuple(left))]
        )
        report = hub.report()
        for language in ("en", "zh"):
            report.save(folder / f"{language}.html", language)
        Hub(database="memory:", clock=Clock()).report(folder / "empty.html")
    return folder


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_is_whole_at_a_desk_and_on_a_phone(tab: Tab, pages: Path, language: str) -> None:
    tab.size(1280)
    tab.open(pages / f"{language}.html")
    for name, width, phone, dark in (
        ("desk", 1280, False, False),
        ("phone", 390, True, False),
        ("dark", 390, True, True),
    ):
        tab.size(width, phone=phone, dark=dark)
        assert tab.too_wide() == [], name
        drawn = tab.run("""[...document.querySelectorAll('svg')].map(svg => ({
            width: svg.getBoundingClientRect().width, height: svg.getBoundingClientRect().height,
            bars: [...svg.querySelectorAll('.bar rect')].filter(
                bar => bar.getBoundingClientRect().width > 0 && bar.getBoundingClientRect().height > 0).length,
            seen: [...svg.querySelectorAll('.bar rect')].every(
                bar => getComputedStyle(bar).fill !== getComputedStyle(document.body).backgroundColor)}))""")
        assert len(drawn) >= 10
        assert all(one["bars"] > 0 and one["seen"] and one["width"] > 200 and one["height"] > 60 for one in drawn), name
        small = tab.run("""[...document.querySelectorAll('svg text, td, th, p, dd')].filter(
            node => node.textContent.trim() && node.getBoundingClientRect().height > 0
                && node.getBoundingClientRect().height < 9).map(node => node.textContent)""")
        assert small == [], name
        if "ORDERHUB_SHOTS" in os.environ:
            tab.screenshot(pages / f"{language}-{name}.png")
    assert tab.problems == []
    assert [url for url in tab.requests if not url.startswith("file:")] == [] and len(tab.requests) == 1


@pytest.mark.timeout(300)
def test_an_empty_report_is_a_page_too(tab: Tab, pages: Path) -> None:
    tab.size(390, phone=True)
    tab.open(pages / "empty.html")
    assert tab.too_wide() == [] and tab.problems == []
    assert "No orders in this report." in tab.text()
