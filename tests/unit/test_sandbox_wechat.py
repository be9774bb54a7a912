"""The WeChat store of the sandbox: its signature, the identities of its money, the same world from the same seed."""

from __future__ import annotations

from typing import Any

import pytest

from orderhub.sandbox import World
from orderhub.sandbox.platforms.wechat.awkward import AWKWARD
from orderhub.sandbox.platforms.wechat.push import signature
from orderhub.sandbox.platforms.wechat.spec import DISCOUNTS


def world(seed: int = 5, orders: int = 60) -> World:
    return World(seed=seed, platforms=["wechat"], carriers=[], shops_per_platform=1, orders=orders, awkward=True)


def documents(made: World) -> list[dict[str, Any]]:
    emulator = made.emulators["wechat"]
    return [emulator.record(row["order_id"]) for row in emulator.records(None)]


def test_the_signature_of_an_address_is_the_vector_of_the_page() -> None:
    assert signature("tok", "1700000000", "nonce1") == "cb1280606383b6651d19b1fe525f375d316683d5"


def test_every_order_satisfies_the_identities_of_its_money() -> None:
    for doc in documents(world()):
        price, lines = doc["order_detail"]["price_info"], doc["order_detail"]["product_infos"]
        assert price["order_price"] == (
            price["original_order_price"] - price["discounted_price"] - price["deduction_price"]
            - price["change_down_price"]
        )  # fmt: skip
        assert price["discounted_price"] == sum(price[name] for name in DISCOUNTS)
        assert sum(line["real_price"] for line in lines) + price["freight"] == price["order_price"]
        assert price["product_price"] == sum(line["sale_price"] * line["sku_cnt"] for line in lines)


def test_every_documented_status_but_none_else_is_seeded() -> None:
    found = {doc["status"] for doc in documents(world(orders=400))}
    assert found == {10, 12, 13, 17, 20, 21, 30, 100, 190, 200, 250, 66}  # the last is the awkward unknown one


def test_ids_come_as_text_and_as_numbers() -> None:
    kinds = {type(doc["order_id"]) for doc in documents(world())}
    lines = {type(line["sku_id"]) for doc in documents(world()) for line in doc["order_detail"]["product_infos"]}
    assert kinds == lines == {str, int}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_makes_one_world(seed: int) -> None:
    def told(made: World) -> list[tuple[Any, ...]]:
        return [(row["order_id"], row["total"]) for row in made.emulators["wechat"].records(None)]

    assert told(world(seed)) == told(world(seed)) != told(world(seed + 10))
    assert len(told(world(seed, orders=0))) == len(AWKWARD) + 1  # twins are two
