"""What the laws of decoding share on every platform: typed facts, made-up values, one order out of a payload."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import orderhub
from orderhub.models import Order

ZERO = Decimal("0.00")
NOTES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
BAD_AMOUNTS = [1.5, 0.0, True, False, float("nan"), "abc", "1,000.00", "1e3", [], {"a": 1}, Decimal("NaN"), "９.９９"]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.decimals(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def junk(values: st.SearchStrategy[Any] = NOTES) -> st.SearchStrategy[dict[str, Any]]:
    """Fields that no platform has."""
    names = st.text("abcdefgh", min_size=1, max_size=3).map(lambda name: f"zz_{name}")
    return st.dictionaries(names, values, max_size=3)


def facts(platform: str) -> dict[str, Any]:
    """What was typed from the platform's page."""
    return tomllib.loads((Path(__file__).parents[1] / "facts" / f"{platform}.toml").read_text("utf-8"))


def cents(low: int, high: int) -> st.SearchStrategy[Decimal]:
    """Amounts with two decimals, in hundredths from `low` to `high`."""
    return st.integers(low, high).map(lambda value: Decimal(value).scaleb(-2))


def lone(platform: str, payload: Any, **options: Any) -> Order:
    """The order of a payload that must hold one, without an error."""
    found = orderhub.normalize(platform, payload, **options)
    assert [finding for finding in found.findings if finding.severity == "error"] == []
    (order,) = found.orders
    return order


def bare(order: Order) -> Order:
    """Without what tells the shapes of a payload apart: the bytes themselves and the unmapped fields in them."""
    lines = tuple(line.model_copy(update={"extra": {}}) for line in order.lines)
    return order.model_copy(update={"raw": None, "extra": {}, "lines": lines})
