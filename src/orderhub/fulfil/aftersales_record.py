"""What was answered to the cases of one order, kept in the cursor store: written before the platform is told.

All cases of an order share one record, put if unchanged: two answers cannot both be the first, and together they never
promise more money than was paid. Holds ids, amounts and fingerprints, never texts. Imports `ports`, `flow`, `models`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from orderhub.flow.steps import Operation, ask
from orderhub.models import AftersaleStatus, Commit, Refund, Release, Reserve, StockLine
from orderhub.ports import Cursor

__all__ = ["Answer", "Answers", "load_answers", "save_answer"]

Goods = tuple[tuple[str, str, int], ...]
"""(SKU, warehouse, units)"""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        state: told (the platform may know), done, or dropped (it said no, or was never asked).
        print: Fingerprint of what is told.
        version: Of the case that was answered; a later one is judged afresh.
        stage: Where the case stands once it is done.
        amount: What the buyer is promised, in the order's currency.
        round: Counts reservations for this case; each has a key of its own.
        goods: What an exchange takes from stock.
    """

    case_key: str
    verb: str
    print: str
    version: str
    stage: str
    state: str = "told"
    amount: Decimal | None = None
    round: int = 0
    goods: Goods = ()

    @property
    def reserve(self) -> Reserve:
        """Hold the goods of an exchange."""
        lines = tuple(StockLine(sku, warehouse, units) for sku, warehouse, units in self.goods)
        return Reserve(f"exchange:{self.case_key}:{self.round}", lines)

    @property
    def commit(self) -> Commit:
        """Send them."""
        return Commit(f"{self.reserve.key}:sent", self.reserve.key)

    @property
    def release(self) -> Release:
        """Give them back."""
        return Release(f"{self.reserve.key}:free", self.reserve.key)


@dataclass(frozen=True, slots=True)
class Answers:
    """Every answer of one order, by case."""

    cursor: Cursor
    rows: Mapping[str, Answer] = field(default_factory=dict)

    def promised(self, case_key: str, stored: Iterable[Refund]) -> Decimal:
        """What other cases were promised and are not seen to have got."""
        paid = {case.key for case in stored if case.status is AftersaleStatus.REFUNDED}
        return sum(
            (row.amount for key, row in self.rows.items()
             if key != case_key and key not in paid and row.amount is not None and row.state != "dropped"),
            Decimal(0),
        )  # fmt: skip


def load_answers(order_key: str) -> Operation[Answers]:
    """The record of an order, empty when nothing was answered."""
    cursor: Cursor = yield from ask("orders", "get_cursor", f"answers:{order_key}")
    found: dict[str, dict[str, Any]] = json.loads(cursor.position) if cursor.position else {}
    return Answers(cursor, {key: _answer(row) for key, row in found.items()})


def save_answer(answers: Answers, answer: Answer) -> Operation[Answers]:
    """Write one answer; raises `StaleVersion` when another worker has answered a case of this order."""
    rows = {**answers.rows, answer.case_key: answer}
    body = json.dumps({key: asdict(row) for key, row in rows.items()}, default=str, ensure_ascii=False)
    cursor: Cursor = yield from ask("orders", "put_cursor", answers.cursor, body)
    return replace(answers, cursor=cursor, rows=rows)


def _answer(row: dict[str, Any]) -> Answer:
    amount = row.get("amount")
    goods = tuple((str(sku), str(place), int(units)) for sku, place, units in row.get("goods", ()))
    return Answer(**{**row, "amount": None if amount is None else Decimal(amount), "goods": goods})
