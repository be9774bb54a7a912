"""What a Xiaohongshu order says about money. Pure; imports `kit`, `models`. Wire amounts are whole fen.

totalPayAmount is what the buyer pays, freight included. A line tells what is paid for it and what the merchant and the
platform's red packets take off; its gross is their sum, or its parts' prices where these add up. Whether tax stands
inside the paid amount, and whether a changed price does, is not documented: whichever reading adds up is taken.
Source: docs/platforms/xiaohongshu.md#money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderhub.connectors.xiaohongshu.spec import PAYMENT
from orderhub.kit.convert import cny_fen, quantity, rows_of
from orderhub.kit.money import apportion, total_of
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, DiscountFunder, OrderStatus, PaymentStatus

__all__ = ["goods", "line_amounts", "payment"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO, CENT = Decimal("0.00"), Decimal("0.01")
_PRICES = ("rawPricePerSku", "pricePerSku")
_OFF = ("totalMerchantDiscount", "totalRedDiscount")


def _fen(document: Document, name: str) -> Decimal | None:
    return read(document, name, cny_fen)  # type: ignore[no-any-return]


def line_amounts(document: Document, found: Found) -> Found:
    """Notes of one line's amounts; the order makes gross, discount and total of them."""
    parts = [part for part in rows_of(document.get("skuDetailList")) if isinstance(part, Mapping)]
    return {
        "subtotal": None, "discount": None, "total": None, "unit_price": None,
        "_paid": _fen(document, "totalPaidAmount"), "_off": [_fen(document, name) for name in _OFF],
        "_tax": _fen(document, "totalTaxAmount"), "_change": ZERO,
        "_listed": [_listed(parts, name) for name in _PRICES],
    }  # fmt: skip


def _listed(parts: Sequence[Document], name: str) -> Decimal | None:
    """The gross of a line by the price of its parts; None when a part does not tell it."""
    if not parts:
        return None
    units = [read(part, "quantity", quantity) for part in parts]
    prices = [_fen(part, name) for part in parts]
    return total_of(price * count if price is not None and count is not None else None
                    for price, count in zip(prices, units, strict=True))  # fmt: skip


def goods(document: Document, found: Found) -> Found:
    """Sums, reductions by kind, what is owed and what of it is unexplained; lines get their amounts."""
    lines: Sequence[Found] = found.get("lines", ())
    total, freight = _fen(document, "totalPayAmount"), _fen(document, "totalShippingFree")
    change = _fen(document, "totalChangePriceAmount") or ZERO
    shared = _fill(document, lines)
    net = total_of(line["_paid"] for line in lines)
    owed = total - freight if total is not None and freight is not None else None
    tax, rest = _reading(owed, net, total_of(line["_tax"] for line in lines), change)
    if rest:
        shared |= _share(lines, rest)
    for line in lines:
        _amounts(line, lines, change)
    sums: Found = {
        "currency": "CNY", "items_total": total_of(line["subtotal"] for line in lines),
        "discount_total": total_of(line["discount"] for line in lines), "shipping_fee": freight, "total": total,
        "fees_total": ZERO if total is not None else None, "tax_total": tax,
    }  # fmt: skip
    return sums | {
        "residual": _residual(sums), "_shared": shared,
        "discounts": tuple(_reductions(lines, _funder(document, total))),
    }  # fmt: skip


def _fill(document: Document, lines: Sequence[Found]) -> bool:
    """Share out reductions that only the order tells; answers whether it came to that."""
    shared = False
    for place, name in enumerate(_OFF):
        whole = _fen(document, name)
        if whole is None or any(line["_off"][place] is not None for line in lines):
            continue
        weights = [line["_listed"][0] or line["_paid"] or ZERO for line in lines]
        shares = apportion(whole, weights) if any(weights) and min(weights) >= 0 else None
        if shares is None and whole:
            continue
        for line, share in zip(lines, shares or [ZERO] * len(lines), strict=True):
            line["_off"][place] = share
        shared |= bool(whole)
    return shared


def _reading(
    owed: Decimal | None, net: Decimal | None, told: Decimal | None, change: Decimal
) -> tuple[Decimal | None, Decimal]:  # fmt: skip
    """(tax on top, changed price that the lines do not hold), by the first reading that adds up.

    Tax is not told when none does and the lines name one.
    """
    if owed is not None and net is not None:
        for rest in dict.fromkeys((ZERO, change, -change)):
            for tax in dict.fromkeys((ZERO, told or ZERO)):
                if owed == net + tax + rest:
                    return tax, rest
    return (None if told is None or told else ZERO), ZERO


