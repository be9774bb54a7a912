"""How Suning names means of payment and coupons, and who bears a coupon. Pure; imports `kit`, `models`.

A line's `paymentList` mixes money with coupons: `paycode` says which means it was, `banktypecode` which coupon.
Source: docs/platforms/suning.md#payment-codes. Amounts in yuan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from orderhub.kit.convert import cny_yuan, decimal_text, text
from orderhub.kit.table import read
from orderhub.models.status import DiscountFunder

__all__ = ["COUPONS", "MEANS", "REDUCTIONS", "Coupon", "coupon_rows", "yuan"]

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Coupon:
    """One kind of coupon: what it is called and who bears it when the row itself does not say."""

    name: str
    funded_by: DiscountFunder
    kind: str = "coupon"


_PLATFORM, _SELLER = DiscountFunder.PLATFORM, DiscountFunder.SELLER
COUPONS: Mapping[str, Coupon] = {
    "5998": Coupon("shop coupon", _SELLER),
    "6998": Coupon("zero-yuan offer", _PLATFORM),
    "7998": Coupon("zero-yuan offer", _PLATFORM),
    "8012": Coupon("points", _PLATFORM, "points"),
    "9994": Coupon("coupon", _PLATFORM),
    "9995": Coupon("coupon", _PLATFORM),
    "10001": Coupon("cloud coupon", _PLATFORM),
    "10002": Coupon("category cloud coupon", _PLATFORM),
    "10003": Coupon("shop cloud coupon", _SELLER),
    "10004": Coupon("easy coupon", _PLATFORM),
    "10005": Coupon("category easy coupon", _PLATFORM),
    "10006": Coupon("shop easy coupon", _SELLER),
    "10009": Coupon("all-purpose coupon", _PLATFORM),
    "20001": Coupon("coupon 20001", DiscountFunder.UNKNOWN),  # seen in payloads, described nowhere
}
"""banktypecode -> the coupon."""

MEANS: Mapping[str, str] = {
    "4148": "Yifubao", "4237": "Alipay", "4245": "WeChat Pay", "1001": "cash", "9003": "store", "5002": "gift card",
    "6901": "coupon or cloud diamond", "6903": "easypay coupon", "6906": "gift", "6915": "copper",
}  # fmt: skip
"""paycode -> the means of payment."""

REDUCTIONS = frozenset({"6901", "6903", "6906", "6915"})
"""Means that are reductions; a gift card is stored value, which is payment."""


def yuan(value: Any) -> Decimal:
    """Yuan with up to five decimals, rounded to the fen as the platform's own clients do."""
    return cny_yuan(value).quantize(CENT, ROUND_HALF_UP)


def coupon_rows(rows: list[Any]) -> list[dict[str, Any]]:
    """The coupons of a line as discounts; a row that two parties bear becomes two. Zero amounts are left out."""
    found: list[dict[str, Any]] = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise ValueError("expected objects in paymentList")
        code, bank = read(row, "paycode", text), read(row, "banktypecode", text)
        amount = read(row, "payamount", yuan)
        if amount and amount > 0 and (bank or code in REDUCTIONS):
            found += _shared(row, COUPONS.get(bank or ""), code or "", amount)
    return found


def _shared(row: Mapping[str, Any], coupon: Coupon | None, code: str, amount: Decimal) -> list[dict[str, Any]]:
    kind = coupon.kind if coupon else "points" if code == "6915" else "coupon"
    named = {"kind": kind, "name": coupon.name if coupon else MEANS.get(code)}
    ours, theirs = (read(row, name, decimal_text) for name in ("merchantPercent", "platformPercent"))
    if ours is None or theirs is None or min(ours, theirs) < 0 or not ours + theirs:
        return [{**named, "amount": amount, "funded_by": coupon.funded_by if coupon else DiscountFunder.UNKNOWN}]
    merchant = (amount * ours / (ours + theirs)).quantize(CENT, ROUND_HALF_UP)
    parts = ((merchant, _SELLER), (amount - merchant, _PLATFORM))
    return [{**named, "amount": part, "funded_by": funder} for part, funder in parts if part]
