"""What a JD order says about money. Pure; imports `kit`, `models`. Amounts in yuan.

Source: docs/platforms/jd.md#money. What the buyer owes is `shouldPay` plus what was paid from stored value (balance,
gift cards); `orderPayment` is not kept up since October 2024 and only believed before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orderhub.connectors.jd.convert import leading_code, pick, told
from orderhub.connectors.jd.meaning import ACTUAL, SHOULD
from orderhub.connectors.jd.spec import BEARERS, COUPONS, GIFT_CARD, UNPROVEN
from orderhub.errors import DecodeError
from orderhub.kit.convert import cny_yuan, ident, masked, rows_of, text
from orderhub.kit.money import apportion, total_of
from orderhub.models.status import DiscountFunder, Hold, OrderStatus, PaymentStatus

__all__ = ["COUPON_PATHS", "MONEY_PATHS", "coupon_rows", "goods", "payment"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")
_STALE_FROM = datetime(2024, 10, 1, tzinfo=UTC)

TOOL = "payDiscount|paymentInfo.payDiscountAmount"
FREIGHT = "freightPrice|paymentInfo.freightFee"
SERVICE = "serviceFee|paymentInfo.serviceFeeInfo.serviceFee"
TAX = "taxFee|paymentInfo.taxInfo.taxFee"
SELLER = "totalSellerDiscount|sellerDiscount|sellerTradePriceInfo.totalSellerDiscountAmount"
COUPON_PATHS = ("couponDetailList", "paymentDetailList")
MONEY_PATHS = (
    *(path for row in (SHOULD, ACTUAL, TOOL, SERVICE, TAX, SELLER) for path in row.split("|")),
    "orderPayment",
    "balanceUsed",
)


def _yuan(document: Document, path: str) -> Decimal | None:
    return told(document, path, cny_yuan)  # type: ignore[no-any-return]


def coupon_rows(document: Document) -> list[tuple[str, Decimal, str | None]]:
    """(code, yuan, SKU or None) of every named reduction of the classic order; a row without amount is left out."""
    found = []
    for number, row in enumerate(rows_of(document.get("couponDetailList"))):
        if not isinstance(row, Mapping):
            raise DecodeError("expected an object", path=f"couponDetailList[{number}]", value=masked(row))
        if amount := _yuan(row, "couponPrice"):
            found.append((told(row, "couponType", leading_code) or "", amount, told(row, "skuId", ident)))
    return found


def goods(document: Document, found: Found) -> Found:
    """Gross of each line; every reduction by name and bearer, on its line or apportioned; their sums."""
    lines = found.get("lines", ())
    for line in lines:
        price = line.get("unit_price")
        line["subtotal"] = None if price is None else price * line["quantity"]
    rows = _by_bearer(document, found) or _by_coupon(document, lines)
    notes = _take_off(lines, rows) if all(line["subtotal"] is not None for line in lines) else ()
    reduced = total_of(line.get("discount") for line in lines)
    return {
        "items_total": total_of(line["subtotal"] for line in lines), "discount_total": reduced, "discounts": rows,
        "_money_notes": notes,
    }  # fmt: skip


def _by_coupon(document: Document, lines: Sequence[Found]) -> tuple[Found, ...]:
    """Named reductions; what the seller gives beyond them is one more row; a gift has its price taken off."""
    rows, sellers = [], ZERO
    for code, amount, sku in coupon_rows(document):
        kind, funder = COUPONS.get(code, (f"coupon_{code or 'unnamed'}", DiscountFunder.UNKNOWN))
        sellers += amount if funder is DiscountFunder.SELLER else ZERO
        if code != GIFT_CARD:
            rows.append(_row(kind if amount > 0 else "adjustment", amount, funder, sku, _coupon_name(document, code)))
    if (rest := (_yuan(document, SELLER) or ZERO) - sellers) > 0:
        rows.append(_row("seller_discount", rest, DiscountFunder.SELLER, None, None))
    return tuple(rows) + _gifts(document, lines)


def _coupon_name(document: Document, code: str) -> str | None:
    for row in rows_of(document.get("couponDetailList")):
        head, _, name = (told(row, "couponType", text) or "").partition("-")
        if head.strip() == code:
            return name.strip() or None
    return None


def _gifts(document: Document, lines: Sequence[Found]) -> tuple[Found, ...]:
    """Gifts that carry a list price which the platform's total leaves out."""
    whole = _yuan(document, "totalOriginalPrice|orderTotalPrice|sellerTradePriceInfo.totalOriginalPriceAmount")
    priced = [line for line in lines if line.get("is_gift") and line["subtotal"]]
    gross = total_of(line["subtotal"] for line in lines)
    if whole is None or gross is None or gross - whole != sum((line["subtotal"] for line in priced), ZERO):
        return ()
    return tuple(
        _row("gift", line["subtotal"], DiscountFunder.UNKNOWN, None, None) | {"line_id": line["line_id"]}
        for line in priced
    )


