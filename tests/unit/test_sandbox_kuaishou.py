"""Kuaishou's signature in the sandbox, and what seeded worlds are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.platforms.kuaishou.awkward import AWKWARD, seed_awkward
from orderhub.sandbox.platforms.kuaishou.seed import seed_goods, seed_orders, shops
from orderhub.sandbox.platforms.kuaishou.spec import SWITCHES
from orderhub.sandbox.platforms.kuaishou.state import Market
from orderhub.sandbox.platforms.kuaishou.wire import instant, millis, sign, signed_text

PARAMS = {
    "appkey": "ks123", "method": "open.seller.order.list", "version": "1", "param": '{"title":"短袖"}',
    "access_token": "token", "timestamp": "1583271919000",
}  # fmt: skip
NOW = datetime(2026, 3, 1, 2, 0, 0, 123000, tzinfo=UTC)


def test_signature_vectors() -> None:
    plain, keyed = ({**PARAMS, "signMethod": method} for method in ("MD5", "HMAC_SHA256"))
    assert sign(plain, "sign-secret", "MD5") == "6005da269b372ff10945e565ef37a4c6"
    assert sign(keyed, "sign-secret", "HMAC_SHA256") == "ZpPrG0oB1g/T93FyyVD+VCzRey41yqxZoCqcGg7upYM="


def test_the_signed_set_is_the_sent_set_without_sign() -> None:
    text = signed_text({**PARAMS, "sign": "x", "zz": ""}, "s")
    assert text.startswith("access_token=token&appkey=ks123&") and text.endswith("&zz=&signSecret=s")
    assert "sign=x" not in text


def test_milliseconds_there_and_back() -> None:
    assert instant(millis(NOW)) == NOW and millis(NOW) == 1772330400123


def market(seed: int, orders: int = 30) -> Market:
    rng = Random(seed)
    made = Market(
        Setup("kuaishou", lambda: NOW, rng, lambda: "http://sandbox", {n: s.default for n, s in SWITCHES.items()})
    )
    made.shops = {shop.shop_id: shop for shop in shops(2)}
    for shop in made.shops.values():
        seed_goods(made, shop, rng)
        seed_orders(made, shop, rng, orders)
        seed_awkward(made, shop, rng)
    return made


def test_the_same_seed_makes_the_same_world() -> None:
    one, two, other = ([order.doc for order in market(seed).orders.values()] for seed in (1, 1, 2))
    assert one == two != other


def test_money_of_every_seeded_order_is_whole_fen_and_adds_up() -> None:
    for order in market(3).orders.values():
        base, item = order.base, order.item
        assert base["totalFee"] == item["price"] * item["num"] and base["discountFee"] == item["discountFee"]
        assert order.owed == base["totalFee"] - base["discountFee"] + base["expressFee"] >= 0
        assert all(type(base[name]) is int for name in base if name.endswith("Fee"))


def test_every_order_has_one_sku_and_times_that_follow_each_other() -> None:
    made = market(4)
    assert len(made.orders) == 2 * (30 + len(AWKWARD) + 1)
    for order in made.orders.values():
        base = order.base
        assert isinstance(order.doc["orderItemInfo"], dict) and order.item["num"] >= 1
        steps = [base[name] for name in ("createTime", "payTime", "sendTime", "recvTime") if base[name]]
        assert steps == sorted(steps) and steps[-1] <= base["updateTime"] <= millis(NOW)


def test_every_awkward_status_is_there() -> None:
    assert {order.base["status"] for order in market(5).orders.values()} == {10, 30, 40, 50, 66, 70, 80}
