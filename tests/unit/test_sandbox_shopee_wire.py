"""Signatures of the Shopee emulator against the vectors of docs/platforms/shopee.md."""

from __future__ import annotations

from orderhub.sandbox.platforms.shopee.wire import mac, money, push_mac, units

BODY = (
    b'{"code":3,"shop_id":14701711,"timestamp":1700000000,"data":{"ordersn":"2311150001ABCD",'
    b'"status":"READY_TO_SHIP","update_time":1700000000}}'
)


def test_calls() -> None:
    parts = ("2001234", "/api/v2/order/get_order_list", "1700000000", "atok", "14701711")
    assert mac("shopee-key", *parts) == "4315ae78c17ba1f55c67dc4316c638811ac7ae0502ecc77587a87085ea8c2418"


def test_pushes() -> None:
    found = push_mac("shopee-key", "https://erp.example/shopee", BODY)
    assert found == "153f00326809aff508d8d47aa9354d8c7709f67f7447172fd01a5dc1f8dd105a"


def test_money_goes_both_ways_in_every_currency() -> None:
    assert all(units(money(amount, digits), digits) == amount for amount in range(0, 5000, 7) for digits in (0, 2))
