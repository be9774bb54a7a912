"""The WooCommerce sandbox's wire and seed: published vectors, amounts, instants, money identities, determinism."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from orderhub.sandbox import World
from orderhub.sandbox.platforms.woocommerce.wire import (
    base_string,
    basic,
    cents,
    moment,
    money,
    oauth_signature,
    told_time,
    webhook_signature,
)

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


def world(seed: int = 3, **given: Any) -> World:
    return World(seed=seed, platforms=["woocommerce"], carriers=[], start=START, tick=lambda: 0.0, **given)


def documents(made: World) -> list[dict[str, Any]]:
    _, rows = made.control("GET", "/_sandbox/woocommerce/orders")
    return [made.control("GET", f"/_sandbox/woocommerce/orders/{row['order_id']}")[1] for row in rows]


def test_oauth_vector() -> None:
    pairs = [("page", "1"), ("status", "processing"), ("oauth_consumer_key", "ck_test"), ("oauth_nonce", "abc123"),
             ("oauth_timestamp", "1700000000"), ("oauth_signature_method", "HMAC-SHA256")]  # fmt: skip
    text = base_string("GET", "http://shop.example/wp-json/wc/v3/orders", pairs)
    assert oauth_signature("cs_test", text) == "lBU+k8Ef+u8X72xkZsjlHOWv9xM3vKToo4hb+Ewn/v8="


def test_webhook_vector() -> None:
    signed = webhook_signature("wh-secret", b'{"id":727,"status":"processing"}')
    assert signed == "Y/NGAm5OU88x6Mo7diitfF1M4mXhbsw1rBlb+YqvDds="


@pytest.mark.parametrize(("text", "amount"), [("1.5", 150), ("-0.01", -1), ("12", 1200), ("3.100", 310), (7, 700)])
def test_amounts_are_read_in_cents(text: Any, amount: int) -> None:
    assert cents(text) == amount
    assert cents(money(amount)) == amount


@pytest.mark.parametrize("text", ["1.005", "", "x", True, None, "1-2", "1e3", [1]])
def test_what_is_no_amount_in_cents_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        cents(text)


def test_site_time_and_its_twin() -> None:
    assert told_time(1_700_000_000) == "2023-11-14T22:13:20"
    assert told_time(1_700_000_000, -5.0) == "2023-11-14T17:13:20"
    assert moment("2023-11-14T17:13:20", -5.0) == moment("2023-11-14T22:13:20", 0.0) == 1_700_000_000
    assert moment("2023-11-14T22:13:20Z", -5.0) == 1_700_000_000


def test_basic_credentials() -> None:
    assert basic("Basic Y2s6Y3M6eA==") == ("ck", "cs:x")
    assert basic("Bearer Y2s6Y3M=") is None
    assert basic("Basic !!") is None


def test_every_seeded_order_adds_up_to_the_cent() -> None:
    made = documents(world(orders=40, awkward=True, shops_per_platform=3))
    assert {one["currency"] for one in made} == {"USD", "EUR", "SGD", "GBP"}
    for one in made:
        lines, freight, fees = (
            sum((Decimal(row["total"]) for row in one[name]), Decimal(0))
            for name in ("line_items", "shipping_lines", "fee_lines")
        )
        assert Decimal(one["total"]) == lines + freight + fees + Decimal(one["total_tax"]), one["id"]
        assert Decimal(one["total_tax"]) == Decimal(one["cart_tax"]) + Decimal(one["shipping_tax"])
        off = sum((Decimal(row["subtotal"]) - Decimal(row["total"]) for row in one["line_items"]), Decimal(0))
        assert Decimal(one["discount_total"]) == off
        assert sum((Decimal(row["discount"]) for row in one["coupon_lines"]), Decimal(0)) == off
        back = sum((Decimal(row["total"]) for row in one["refunds"]), Decimal(0))
        assert -Decimal(one["total"]) <= back <= 0


def test_worlds_of_one_seed_are_twins_and_stay_within_the_past_weeks() -> None:
    first, second = (documents(world(orders=15, awkward=True)) for _ in range(2))
    assert first == second
    assert first != documents(world(seed=4, orders=15, awkward=True))
    assert all("2026-05-01" < one["date_created_gmt"] <= "2026-06-18T04:00:00" for one in first)


def test_awkward_orders_are_there_only_when_asked_for() -> None:
    plain = {one["status"] for one in documents(world(orders=60))}
    assert plain <= {"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"}
    awkward = documents(world(orders=0, awkward=True))
    assert {"partially-shipped", "checkout-draft", "wc-quarantine"} <= {one["status"] for one in awkward}
    assert any(not one["line_items"][0]["sku"] for one in awkward)
    assert any("🎂" in one["customer_note"] for one in awkward)
