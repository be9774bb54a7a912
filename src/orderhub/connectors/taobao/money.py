"""What a Taobao trade says about money. Pure; imports `kit`, `models`. Amounts in yuan.

Source: docs/platforms/taobao.md#money. A line's own reduction is `discount_fee - adjust_fee`; its share of trade-level
discounts is `part_mjz_discount`. A trade's `payment` is what the buyer owes for all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderhub.connectors.taobao.meaning import step_of
from orderhub.kit.convert import cny_yuan, rows_of
from orderhub.kit.money import apportion, total_of
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, DiscountFunder, OrderStatus, PaymentStatus

__all__ = ["discounts", "goods", "payment"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")


def _yuan(document: Document, name: str) -> Decimal | None:
    return read(document, name, cny_yuan)  # type: ignore[no-any-return]


def goods(document: Document, found: Found) -> Found:
    """Gross, discount and total of each line, and their sums; trade-level discounts are apportioned where unsplit."""
    lines, freight = found.get("lines", ()), found.get("shipping_fee")
    shares = [line.get("_part_mjz_discount") for line in lines]
    for line in lines:
        line |= _gross(line)
        line["discount"] = _own_discount(line, freight if len(lines) == 1 else ZERO)
    rest = _unsplit(document, shares)
    added, note = _spread(lines, rest)
    for line, share, extra in zip(lines, shares, added, strict=True):
        if line["discount"] is not None:
            line["discount"] += (share or ZERO) + extra
            line["total"] = line["subtotal"] - line["discount"]
    items, reduced = total_of([line["subtotal"] for line in lines]), total_of([line["discount"] for line in lines])
    return {"items_total": items, "discount_total": reduced, "tax_total": ZERO, "_notes": note}


def _gross(line: Found) -> Found:
    if (price := line.get("unit_price")) is not None:
        return {"subtotal": price * line["quantity"]}
    amount = line.get("_total_fee", line.get("_payment"))
    if amount is None or not line["quantity"]:
        return {"subtotal": amount}
    return {"subtotal": amount, "unit_price": (amount / line["quantity"]).quantize(ZERO), "_amount_only": True}


def _own_discount(line: Found, freight: Decimal | None) -> Decimal | None:
    """What the line itself was reduced by, without its share of trade-level discounts."""
    if line.pop("_amount_only", False) or line["subtotal"] is None:
        return None if line["subtotal"] is None else ZERO
    if (reduced := line.get("_discount_fee")) is not None:
        return Decimal(reduced - line.get("_adjust_fee", ZERO))
    if (paid := line.get("_payment")) is not None and freight is not None:
        return Decimal(line["subtotal"] + freight - paid)  # a single line's payment includes the freight
    return None


def _unsplit(document: Document, shares: Sequence[Decimal | None]) -> Decimal:
    """What of the trade-level discount no line carries yet."""
    if not (whole := _yuan(document, "discount_fee")):
        return ZERO
    return max(ZERO, whole - sum([share for share in shares if share is not None], ZERO))


def _spread(lines: Sequence[Found], rest: Decimal) -> tuple[list[Decimal], tuple[str, ...]]:
    if not rest:
        return [ZERO] * len(lines), ()
    weights = [
        max(ZERO, line["subtotal"] - line["discount"]) if line["discount"] is not None else ZERO for line in lines
    ]
    if not any(weights):
        return [ZERO] * len(lines), ()
    return apportion(rest, weights), ("discount_apportioned",)


def discounts(document: Document, found: Found) -> Found:
    """Every reduction by name; a seller's price change is an adjustment; what no row names is kind `other`."""
    own = {line["line_id"] for line in found.get("lines", ())}
    named = [_promotion(document, row, own) for row in rows_of(document.get("promotion_details"))]
    rows = [row for row in named if row is not None]
    for line in found.get("lines", ()):
        if adjustment := line.get("_adjust_fee"):
            rows.append(
                {
                    "kind": "adjustment",
                    "amount": -adjustment,
                    "funded_by": DiscountFunder.SELLER,
                    "line_id": line["line_id"],
                }
            )
    rest = (found.get("discount_total") or ZERO) - sum((row["amount"] for row in rows), ZERO)
    if rest > 0:
        rows.append({"kind": "other", "amount": rest})
    return {"discounts": tuple(rows)}


def _promotion(document: Document, row: Document, own: set[str]) -> Found | None:
    """Free postage and timed offers carry no amount: they are not reductions of goods."""
    if not (amount := _yuan(row, "discount_fee")):
        return None
    trade = {str(document.get("tid")), str(document.get("tid_str"))}
    target = str(row.get("id") or "")
    return {"kind": "promotion", "name": row.get("promotion_name") or row.get("promotion_desc") or None,
            "amount": amount, "line_id": target if target in own - trade else None}  # fmt: skip


