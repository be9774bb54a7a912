"""Times that cannot be and notes that should not have been written that way."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orderhub.kit.convert import beijing_time, epoch_ms, epoch_s, iso_time, text
from orderhub.kit.json import loads
from orderhub.models import Order
from orderhub.stores.open import open_stores
from orderhub.testing.orders import sample_order

WRITTEN = "%Y-%m-%d %H:%M:%S"
NOTES = {
    "emoji": "🎁👩‍👩‍👧‍👦🇨🇳" * 900,
    "four bytes": "𠮷𡃁𪚥" * 1500,
    "right to left": "\u202eمرحبا\u202c שלום" * 900,
    "invisible": "a\u200b\u200d\ufeff\u2060b" * 900,
    "combining": "Z̷̢͈͝a̸l̴g̶o" * 900,
    "quotes": "'; DROP TABLE orders; --\\\"<script>&amp;%s{0}\t\r\n" * 400,
}


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    "value",
    ["2024-02-30 00:00:00", "2023-02-29 00:00:00", "2024-06-18 24:00:00", "2024-06-18 23:59:60", "0000-01-01 00:00:00",
     "10000-01-01 00:00:00", "-2024-06-18 00:00:00", "2024-00-10 00:00:00", "２０２４-06-18 00:00:00x"],
)  # fmt: skip
def test_a_time_that_never_was_is_refused(value: str) -> None:
    for convert, written in ((beijing_time, value), (iso_time, value.replace(" ", "T") + "Z")):
        try:
            found = convert(written)
        except ValueError:
            continue
        assert found is None, "a placeholder is no time, and nothing else is made of it"


@pytest.mark.fault(21)
@pytest.mark.parametrize("convert", [beijing_time, iso_time, epoch_s, epoch_ms])
@pytest.mark.parametrize(
    "value",
    ["9999-12-31 23:59:59", "0001-01-02 00:00:00", "2038-01-19 03:14:08", "9999-12-31T23:59:59-14:00",
     "0001-01-01T00:00:00+14:00", 2**31, 2**63, -1, 10**30, "1e30", -(10**18), 253402300800, "253402300799999"],
)  # fmt: skip
def test_the_ends_of_time_are_instants_or_refused(convert: Any, value: Any) -> None:
    try:
        found = convert(value)
    except ValueError:
        return
    assert found is None or (found.tzinfo is UTC and found.utcoffset() is not None)


@pytest.mark.fault(21)
def test_2038_is_a_day_like_any_other() -> None:
    assert epoch_s(2**31) == datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)
    assert beijing_time("2038-01-19 11:14:08") == datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)


@pytest.mark.fault(20)
@pytest.mark.parametrize("name", NOTES)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_note_comes_back_as_it_was_written(kind: str, name: str, tmp_path: Path) -> None:
    note = NOTES[name]
    assert len(note.encode()) > 10_000
    assert text(loads(json.dumps([note]).encode())[0]) == note
    order = sample_order("1", buyer_note=note, seller_note=note)
    assert Order.model_validate_json(order.model_dump_json()).buyer_note == note
    stores = open_stores("memory:" if kind == "memory" else f"sqlite:///{tmp_path}/o.db")
    stores.put_orders([order])
    found = stores.get_order(order.key)
    stores.close()
    assert (found.buyer_note, found.seller_note) == (note, note)
