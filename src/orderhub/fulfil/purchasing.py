"""Expected goods: ordered, dated, received in parts against the ledger. Imports `inventory`, `flow`, `ports`.

A delivery is written down before it is stocked, and stocked under a key that follows from it: whoever dies in between
is finished by the next call for that purchase, and a delivery that is told twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from orderhub.errors import InventoryError, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.inventory.purchases import arrived, expected, receipts_of, stocked, without
from orderhub.inventory.transfer_orders import Inbound
from orderhub.models import Outcome, StockLine
from orderhub.models.purchasing import PurchaseOrder
from orderhub.models.stock import StockOutcome

__all__ = ["change_purchase", "expected_goods", "order_purchase", "receive_purchase"]

ROUNDS_MAX = 20
"""How often a change that another one outruns looks again."""

Bought = Outcome[PurchaseOrder]


def order_purchase(order: PurchaseOrder, *, dry_run: bool = False) -> Operation[Bought]:
    """Write a new purchase down; the same again is `already_done`, other lines under its key are `key_conflict`."""
    found: tuple[PurchaseOrder, int] | None = yield from ask("purchases", "get_purchase", order.key)
    if found is None and not dry_run:
        try:
            yield from ask("purchases", "put_purchase", order, 0)
        except StaleVersion:
            found = yield from ask("purchases", "get_purchase", order.key)
    if found is None:
        return Outcome(True, order.key, "dry_run" if dry_run else None, value=order)
    same = _asked(found[0]) == _asked(order)
    return Outcome(same, order.key, "already_done" if same else "key_conflict", value=found[0])


def _asked(order: PurchaseOrder) -> object:
    return order.supplier, [(line.sku, line.warehouse, line.units) for line in order.lines]


def change_purchase(
    key: str, change: Callable[[PurchaseOrder], PurchaseOrder], *, dry_run: bool = False
) -> Operation[Bought]:
    """Change a purchase by a pure step; its refusals are outcomes, `value` is then the purchase as it stands."""
    for _ in range(ROUNDS_MAX):
        found: tuple[PurchaseOrder, int] | None = yield from ask("purchases", "get_purchase", key)
        if found is None:
            return Outcome(False, key, "not_found")
        try:
            changed = change(found[0])
        except InventoryError as error:
            return Outcome(False, key, error.code or "refused", error, found[0])
        if dry_run or changed == found[0]:
            return Outcome(True, key, "dry_run" if dry_run else "already_done", value=changed)
        with suppress(StaleVersion):
            yield from ask("purchases", "put_purchase", changed, found[1])
            return Outcome(True, key, value=changed)
    return Outcome(False, key, "try_again")


def receive_purchase(
    key: str, delivery: str, lines: Sequence[StockLine], *, reason: str | None = None, dry_run: bool = False
) -> Operation[Bought]:
    """Receive one delivery: written down, then stocked.

    Returns:
        `already_done` for a delivery that is stocked; refusals are those of `inventory.purchases.arrived`, and the
        ledger's own (a single unit that is there already), after which the delivery is off the purchase again.
    """
    at = yield from now()

    def change(order: PurchaseOrder) -> PurchaseOrder:
        return arrived(order, delivery, lines, at, reason=reason)

    outcome = yield from change_purchase(key, change, dry_run=dry_run)
    order = outcome.value
    if not outcome.ok or dry_run or order is None:
        return outcome
    waiting = receipts_of(order)
    if not waiting:
        return outcome
    answers: list[StockOutcome] = yield from ask("stock", "apply", waiting)
    refused: StockOutcome | None = None
    for receipt, answer in zip(waiting, answers, strict=True):
        name = receipt.key.removeprefix(f"purchase:{key}:")
        outcome = yield from change_purchase(key, _told(name, answer.ok))
        refused = answer if name == delivery and not answer.ok else refused
    if refused is not None:
        error = InventoryError(refused.message or "the ledger refused it", operation="receive", code=refused.reason)
        return Outcome(False, key, refused.reason, error, outcome.value)
    return Outcome(True, key, value=outcome.value)


def _told(delivery: str, is_stocked: bool) -> Callable[[PurchaseOrder], PurchaseOrder]:
    return lambda order: stocked(order, delivery) if is_stocked else without(order, delivery)


def expected_goods(at: datetime) -> Operation[list[Inbound]]:
    """Everything that is still to come from suppliers; overdue goods have no date."""
    return expected((yield from ask("purchases", "purchases")), at)