def payment(document: Document, found: Found) -> Found:
    """Fees, the residual, what was paid and refunded up to now, and the payment axis."""
    fees = _yuan(document, "cod_fee")
    if fees is None and document.get("type") and not found["is_cod"]:
        fees = ZERO
    paid, status = _paid(document, found)
    refunded = _refunded(document, found, paid)
    for line in found.get("lines", ()):
        line |= _line_refund(line, closed=status is PaymentStatus.PAID and found["raw_status"] == "TRADE_CLOSED")
    told = {"fees_total": fees, "paid": paid, "refunded": refunded}
    return told | {
        "payment_status": _after_refunds(status, found, paid, refunded),
        "residual": _residual({**found, **told}),
    }


def _residual(found: Found) -> Decimal | None:
    if found.get("total") is None or found.get("items_total") is None:
        return None
    plus = [found.get(name) or ZERO for name in ("items_total", "shipping_fee", "fees_total", "tax_total")]
    return Decimal(found["total"] - (sum(plus, ZERO) - (found.get("discount_total") or ZERO)))


def _paid(document: Document, found: Found) -> tuple[Decimal | None, PaymentStatus]:
    raw, step, total = found["raw_status"], step_of(document), found.get("total")
    if found["status"] is OrderStatus.UNKNOWN:
        return (total, PaymentStatus.PAID) if found.get("paid_at") else (None, PaymentStatus.UNKNOWN)
    if step == "FRONT_NOPAID_FINAL_NOPAID" and found["status"] is OrderStatus.CANCELLED:
        return ZERO, PaymentStatus.UNPAID
    if step in ("FRONT_PAID_FINAL_NOPAID", "FRONT_PAID_FRONT_FORFEITED"):
        return _yuan(document, "step_paid_fee"), PaymentStatus.PARTIALLY_PAID
    if raw == "TRADE_CLOSED_BY_TAOBAO" or found["status"] is OrderStatus.PENDING_PAYMENT:
        return ZERO, PaymentStatus.UNPAID
    if found["is_cod"] and raw not in ("TRADE_BUYER_SIGNED", "TRADE_FINISHED") and not found.get("paid_at"):
        return ZERO, PaymentStatus.UNPAID
    return total, PaymentStatus.PAID


def _refunded(document: Document, found: Found, paid: Decimal | None) -> Decimal | None:
    """Trades tell refunds by status only; the amount follows where the trade is over, else it is not told."""
    step = step_of(document)
    if found["raw_status"] == "TRADE_CLOSED":
        return ZERO if step == "FRONT_PAID_FRONT_FORFEITED" else paid  # a forfeited deposit stays
    if found["raw_status"] == "TRADE_CLOSED_BY_TAOBAO" and step == "FRONT_PAID_FINAL_NOPAID":
        return None  # a deposit was paid: nothing says whether it went back
    if not any(line["aftersale_status"] is AftersaleStatus.REFUNDED for line in found.get("lines", ())):
        return None if found["status"] is OrderStatus.UNKNOWN else ZERO
    settled = _yuan(document, "received_payment")
    return (
        paid - settled if found["raw_status"] == "TRADE_FINISHED" and settled is not None and paid is not None else None
    )


def _line_refund(line: Found, *, closed: bool) -> Found:
    """A line of a paid trade that was closed has its money back, whatever its own refund word says."""
    if not closed and line["aftersale_status"] is not AftersaleStatus.REFUNDED:
        told = line["aftersale_status"] is not AftersaleStatus.UNKNOWN
        return {"refunded": ZERO if told else None, "refunded_quantity": 0 if told else None}
    whole = line.get("raw_status") == "TRADE_CLOSED"
    return {"refunded": line.get("total") if whole else None, "refunded_quantity": line["quantity"] if whole else None}


def _after_refunds(
    status: PaymentStatus, found: Found, paid: Decimal | None, refunded: Decimal | None
) -> PaymentStatus:
    if status is PaymentStatus.PARTIALLY_PAID and paid and refunded == paid:
        return PaymentStatus.REFUNDED
    if status is not PaymentStatus.PAID:
        return status
    if found["raw_status"] == "TRADE_CLOSED" or (refunded and refunded == paid):
        return PaymentStatus.REFUNDED
    touched = any(line["aftersale_status"] is AftersaleStatus.REFUNDED for line in found.get("lines", ()))
    return PaymentStatus.PARTIALLY_REFUNDED if touched else status
