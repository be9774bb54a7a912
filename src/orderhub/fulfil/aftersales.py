"""Goods that come back: written down first, then restocked, each unit once. Imports `orders`, `inventory`, `flow`.

All receipts of one order share one record, put if unchanged: two warehouses cannot receive the same unit, and whoever
dies between the record and the stock is finished by the next call, from the record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from orderhub.errors import Conflict, NotFound, StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import load_record
from orderhub.inventory.bundles import component_units
from orderhub.inventory.demand import DemandLine
from orderhub.models import Order, Outcome, Refund, Restock, StockLine
from orderhub.models.stock import StockOutcome
from orderhub.orders.aftersales import advance, case_refusal, stage_of
from orderhub.orders.aftersales_table import GUARDS
from orderhub.orders.inspection import Good, Inspected, due_back, goods_of, inspection_refusal
from orderhub.ports import Cursor

__all__ = ["Receipt", "find_case", "is_received", "line_parts", "receive_return"]

ROUNDS_MAX = 20
"""How often a receipt that another one outruns looks again."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came back for one case.

    Attributes:
        goods: By line and SKU, bundles opened.
        inspected: As it was told.
        stage: Where the case stood after it.
        is_stocked: Whether the stock port has answered.
    """

    case_key: str
    warehouse: str
    inspected: tuple[Inspected, ...]
    goods: tuple[Good, ...]
    stage: str
    is_stocked: bool = False

    def told(self) -> dict[str, str]:
        """What a timeline says of it."""
        counts = {
            name: sum(getattr(good, name) for good in self.goods) for name in ("sellable", "defective", "missing")
        }
        return {"warehouse": self.warehouse, **{name: str(units) for name, units in counts.items()}}


def find_case(refund_key: str) -> Operation[Refund]:
    """A stored case by `platform:shop_id:refund_id`; raises `NotFound`."""
    platform, _, rest = refund_key.partition(":")
    shop_id = rest.rpartition(":")[0]
    found: list[Refund] = yield from ask("orders", "find_refunds", platform=platform, shop_id=shop_id)
    for case in found:
        if case.key == refund_key:
            return case
    raise NotFound(f"no after-sale case {refund_key} is stored", operation="receive_return", platform=platform)


def is_received(order_key: str, case_key: str) -> Operation[bool]:
    """Whether the goods of a case were written down as received."""
    cursor: Cursor = yield from ask("orders", "get_cursor", f"returns:{order_key}")
    return case_key in _read(cursor.position)


def receive_return(
    plan: FulfilPlan, order: Order, case: Refund, inspection: Sequence[Inspected], *, warehouse: str,
    dry_run: bool = False,
) -> Operation[Outcome[Receipt]]:  # fmt: skip
    """Write down what came back for a case and restock it; the same inspection again changes nothing.

    Returns:
        `value` is the receipt; of a refusal as `already_received` the one that stands.
    """
    told = tuple(sorted(inspection, key=lambda row: (row.line_id, row.sku or "")))
    for _ in range(ROUNDS_MAX):
        cursor: Cursor = yield from ask("orders", "get_cursor", f"returns:{order.key}")
        receipts = _read(cursor.position)
        if (stands := receipts.get(case.key)) is not None:
            return (yield from _again(case, cursor, receipts, stands, told, warehouse, dry_run))
        goods, refused = yield from _judged(plan, order, case, told, warehouse, receipts)
        if refused is not None:
            return refused
        after = advance(case.kind.value, stage_of(case), "receive") or "unknown"
        made = Receipt(case.key, warehouse, told, goods, after)
        if dry_run:
            return Outcome(True, case.key, "dry_run", value=made)
        try:
            receipts[case.key] = made
            cursor = yield from ask("orders", "put_cursor", cursor, _written(receipts))
        except StaleVersion:  # another case of this order was faster: look again
            continue
        return (yield from _stocked(cursor, receipts, made))
    return case_refusal(case, stage_of(case), "receive", "try_again")


def _judged(
    plan: FulfilPlan, order: Order, case: Refund, told: Sequence[Inspected], warehouse: str,
    receipts: Mapping[str, Receipt],
) -> Operation[tuple[tuple[Good, ...], Outcome[Receipt] | None]]:  # fmt: skip
    """The goods, or why they cannot be received."""
    stage, parts = stage_of(case), line_parts(plan, order)
    because = GUARDS[case.kind.value, stage, "receive"]
    if because is None and plan.warehouses and warehouse not in {house.code for house in plan.warehouses}:
        because = "unknown_warehouse"
    if because is None and (yield from load_record(order.key)).state == "intercepted":
        because = "already_back"  # the parcel never left: its units went back when it was stopped
    earlier = [good for receipt in receipts.values() for good in receipt.goods]
    because = because or inspection_refusal(told, due_back(order, case), parts, earlier)
    if because is not None:
        return (), case_refusal(case, stage, "receive", because)
    return tuple(goods_of(told, parts)), None


def line_parts(plan: FulfilPlan, order: Order) -> dict[str, dict[str, int]]:
    """Line id -> SKU -> units in one unit of the line."""
    return {
        line.line_id: component_units([DemandLine(line.line_id, line.sku, 1)], plan.bundles)
        for line in plan.mapped(order).lines
        if line.sku is not None
    }


def _again(
    case: Refund, cursor: Cursor, receipts: dict[str, Receipt], stands: Receipt, told: tuple[Inspected, ...],
    warehouse: str, dry_run: bool,
) -> Operation[Outcome[Receipt]]:  # fmt: skip
    """A case that has a receipt: the same one is finished, another one refused."""
    if (stands.inspected, stands.warehouse) != (told, warehouse):
        refused = case_refusal(case, stage_of(case, received=True), "receive", "already_received")
        return replace(refused, value=stands)
    if stands.is_stocked:
        return Outcome(True, case.key, "already_done", value=stands)
    if dry_run:
        return Outcome(True, case.key, "dry_run", value=stands)
    return (yield from _stocked(cursor, receipts, stands))


def _stocked(cursor: Cursor, receipts: dict[str, Receipt], made: Receipt) -> Operation[Outcome[Receipt]]:
    """Restock by keys that follow from the case, then note that it was done."""
    commands = [command for sellable in (True, False) if (command := _restock(made, sellable)).lines]
    answers: list[StockOutcome] = (yield from ask("stock", "apply", commands)) if commands else []
    for answer in answers:
        if not answer.ok:
            because = answer.reason or "refused"
            error = Conflict(f"the stock of {made.case_key} was refused: {because}", operation="receive", code=because)
            return Outcome(False, made.case_key, because, error, made)
    done = replace(made, is_stocked=True)
    with suppress(
        StaleVersion
    ):  # another receipt came meanwhile: a further call finds this one, and its keys, as they are
        yield from ask("orders", "put_cursor", cursor, _written({**receipts, made.case_key: done}))
    return Outcome(True, made.case_key, value=done)


def _restock(made: Receipt, sellable: bool) -> Restock:
    word = "sellable" if sellable else "defective"
    units: dict[str, int] = {}
    for good in made.goods:
        units[good.sku] = units.get(good.sku, 0) + getattr(good, word)
    lines = tuple(StockLine(sku, made.warehouse, count) for sku, count in sorted(units.items()) if count)
    return Restock(f"return:{made.case_key}:{word}", lines, sellable=sellable, reason="return")


def _written(receipts: Mapping[str, Receipt]) -> str:
    return json.dumps({key: asdict(receipt) for key, receipt in receipts.items()}, ensure_ascii=False)


def _read(position: str | None) -> dict[str, Receipt]:
    found: dict[str, dict[str, Any]] = json.loads(position) if position else {}
    return {
        key: Receipt(**{
            **row, "inspected": tuple(Inspected(**one) for one in row["inspected"]),
            "goods": tuple(Good(**one) for one in row["goods"]),
        })
        for key, row in found.items()
    }  # fmt: skip
