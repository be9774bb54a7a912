"""What a WeChat order says about money. Pure; imports `kit`, `models`. Wire amounts are whole fen.

order_price = original_order_price - discounted_price - deduction_price - change_down_price, freight included. A line
tells its total after discounts and the discounts by kind; whichever reading adds up to the order is taken, else the
order's own reductions are shared out. Source: docs/platforms/wechat.md#money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderhub.connectors.wechat.spec import PAYMENT, SPLITS
from orderhub.kit.convert import cny_fen
from orderhub.kit.money import apportion, total_of
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, PaymentStatus

__all__ = ["goods", "line_amounts", "payment"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")
_REDUCTIONS = (*SPLITS, "deduction_price")


def _fen(document: Any, name: str) -> Decimal | None:
    return read(document, name, cny_fen) if isinstance(document, Mapping) else None


def line_amounts(document: Document, found: Found) -> Found:
    """Gross of one line, and the readings of its net that the order chooses from."""
    price, units = found.get("unit_price"), found["quantity"]
    gross = price * units if price is not None else None
    split = [_fen(document, name) for name in _REDUCTIONS]
    off = sum((part for part in split if part is not None), ZERO)
    return {
        "subtotal": gross, "discount": None, "total": None,
        "_nets": (_fen(document, "estimate_price"), _fen(document, "real_price"),
                  gross - off if gross is not None and any(part is not None for part in split) else None),
    }  # fmt: skip


def goods(document: Document, found: Found) -> Found:
    """Sums, reductions by kind, what is owed and what of it is unexplained; lines get their shares."""
    prices = _prices(document)
    lines: Sequence[Found] = found.get("lines", ())
    items, freight, total = total_of(line["subtotal"] for line in lines), _fen(prices, "freight"), _total(prices)
    told = [_fen(prices, name) for name in ("discounted_price", "deduction_price", "change_down_price")]
    off = sum((part for part in told if part is not None), ZERO) if told[0] is not None else None
    shared = _share(lines, items, off, total - freight if total is not None and freight is not None else None)
    discount = total_of(line["discount"] for line in lines)
    sums: Found = {
        "currency": "CNY", "items_total": items, "discount_total": discount, "shipping_fee": freight, "total": total,
        "fees_total": ZERO if total is not None else None, "tax_total": ZERO if total is not None else None,
    }  # fmt: skip
    return sums | {"residual": _residual(sums), "discounts": tuple(_reductions(prices)), "_shared": shared}


def _prices(document: Document) -> Document:
    detail = document.get("order_detail")
    found = detail.get("price_info") if isinstance(detail, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _total(prices: Document) -> Decimal | None:
    return _fen(prices, "order_price")


def _share(lines: Sequence[Found], items: Decimal | None, off: Decimal | None, net: Decimal | None) -> bool:
    """Give every line its total and discount; answers whether the order's reductions had to be shared out."""
    goods_part = net if net is not None else items - off if items is not None and off is not None else None
    for reading in range(3):
        nets = [line["_nets"][reading] for line in lines]
        if goods_part is not None and total_of(nets) == goods_part:
            return _take(lines, nets)
    whole = off if off is not None else items - goods_part if items is not None and goods_part is not None else None
    if whole is None or items is None:
        return _take(lines, [line["_nets"][0] for line in lines])
    weights = [line["subtotal"] for line in lines]
    shares = apportion(whole, weights) if whole and any(weights) else [ZERO] * len(lines)
    _take(lines, [line["subtotal"] - share for line, share in zip(lines, shares, strict=True)])
    return bool(whole)


def _take(lines: Sequence[Found], nets: Sequence[Decimal | None]) -> bool:
    for line, net in zip(lines, nets, strict=True):
        if line["subtotal"] is None and net is not None and line.get("unit_price") is None:
            line["subtotal"] = net
        known = net is not None and line["subtotal"] is not None
        line["total"] = net
        line["discount"] = line["subtotal"] - net if known else None
    return False


def _residual(told: Found) -> Decimal | None:
    """What the total leaves unexplained."""
    if told["total"] is None or told["items_total"] is None:
        return None
    return Decimal(told["total"] - (told["items_total"] - (told["discount_total"] or ZERO)
                                    + (told["shipping_fee"] or ZERO)))  # fmt: skip


def _reductions(prices: Document) -> list[Found]:
    """Every reduction of the order by kind; what no kind explains is one of its own."""
    found: list[Found] = [
        {"kind": kind, "amount": part, "funded_by": funder}
        for name, (kind, funder) in SPLITS.items()
        if (part := _fen(prices, name))
    ]
    whole = _fen(prices, "discounted_price")
    named = sum((row["amount"] for row in found), ZERO)
    if whole is not None and named > whole:
        found, named = [], ZERO
    if whole and whole > named:
        found.append({"kind": "discount", "amount": whole - named, "funded_by": "unknown"})
    if part := _fen(prices, "deduction_price"):
        found.append({"kind": "points", "amount": part, "funded_by": "unknown"})
    if part := _fen(prices, "change_down_price"):
        found.append({"kind": "adjustment", "amount": part, "funded_by": "seller"})
    return found


def payment(document: Document, found: Found) -> Found:
    """Whether the money is here, how much, and what went back; amounts of partial refunds stand in the cases."""
    raw, total, lines = found["raw_status"], found.get("total"), found.get("lines", ())
    status = PAYMENT.get(raw, PaymentStatus.UNKNOWN)
    if raw == "190" and found.get("paid_at") is None:
        status = PaymentStatus.UNPAID
    back = any(line["aftersale_status"] in _BACK for line in lines) or found["aftersale_status"] in _BACK
    if status is PaymentStatus.PAID and back:
        status = PaymentStatus.PARTIALLY_REFUNDED
    paid = ZERO if status is PaymentStatus.UNPAID else None if status is PaymentStatus.UNKNOWN else total
    refunded = paid if status is PaymentStatus.REFUNDED else None if status in _OPEN_SUM else ZERO
    return {"payment_status": status, "paid": paid, "refunded": refunded}


_BACK = frozenset({AftersaleStatus.REFUNDED, AftersaleStatus.PARTIALLY_REFUNDED})
_OPEN_SUM = frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.UNKNOWN})