def _row(kind: str, amount: Decimal, funder: DiscountFunder, sku: str | None, name: str | None) -> Found:
    return {"kind": kind, "name": name, "amount": amount, "funded_by": funder, "_sku": sku, "line_id": None}


def _by_bearer(document: Document, found: Found) -> tuple[Found, ...]:
    """Reductions split per line and bearer, as the newer gateway tells them; believed when they explain the total."""
    lines, rows = found.get("lines", ()), list[Found]()
    ids = {line["line_id"] for line in lines}
    for item in rows_of(document.get("paymentDetailList")):
        if not isinstance(item, Mapping) or (line_id := told(item, "skuUuid", ident)) not in ids:
            return ()
        for part in rows_of(item.get("amountExpandList")):
            rows += _borne(part, line_id)
    gross, total = total_of(line["subtotal"] for line in lines), _owed(document, found)
    if not rows or gross is None or total is None:
        return ()
    plus = sum((amount for path in (FREIGHT, SERVICE) if (amount := _yuan(document, path))), ZERO)
    taken = sum((row["amount"] for row in rows), ZERO)
    return tuple(rows) if gross - taken + plus == total else ()


def _borne(part: Document, line_id: str | None) -> list[Found]:
    kind = f"promotion_{told(part, 'type', text) or 'unnamed'}"
    name = told(part, "activityName|typeName", text)
    return [
        _row(kind, amount, BEARERS.get(told(cost, "bearer", text) or "", DiscountFunder.UNKNOWN), None, name)
        | {"line_id": line_id}
        for cost in rows_of(part.get("orderCostAmountList"))
        if (amount := _yuan(cost, "bearAmount"))
    ]


def _take_off(lines: Sequence[Found], rows: Sequence[Found]) -> tuple[str, ...]:
    """Put each reduction on its line; those of one SKU on that SKU's rows, the rest on all by what is left of them."""
    for line in lines:
        line["discount"] = sum((row["amount"] for row in rows if row["line_id"] == line["line_id"]), ZERO)
    notes: tuple[str, ...] = ()
    for row in sorted((row for row in rows if row["line_id"] is None), key=lambda row: row["_sku"] is None):
        mine = [line for line in lines if line.get("platform_sku_id") == row["_sku"] and row["_sku"]]
        if len(mine) == 1:
            row["line_id"] = mine[0]["line_id"]
            mine[0]["discount"] += row["amount"]
            continue
        _share(mine or lines, row["amount"])
        notes = ("discount_apportioned",)
    for line in lines:
        line["total"] = line["subtotal"] - line["discount"]
    return notes if len(lines) > 1 else ()


def _share(lines: Sequence[Found], amount: Decimal) -> None:
    weights = [max(ZERO, line["subtotal"] - line["discount"]) for line in lines]
    weights = weights if any(weights) else [Decimal(1)] * len(lines)
    for line, part in zip(lines, apportion(amount, weights), strict=True):
        line["discount"] += part


def _owed(document: Document, found: Found) -> Decimal | None:
    """`shouldPay` with what was paid from stored value; `orderPayment` only for orders from before it went stale."""
    payable = _yuan(document, SHOULD)
    if payable is None and (created := found.get("created_at")) and created < _STALE_FROM:
        payable = _yuan(document, "orderPayment")
    return None if payable is None else payable + _stored(document)


