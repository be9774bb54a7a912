"""Lists of the kit: every good row is kept, every bad one told; every connector's short lists by enumeration."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import DecodeError
from orderhub.kit.decode import decode_page
from orderhub.kit.rows import read_rows
from orderhub.models.order import Order

SAID = "13812345678"
GOOD = st.integers(0, 99)
BAD: st.SearchStrategy[Any] = st.sampled_from([None, "x", [], {}, {"n": []}, {"n": SAID * 3}, {"n": None}, 7, {"m": 1}])


def one(row: Any) -> int:
    """Everything that reading may end in: by the kind of the row."""
    value = row["n"]
    if value is None:
        raise DecodeError("no number", path="n", value="***")
    if isinstance(value, list):
        return int(Order.model_validate({}).total or 0)
    return int(Decimal(value).quantize(Decimal("1E-20")) if isinstance(value, str) else value)


@given(st.lists(st.one_of(GOOD.map(lambda n: {"n": n}), BAD), max_size=12))
def test_good_rows_stay_in_order_and_each_bad_one_is_told(rows: list[Any]) -> None:
    good = [row["n"] for row in rows if isinstance(row, dict) and isinstance(row.get("n"), int)]
    found = read_rows(rows, one, platform="x", path="list", order_id="7", may_all_fail=True)
    assert found == good and len(found.findings) == len(rows) - len(good)
    assert all(told.order_id == "7" and SAID not in told.message for told in found.findings)
    page = decode_page(rows, lambda row: (one(row), []), platform="x", id_of=lambda row: row["id"])
    assert list(page.items) == good and len(page.quarantined) == len(page.findings) == len(found.findings)
    if rows and not good:
        with pytest.raises(DecodeError):
            read_rows(rows, one, platform="x", path="list")
    else:
        assert read_rows(rows, one, platform="x", path="list").findings == tuple(
            told.model_copy(update={"order_id": None}) for told in found.findings
        )


def test_a_bad_row_is_named_by_its_place_and_field() -> None:
    found = read_rows([{"n": 1}, {"n": None}, 5], one, platform="x", path="list")
    assert [told.path for told in found.findings] == ["list[1].n", "list[2]"]
    assert found.findings[0].value == "***" and "TypeError" in found.findings[1].message