def _share(lines: Sequence[Found], rest: Decimal) -> bool:
    """A changed price that the lines do not hold is shared out by what is paid for them."""
    weights = [line["_paid"] for line in lines]
    if not any(weights) or min(weights) < 0:
        return False
    for line, share in zip(lines, apportion(rest, weights), strict=True):
        line["_paid"] += share
        line["_change"] = -share
    return True


def _amounts(line: Found, lines: Sequence[Found], change: Decimal) -> None:
    """Gross, discount, total and unit price of one line, exact to the cent."""
    paid, off, listed = line["_paid"], total_of(line["_off"]), line["_listed"]
    line["total"] = paid
    told = None if paid is None or off is None else paid + off + line["_change"]
    if told is not None:
        if change and not line["_change"] and _explains(lines, change):
            line["_change"] = listed[0] - told
            told = listed[0]
        line["subtotal"] = told
    elif paid is not None:
        line["subtotal"] = next((price for price in listed if price is not None and price >= paid), None)
    if line["subtotal"] is not None:
        line["discount"] = line["subtotal"] - paid
        line["unit_price"] = (line["subtotal"] / line["quantity"]).quantize(CENT) if line["quantity"] else None


def _explains(lines: Sequence[Found], change: Decimal) -> bool:
    """Whether the distance of listed prices from all amounts of the lines is just the change of price."""
    apart = total_of(_distance(line) for line in lines)
    return apart is not None and abs(apart) == abs(change)


def _distance(line: Found) -> Decimal | None:
    off, listed = total_of(line["_off"]), line["_listed"][0]
    return None if off is None or listed is None or line["_paid"] is None else listed - off - line["_paid"]


def _residual(told: Found) -> Decimal | None:
    """What the total leaves unexplained."""
    if told["total"] is None or told["items_total"] is None:
        return None
    plus = [told[name] or ZERO for name in ("items_total", "shipping_fee", "tax_total")]
    return Decimal(told["total"] - (sum(plus, ZERO) - (told["discount_total"] or ZERO)))


def _funder(document: Document, total: Decimal | None) -> DiscountFunder:
    """Who bears red packets: the platform, when the merchant receives them on top of what the buyer pays."""
    red, got = _fen(document, "totalRedDiscount"), _fen(document, "merchantActualReceiveAmount")
    known = red and got is not None and total is not None and got == total + red
    return DiscountFunder.PLATFORM if known else DiscountFunder.UNKNOWN


def _reductions(lines: Sequence[Found], red: DiscountFunder) -> list[Found]:
    """Every reduction of every line by kind; what no kind explains is one of its own."""
    found: list[Found] = []
    for line in lines:
        if line["discount"] is None:
            continue
        merchant, packets = line["_off"]
        rows = [("merchant", merchant or ZERO, DiscountFunder.SELLER), ("red_packet", packets or ZERO, red),
                ("adjustment", line["_change"], DiscountFunder.SELLER)]  # fmt: skip
        rest = line["discount"] - sum((amount for _, amount, _ in rows), ZERO)
        rows = (
            [*rows, ("discount", rest, DiscountFunder.UNKNOWN)]
            if rest >= 0
            else [("discount", line["discount"], DiscountFunder.UNKNOWN)]
        )  # what is named is more than what was taken off
        found += [{"kind": kind, "amount": amount, "funded_by": who, "line_id": line["line_id"]}
                  for kind, amount, who in rows if amount > 0 or (amount and kind == "adjustment")]  # fmt: skip
    return found


def payment(document: Document, found: Found) -> Found:
    """Whether the money is here and how much; amounts that went back stand in the cases."""
    raw, total, paid_at = found["raw_status"], found.get("total"), found.get("paid_at")
    status = PAYMENT.get(raw, PaymentStatus.PAID if paid_at else PaymentStatus.UNKNOWN)
    paid = total if status is PaymentStatus.PAID else None
    if raw in ("8", "9"):
        status = PaymentStatus.UNKNOWN if paid_at else PaymentStatus.UNPAID
        paid = total if paid_at else ZERO
    elif status is PaymentStatus.UNPAID:
        deposit = _fen(document, "totalDepositAmount")
        paid = ZERO
        if deposit and paid_at:
            status, paid = PaymentStatus.PARTIALLY_PAID, deposit
    return {"payment_status": status, "paid": paid, "paid_at": None if raw == "1" else paid_at,
            "refunded": _refunded(found, status)}  # fmt: skip


def _refunded(found: Found, status: PaymentStatus) -> Decimal | None:
    if status in (PaymentStatus.UNPAID, PaymentStatus.PARTIALLY_PAID):
        return ZERO
    quiet = found["aftersale_status"] in (AftersaleStatus.NONE, AftersaleStatus.REQUESTED)
    return ZERO if quiet and status is PaymentStatus.PAID and found["status"] is not OrderStatus.CANCELLED else None
