"""What an Amazon order says about money, alike for both wire profiles. Pure; imports `kit`, `models`, `errors`.

A line tells parts (goods, freight, fees, tax, and what was taken off each); an order tells one total. A part that no
line tells is zero only where the total proves it, else it is not known. Amounts are in the order's one currency.
Source: docs/platforms/amazon.md#money.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from orderhub.connectors.amazon.marketplaces import MARKETPLACES
from orderhub.connectors.amazon.spec import COD_METHODS
from orderhub.errors import DecodeError
from orderhub.kit.convert import decimal_text, masked, text
from orderhub.kit.money import apportion, total_of
from orderhub.models.status import FulfilmentStatus, OrderStatus, PaymentStatus

__all__ = ["NO_CURRENCY", "PARTS", "Price", "line_money", "order_money", "payment", "price"]

Found = dict[str, Any]
CENT = Decimal("0.01")
ZERO = Decimal("0.00")
NO_CURRENCY = "XXX"
"""ISO 4217 for "no currency": an order without prices from a store that nobody documents."""
PARTS = ("goods", "goods_off", "shipping", "shipping_off", "fees", "fees_off", "tax", "tax_off")
"""What a line may tell; `_off` parts are reductions, positive."""


class Price(NamedTuple):
    """An amount and its currency, as far as they are told."""

    amount: Decimal | None
    currency: str | None


def price(value: Any) -> Price:
    """`{"CurrencyCode", "Amount"}` of v0 or `{"currencyCode", "amount"}` of 2026."""
    if type(value) is not dict and not isinstance(value, Mapping):
        raise ValueError("expected an amount with its currency")
    amount = value["amount"] if "amount" in value else value.get("Amount")
    currency = value["currencyCode"] if "currencyCode" in value else value.get("CurrencyCode")
    return Price(
        None if amount in (None, "") else decimal_text(amount), None if currency in (None, "") else text(currency)
    )


def line_money(line: Found) -> Found:
    """Gross and unit price of one line from its own parts; discount and total follow once the order's total is seen."""
    gross, unit, count = line["_parts"].get("goods"), line.pop("_unit", None), line["quantity"]
    if gross is None and unit is not None:
        gross = unit * count
        line["_parts"]["goods"] = gross
    if unit is None and gross is not None and count:
        unit = (gross / count).quantize(CENT)
    return {"subtotal": gross, "unit_price": unit}


def order_money(found: Found, *, total: Price | None, others: Mapping[str, Decimal | None], marketplace: str | None,
                prices: Iterable[Price]) -> Found:  # fmt: skip
    """Every amount of the order, its lines completed.

    Args:
        found: The order with its decoded lines, each with `_parts` and perhaps `_stated`, its own total.
        total: What the platform says the order comes to.
        others: Parts that only the order tells, beside its lines.
        marketplace: Whose currency an order without prices has.
        prices: Every amount read, to see that there is one currency.
    """
    lines: Sequence[Found] = found.get("lines", ())
    stated = total.amount if total else None
    told = {part: _sum([*(line["_parts"].get(part) for line in lines), others.get(part)]) for part in PARTS}
    note, taxed = _spread(lines, others.get("goods_off")), told
    explained = _explained(told)
    without_tax = explained - _net(told, "tax", "tax_off")
    if stated is not None and stated == without_tax != explained:
        taxed = {**told, "tax": ZERO, "tax_off": None}  # the platform's total leaves it out, so the buyer is not asked
        explained, note = without_tax, (*note, "tax_not_in_total")
    proven = stated is not None and stated == explained and told["goods"] is not None
    for line in lines:
        line |= _line_total(line, proven)
    items, off = _goods(lines, told, others, proven)
    return {
        "currency": _currency(prices, marketplace),
        "items_total": items,
        "discount_total": off,
        "shipping_fee": _told(taxed, proven, "shipping", "shipping_off"),
        "fees_total": _told(taxed, proven, "fees", "fees_off"),
        "tax_total": _told(taxed, proven, "tax", "tax_off"),
        "total": stated,
        "_notes": note,
    }


