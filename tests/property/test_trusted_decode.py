"""Trusted equals validated, and the guards of the parser in C equal their plain forms (laws of decoding fast)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orderhub
from orderhub.kit import json as guarded
from orderhub.models import Order
from orderhub.sandbox import World
from orderhub.sandbox.platforms import PLATFORMS

WORDS = st.text('\\"[]{}a0 /', max_size=8)
NESTED = st.recursive(
    WORDS | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


class Hand:
    """The sandbox's clock as a shop's: waiting moves it."""

    def __init__(self, world: World) -> None:
        self.now, self.sleep = world.now, world.advance


def native_orders(platform: str) -> list[bytes]:
    """Every difficult order of one shop, as its list calls give it."""
    world = World(seed=11, platforms=[platform], carriers=[], shops_per_platform=1, orders=3, awkward=True)
    shop = orderhub.connect(**world.shops()[0], transport=world.transport(), clock=Hand(world), rates={"*": 0})
    return [order.raw for order in shop.orders(updated_since=world.now() - timedelta(days=16)) if order.raw]


def parts(value: Any) -> Iterator[Any]:
    """Every value below, models and sequences opened."""
    yield value
    if hasattr(value, "model_fields_set"):
        for name in type(value).model_fields:
            yield from parts(getattr(value, name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from parts(inner)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_trusted_orders_equal_validated_ones(platform: str) -> None:
    found = native_orders(platform)
    assert found
    for raw in found:
        (checked,), (trusted,) = (orderhub.normalize(platform, raw, trusted=how).orders for how in (False, True))
        assert trusted == checked
        assert trusted.dump(raw=True) == checked.dump(raw=True)
        for one, two in zip(parts(checked), parts(trusted), strict=True):
            assert type(one) is type(two)
            assert getattr(one, "tzinfo", None) is getattr(two, "tzinfo", None)
            if hasattr(one, "model_fields_set"):
                assert list(one.__dict__) == list(two.__dict__)
                assert one.model_fields_set == two.model_fields_set
        again = Order.model_validate({name: getattr(checked, name) for name in checked.model_fields_set})
        assert again.model_fields_set == checked.model_fields_set
        changed = trusted.model_copy(update={"seller_note": "x", "labels": ("y",)})
        assert "seller_note" in changed.model_fields_set
        assert trusted.model_fields_set == checked.model_fields_set


def depth_by_expressions(body: bytes) -> int:
    """Brackets outside strings, peeled: the guard's count without its shortcuts."""
    plain = re.sub(rb'"[^"]*"', b"", re.sub(rb"\\.?", b"", body, flags=re.S))
    shape, rounds = bytes(c for c in plain if c in b"[]{}"), 0
    while shape and (smaller := shape.replace(b"[]", b"").replace(b"{}", b"")) != shape:
        shape, rounds = smaller, rounds + 1
    return rounds


@given(NESTED)
def test_depth_is_counted_outside_strings(value: Any) -> None:
    body = json.dumps(value).encode()
    assert guarded._depth(body) == depth_by_expressions(body)


@given(st.integers(0, 120), st.integers(380, 420))
def test_a_long_run_of_digits_is_found_wherever_it_starts(before: int, digits: int) -> None:
    body = b"x" * before + b"7" * digits + b"x" * 60
    assert guarded._has_long_run(body) is (digits >= 400)
