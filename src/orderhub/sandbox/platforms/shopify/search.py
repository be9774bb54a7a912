"""The filter text of lists: `updated_at:>='2026-10-01T00:00:00Z' status:any`. Imports this folder's wire, state.

Terms are joined by spaces or AND; what the sandbox does not know is refused, so that a misspelt filter is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from orderhub.sandbox.platforms.shopify.execute import QueryError
from orderhub.sandbox.platforms.shopify.state import Doc
from orderhub.sandbox.platforms.shopify.wire import instant, iso, number

__all__ = ["Filter", "order_filter", "words"]

_TERM = re.compile(r"""(\w+):(>=|<=|>|<)?\s*(?:'([^']*)'|"([^"]*)"|(\S+))""")
_TIMES = {"updated_at": "updatedAt", "created_at": "createdAt", "processed_at": "processedAt"}
STATUSES = ("any", "open", "closed", "cancelled", "not_closed")


@dataclass(slots=True)
class Filter:
    """Bounds of times (both included) and what else must hold."""

    bounds: dict[str, tuple[str, str]]
    holds: list[Callable[[Doc], bool]]

    def keeps(self, doc: Doc) -> bool:
        """Whether an order passes everything."""
        return all(low <= doc[name] <= high for name, (low, high) in self.bounds.items()) and all(
            test(doc) for test in self.holds
        )


def words(text: str) -> list[tuple[str, str, str]]:
    """(name, comparison, value) of every term; raises `QueryError` for what is no term."""
    rest = re.sub(r"\bAND\b", " ", _TERM.sub(" ", text)).replace("(", " ").replace(")", " ").strip()
    if rest:
        raise QueryError(f"Invalid search: {rest[:60]}", "BAD_REQUEST")
    return [(name, how or "=", one or two or three) for name, how, one, two, three in _TERM.findall(text)]


def order_filter(text: str, default_status: str) -> Filter:
    """The filter of a list of orders."""
    found = Filter({}, [])
    told = words(text)
    if not any(name == "status" for name, _, _ in told):
        told.append(("status", "=", default_status))
    for name, how, value in told:
        if name in _TIMES:
            _narrow(found, _TIMES[name], how, value)
        elif how != "=" or name not in _TESTS:
            raise QueryError(f"Invalid search field: {name}", "BAD_REQUEST")
        else:
            found.holds.append(_TESTS[name](value))
    return found


def _narrow(found: Filter, name: str, how: str, value: str) -> None:
    """Whole seconds: `>` starts a second later, `<` ends one earlier."""
    try:
        at = instant(value)
    except ValueError:
        raise QueryError(f"Invalid timestamp for {name}: {value}", "BAD_REQUEST") from None
    stamp = iso(at)
    low, high = found.bounds.get(name, ("", "~"))
    if how in (">=", "=") or how == ">":
        # a bound between two seconds, or an exclusive one, starts at the next
        low = max(low, f"{stamp}!" if how == ">" or (at.microsecond and how == ">=") else stamp)
    if how in ("<=", "="):
        high = min(high, stamp)
    if how == "<":
        high = min(high, stamp if at.microsecond else stamp[:-1])
    found.bounds[name] = (low, high)


def _status(value: str) -> Callable[[Doc], bool]:
    if value not in STATUSES:
        raise QueryError(f"Invalid status: {value}", "BAD_REQUEST")
    if value == "open":
        return lambda doc: not doc["closed"] and not doc["cancelledAt"]
    if value == "not_closed":
        return lambda doc: not doc["closed"]
    if value == "closed":
        return lambda doc: bool(doc["closed"])
    return (lambda doc: bool(doc["cancelledAt"])) if value == "cancelled" else (lambda doc: True)


def _word(field: str) -> Callable[[str], Callable[[Doc], bool]]:
    return lambda value: lambda doc: bool(str(doc[field]).lower() == value.lower())


def _fulfilment(value: str) -> Callable[[Doc], bool]:
    """`unfulfilled`, `shipped`, `partial` and the words of displayFulfillmentStatus."""
    word = {"shipped": "fulfilled", "partial": "partially_fulfilled", "unshipped": "unfulfilled"}.get(value, value)
    return _word("displayFulfillmentStatus")(word)


_TESTS: dict[str, Callable[[str], Callable[[Doc], bool]]] = {
    "status": _status,
    "financial_status": _word("displayFinancialStatus"),
    "fulfillment_status": _fulfilment,
    "return_status": _word("returnStatus"),
    "name": lambda value: lambda doc: bool(doc["name"] in (value, f"#{value}")),
    "id": lambda value: lambda doc: bool(doc["legacyResourceId"] == number(value)),
    "email": _word("email"),
    "test": lambda value: lambda doc: bool(doc["test"] == (value == "true")),
    "tag": lambda value: lambda doc: value in doc["tags"],
}