def residual(found: Found) -> Decimal | None:
    """What the platform's own total leaves unexplained; None without total or goods."""
    if found.get("total") is None or found.get("items_total") is None:
        return None
    plus = [found.get(name) or ZERO for name in ("items_total", "shipping_fee", "fees_total", "tax_total")]
    return Decimal(found["total"] - (sum(plus, ZERO) - (found.get("discount_total") or ZERO)))


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is told, None when nothing is."""
    told = [amount for amount in amounts if amount is not None]
    return sum(told, ZERO) if told else None


def _net(told: Mapping[str, Decimal | None], plus: str, minus: str) -> Decimal:
    return (told[plus] or ZERO) - (told[minus] or ZERO)


def _explained(told: Mapping[str, Decimal | None]) -> Decimal:
    return sum((_net(told, part, f"{part}_off") for part in ("goods", "shipping", "fees", "tax")), ZERO)


def _told(told: Mapping[str, Decimal | None], proven: bool, plus: str, minus: str) -> Decimal | None:
    if told[plus] is None and told[minus] is None:
        return ZERO if proven else None
    return _net(told, plus, minus)


def _line_total(line: Found, proven: bool) -> Found:
    """A line's reduction; one that is not told is zero where the line's or the order's own total proves it."""
    off, gross = line["_parts"].get("goods_off"), line["subtotal"]
    if off is None and gross is not None and (proven or line.get("_stated") == _explained(_whole(line["_parts"]))):
        off = ZERO
    return {"discount": off, "total": None if off is None or gross is None else gross - off}


def _whole(parts: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    return {part: parts.get(part) for part in PARTS}


def _goods(
    lines: Sequence[Found], told: Mapping[str, Decimal | None], others: Mapping[str, Decimal | None], proven: bool
) -> tuple[Decimal | None, Decimal | None]:
    """Gross and reduction of all goods: the sums over the lines, or what only the order tells."""
    if others.get("goods") is not None and all(line["subtotal"] is None for line in lines):
        return told["goods"], told["goods_off"] if told["goods_off"] is not None else ZERO if proven else None
    if not lines:
        return None, None
    return total_of(line["subtotal"] for line in lines), total_of(line["discount"] for line in lines)


def _spread(lines: Sequence[Found], off: Decimal | None) -> tuple[str, ...]:
    """A reduction that only the order tells goes to its lines in proportion to what they cost."""
    weights = [line["subtotal"] or ZERO for line in lines]
    if not off or not any(weights):
        return ()
    for line, share in zip(lines, apportion(off, weights), strict=True):
        line["_parts"]["goods_off"] = (line["_parts"].get("goods_off") or ZERO) + share
    return ("discount_apportioned",)


def _currency(prices: Iterable[Price], marketplace: str | None) -> str:
    """The one currency of an order.

    Raises:
        DecodeError: It mixes currencies.
    """
    found = {row.currency for row in prices if row.currency is not None}
    if len(found) > 1:
        raise DecodeError("the order mixes currencies", path="currency", value=", ".join(sorted(map(masked, found))))
    if found:
        return found.pop()
    store = MARKETPLACES.get(marketplace or "")
    return store.currency if store else NO_CURRENCY


def payment(found: Found, executions: Sequence[tuple[str | None, Price]], cod: bool) -> Found:
    """What was received and given back up to now. No order tells a refund.

    Args:
        executions: (method, amount) of partial payments, where they are told; those in another currency do not count.
        cod: Whether the order as a whole is paid at the door.
    """
    is_cod = cod or any(method in COD_METHODS for method, _ in executions)
    ours = [(method, row) for method, row in executions if row.currency in (found["currency"], None)]
    paid, status = _paid(found, ours, is_cod)
    notes = (*found.get("_notes", ()), *(("payment_in_other_currency",) if len(ours) < len(executions) else ()))
    refunded = ZERO if status is PaymentStatus.UNPAID else None
    for line in found.get("lines", ()):
        line |= {"refunded": refunded, "refunded_quantity": 0 if status is PaymentStatus.UNPAID else None}
    return {"is_cod": is_cod, "paid": paid, "payment_status": status, "refunded": refunded,
            "residual": residual(found), "_notes": notes}  # fmt: skip


def _paid(
    found: Found, executions: Sequence[tuple[str | None, Price]], is_cod: bool
) -> tuple[Decimal | None, PaymentStatus]:
    status, total = found["status"], found.get("total")
    if status is OrderStatus.PENDING_PAYMENT:
        return ZERO, PaymentStatus.UNPAID
    if status in (OrderStatus.UNKNOWN, OrderStatus.CANCELLED):
        return None, PaymentStatus.UNKNOWN  # a cancelled order does not say whether money was taken
    if not is_cod or found["fulfilment_status"] is FulfilmentStatus.DELIVERED:
        return total, PaymentStatus.PAID
    before = _sum(amount.amount for method, amount in executions if method not in COD_METHODS) or ZERO
    return before, PaymentStatus.PARTIALLY_PAID if before else PaymentStatus.UNPAID
