"""Many orders in one call, seven of them poisoned: the others ship, the seven say why, a second run is theirs.

Here with eighty; `python tests/proof/poisoned_batch.py` takes five hundred.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fulfil_world import UNITS, Scene

from orderhub.inventory import Receive, StockLine
from orderhub.models import Recipient
from orderhub.sandbox.catalogue import GOODS

WRONG = (
    ({"total": Decimal(1)}, "audit:unit_mixup|audit:money_residual"),
    ({"recipient": Recipient()}, "audit:recipient_missing"),
    ({"buyer_note": "先别发"}, "audit:buyer_note_stops"),
    ({"lines": ()}, "audit:line_total_mismatch|audit:no_lines"),
    ({"seller_note": "等买家回复"}, "audit:seller_note_stops"),
    ({"residual": Decimal(-7)}, "audit:money_residual"),
    ({"total": None}, "audit:total_missing"),
)
MORE = 5000


@pytest.mark.fault(59)
def test_orders_with_seven_poisoned(tmp_path: Path) -> None:
    assert poisoned_batch(tmp_path, 80) == (73, 7, 7)


def poisoned_batch(folder: Path, count: int) -> tuple[int, int, int]:
    """How many shipped, how many were refused, how many a second run touched."""
    scene = Scene("taobao", folder)
    with scene.hub as hub:
        hub.stock.apply([Receive("more", tuple(StockLine(sku, "sh", MORE) for sku in GOODS))])
        orders = scene.orders(count)
        keys = [order.key for order in orders]
        later = [order.updated_at + timedelta(seconds=1) for order in orders if order.updated_at]
        poisoned = {order.key: reason for order, (_, reason) in zip(orders, WRONG, strict=False)}
        spoilt = [
            order.model_copy(update={**wrong, "updated_at": at})
            for order, (wrong, _), at in zip(orders, WRONG, later, strict=False)
        ]
        assert all(outcome.ok for outcome in hub.stores.put_orders(spoilt))
        first = hub.fulfil(keys)
        assert {outcome.key for outcome in first} == set(keys)
        refused = {outcome.key: outcome.reason for outcome in first if not outcome.ok}
        assert set(refused) == set(poisoned)
        assert all(refused[key] in reason.split("|") for key, reason in poisoned.items())
        assert len(scene.waybills()) == sum(
            len(outcome.value.parcels) for outcome in first if outcome.ok and outcome.value
        )
        before = len(scene.waybills())
        healed = [
            order.model_copy(update={"updated_at": at + timedelta(seconds=1)})
            for order, at in zip(orders[:7], later, strict=False)
        ]
        hub.stores.put_orders(healed)
        second = hub.fulfil(keys)
        assert all(outcome.ok for outcome in second)
        touched = {outcome.key for outcome in second if outcome.reason != "already_done"}
        assert touched == set(poisoned)
        parcels = [len(outcome.value.parcels) for outcome in second if outcome.key in touched and outcome.value]
        assert len(scene.waybills()) - before == sum(parcels)
        packed: Counter[str] = Counter()
        for outcome in (*(one for one in first if one.ok), *(one for one in second if one.key in touched)):
            for parcel in outcome.value.parcels if outcome.value else ():
                packed.update(dict(parcel.goods))
        levels = hub.stock.levels()
        left = Counter({sku: sum(level.on_hand for level in levels if level.sku == sku) for sku in GOODS})
        assert {sku: 2 * UNITS + MORE - left[sku] for sku in GOODS} == {sku: packed[sku] for sku in GOODS}
        assert sum(level.reserved for level in levels) == 0
    return count - len(refused), len(refused), len(touched)
