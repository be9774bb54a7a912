"""Which lines of an order its refunds are about. Pure; imports `kit`.

An order tells amounts of its refunds only; their lines come from a call of their own, and stand in the document under
`refund_details` where the connector (or a host) put them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orderhub.connectors.woocommerce.parcels import meta_of
from orderhub.kit.convert import boolean, cny_yuan, quantity, rows_of
from orderhub.kit.table import read

__all__ = ["REFUNDS", "Returned", "line_of", "money_of", "returned_by_line"]

REFUNDS = "refund_details"
ZERO = Decimal("0.00")
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Returned:
    """Units and money that went back, by line id; `unassigned` says that some money belongs to no line."""

    lines: Mapping[str, tuple[int, Decimal | None]] = field(default_factory=dict)
    unassigned: bool = False


def line_of(row: Document, lines: Sequence[Document], key: str) -> str | None:
    """The order's line that a row of a refund is about: by the meta key, else by product when only one fits."""
    named = meta_of(row, key)
    ids = [line["line_id"] for line in lines]
    if named is not None:
        return str(named) if str(named) in ids else None
    product, variation = str(row.get("product_id") or ""), str(row.get("variation_id") or "")
    fits = [line["line_id"] for line in lines
            if (line.get("platform_item_id") or "", line.get("platform_sku_id") or "")
            == (product if product != "0" else "", variation if variation != "0" else "")]  # fmt: skip
    return fits[0] if len(fits) == 1 else None


def returned_by_line(document: Document, lines: Sequence[Document], key: str) -> Returned | None:
    """What went back of each line; None when there are refunds and their lines are not told."""
    refunds = rows_of(document.get("refunds"))
    if not refunds:
        return Returned()
    details = {str(row.get("id")): row for row in rows_of(document.get(REFUNDS)) if isinstance(row, Mapping)}
    wanted = [str(row.get("id")) for row in refunds if isinstance(row, Mapping)]
    if any(number not in details for number in wanted):
        return None
    inclusive = bool(read(document, "prices_include_tax", boolean) or False)
    told: dict[str, tuple[int, Decimal | None]] = {}
    unassigned = False
    for number in wanted:
        rows = rows_of(details[number].get("line_items"))
        unassigned = unassigned or not rows
        for row in rows:
            line = line_of(row, lines, key)
            if line is None:
                return None
            units, amount = told.get(line, (0, ZERO))
            more = money_of(row, inclusive)
            told[line] = (units + abs(quantity(row.get("quantity") or 0)),
                          None if amount is None or more is None else amount + more)  # fmt: skip
    return Returned(told, unassigned)


def money_of(row: Document, inclusive: bool) -> Decimal | None:
    """What a row of a refund gives back, as a positive amount, with its tax where prices include it."""
    value, tax = read(row, "total", cny_yuan), read(row, "total_tax", cny_yuan)
    if value is None:
        return None
    return abs(Decimal(value)) + (abs(tax) if inclusive and tax is not None else ZERO)
