"""What changed between two versions of an order, told without personal data. Pure; imports the standard library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

__all__ = ["Change", "changes_between", "read_changes", "write_changes"]


class Change(NamedTuple):
    """One field that changed; `before` and `after` are told for `TOLD` fields only."""

    path: str
    before: str | None = None
    after: str | None = None


TOLD: Final = frozenset(
    "status raw_status payment_status fulfilment_status aftersale_status holds fulfilled_by currency items_total "
    "discount_total shipping_fee fees_total tax_total total paid refunded residual is_cod created_at paid_at "
    "shipped_at completed_at ship_by labels seller_flag quantity unit_price subtotal discount refunded_quantity "
    "shipped_quantity sku platform_sku_id is_gift".split()
)
"""Fields whose values are shown in a timeline; of all others it says only that they changed."""

SILENT: Final = frozenset({"updated_at", "extra"})
"""Changes with every version, or is nobody's business: not told at all."""

NESTED: Final = frozenset({"recipient", "buyer", "invoice", "address", "privacy"})
VALUE_MAX: Final = 200


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Changes from one stored body to the next, by path; lines are named by their ids."""
    return tuple(_changes(before, after, ""))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str) -> Iterator[Change]:
    for name in sorted({*before, *after} - SILENT):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name == "lines":
            yield from _lines(old or [], new or [])
        elif name in NESTED:
            yield from _changes(old or {}, new or {}, f"{prefix}{name}.")
        elif name in TOLD:
            yield Change(prefix + name, _text(old), _text(new))
        else:
            yield Change(prefix + name)


def _lines(old: list[Any], new: list[Any]) -> Iterator[Change]:
    before, after = ({line["line_id"]: line for line in lines} for lines in (old, new))
    for line_id in [*after, *(known for known in before if known not in after)]:
        if line_id not in before or line_id not in after:
            gone, come = ("there", None), (None, "there")
            yield Change(f"lines[{line_id}]", *(come if line_id in after else gone))
        else:
            yield from _changes(before[line_id], after[line_id], f"lines[{line_id}].")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    told = ", ".join(value) if isinstance(value, list) else str(value)
    return told if len(told) <= VALUE_MAX else f"{told[:VALUE_MAX]}…"


def write_changes(changes: tuple[Change, ...]) -> str:
    """As stored."""
    return json.dumps(changes, ensure_ascii=False) if changes else ""


def read_changes(text: str | None) -> tuple[Change, ...]:
    """As told."""
    return tuple(Change(*row) for row in json.loads(text)) if text else ()