def _stored(document: Document) -> Decimal:
    """Balance and gift cards: payment by other means."""
    cards = sum((amount for code, amount, _ in coupon_rows(document) if code == GIFT_CARD), ZERO)
    return (_yuan(document, "balanceUsed") or ZERO) + cards


def payment(document: Document, found: Found) -> Found:
    """Fees, tax, total and residual; what was paid and refunded up to now; the payment axis."""
    for row in found["discounts"]:
        row.pop("_sku", None)
    total, fees = _owed(document, found), _yuan(document, SERVICE)
    tax, tax_note = _tax(document)
    paid, refunded, status = _paid(document, found, total)
    for line in found.get("lines", ()):
        whole = status is PaymentStatus.REFUNDED
        line |= {"refunded": line.get("total") if whole else None, "refunded_quantity": line["quantity"] if whole
                 else None}  # fmt: skip
    return {
        "total": total, "fees_total": fees, "tax_total": tax, "paid": paid, "refunded": refunded,
        "payment_status": status, "residual": _residual(found, total, fees, tax),
        "_notes": found.pop("_money_notes", ()) + tax_note,
    }  # fmt: skip


def _tax(document: Document) -> tuple[Decimal | None, tuple[str, ...]]:
    """Prices include tax; a customs tax that is not zero has an unverified unit and stays out of the sums."""
    if (stated := _yuan(document, TAX)) is None:
        abroad = pick(document, "customs|customsModel|globalInfo.customsCode|globalInfo.customsModel")
        return (None if abroad else ZERO), ()
    return (ZERO, ()) if stated == 0 else (None, ("tax_unit_unverified",))


def _residual(found: Found, total: Decimal | None, fees: Decimal | None, tax: Decimal | None) -> Decimal | None:
    items = found.get("items_total")
    if total is None or items is None:
        return None
    plus = sum((amount for amount in (found.get("shipping_fee"), fees, tax) if amount is not None), items)
    return Decimal(total - (plus - (found.get("discount_total") or ZERO)))


def _paid(
    document: Document, found: Found, total: Decimal | None
) -> tuple[Decimal | None, Decimal | None, PaymentStatus]:
    """(paid, refunded, status). A cancelled order that was paid is refunded; cash at the door comes with delivery."""
    status, received = found["status"], _received(document, found, total)
    stated = _yuan(document, ACTUAL)
    came = bool(found.get("paid_at") or stated)
    if status is OrderStatus.UNKNOWN or (found["raw_status"] in UNPROVEN and not came and _owes(total, found)):
        return (received, None, PaymentStatus.PAID) if came else (None, None, PaymentStatus.UNKNOWN)
    if status is OrderStatus.PENDING_PAYMENT:
        return ZERO, ZERO, PaymentStatus.UNPAID
    if status is OrderStatus.CANCELLED:
        return (received, received, PaymentStatus.REFUNDED) if came else (ZERO, ZERO, PaymentStatus.UNPAID)
    at_door = found["is_cod"] and status not in (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
    if at_door and not came:
        return ZERO, ZERO, PaymentStatus.UNPAID
    short = total is not None and stated and received is not None and received < total - (_yuan(document, TOOL) or ZERO)
    if short and Hold.PLATFORM_PAUSE in found["holds"]:  # the deposit of an open presale
        return received, ZERO, PaymentStatus.PARTIALLY_PAID
    return received, None, PaymentStatus.PAID


def _owes(total: Decimal | None, found: Found) -> bool:
    """Whether an unproven state leaves the payment open."""
    return total != 0 and not found["is_cod"] and found["status"] is not OrderStatus.PENDING_PAYMENT


def _received(document: Document, found: Found, total: Decimal | None) -> Decimal | None:
    """`actualPay` lags: while it is missing or zero, what was payable less the payment tool's own discount."""
    stated = _yuan(document, ACTUAL)
    if stated:
        return stated + _stored(document)
    return None if total is None else total - (_yuan(document, TOOL) or ZERO)
