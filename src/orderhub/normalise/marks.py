"""Orders that look like tests or like one another, by data-driven marks. Pure; imports this room and `models`.

A mark never changes an order: it is a finding, and a person or the host's rules decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from orderhub.models.order import LineItem, Order
from orderhub.models.outcome import Finding
from orderhub.models.person import Recipient
from orderhub.models.status import OrderStatus, Severity
from orderhub.normalise.text import matching_form

__all__ = ["MARKERS", "SAME_WITHIN", "Marker", "same_orders", "suspicions"]

SAME_WITHIN = timedelta(minutes=30)
"""Two orders of one receiver for the same goods within this span may be one order placed twice."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Words that make an order a test.

    Attributes:
        where: buyer_note, seller_note, title, name or label.
        words: Compared in their matching form.
        whole: The text must be the word, not only contain it.
        severity: error stops the order.
    """

    where: str
    words: tuple[str, ...]
    whole: bool = False
    severity: Severity = Severity.WARNING


MARKERS: tuple[Marker, ...] = (
    Marker("buyer_note", ("测试订单", "测试单", "请勿发货", "勿发货", "不要发货", "不用发货", "test order",
                           "do not ship"), severity=Severity.ERROR),
    Marker("seller_note", ("测试订单", "测试单", "请勿发货", "勿发货", "test order", "do not ship"),
           severity=Severity.ERROR),
    Marker("title", ("测试商品", "测试宝贝", "测试链接", "请勿拍", "勿拍", "拍下不发货", "test item", "test product")),
    Marker("name", ("测试", "test", "测试人员", "tester"), whole=True),
    Marker("label", ("test", "sandbox", "测试"), whole=True),
)  # fmt: skip
"""What test orders are known by; hosts pass their own."""


def suspicions(order: Order, markers: Sequence[Marker] = MARKERS) -> tuple[Finding, ...]:
    """Marks of a test, and lines that stand there twice."""
    return (*_tests(order, markers), *_twins(order))


def _tests(order: Order, markers: Sequence[Marker]) -> Iterator[Finding]:
    for marker in markers:
        for path, text in _texts(order, marker.where):
            form = matching_form(text)
            if any(form == word if marker.whole else word in form for word in _forms(tuple(marker.words))):
                yield _finding(order, "test_order", "the order is marked as a test", path, marker.severity)


@lru_cache(maxsize=64)
def _forms(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(matching_form(word) for word in words)


def _texts(order: Order, where: str) -> Iterator[tuple[str, str]]:
    one = {"buyer_note": order.buyer_note, "seller_note": order.seller_note, "name": order.recipient.name}
    if one.get(where):
        yield ("recipient.name" if where == "name" else where), one[where] or ""
    if where == "title":
        yield from ((f"lines[{n}].title", line.title) for n, line in enumerate(order.lines) if line.title)
    if where == "label":
        yield from (("labels", label) for label in order.labels)


def _finding(order: Order, code: str, told: str, path: str, severity: Severity) -> Finding:
    return Finding(
        code=code, severity=severity, message=told, platform=order.platform, order_id=order.order_id, path=path
    )


def _goods(line: LineItem) -> tuple[object, ...]:
    return line.sku, line.platform_sku_id, line.title, line.variant, line.quantity, line.unit_price, line.total


def _twins(order: Order) -> Iterator[Finding]:
    """Lines with one number, and lines that differ in their number only."""
    ids, seen = Counter(line.line_id for line in order.lines), dict[tuple[object, ...], int]()
    for number, line in enumerate(order.lines):
        if ids[line.line_id] > 1:
            told = "two lines have one number"
            yield _finding(order, "line_id_twice", told, f"lines[{number}].line_id", Severity.ERROR)
        elif _goods(line) in seen and not line.is_gift:
            told = f"the line equals line {seen[_goods(line)]} but for its number"
            yield _finding(order, "duplicate_line", told, f"lines[{number}]", Severity.INFO)
        seen.setdefault(_goods(line), number)


def same_orders(orders: Iterable[Order], *, within: timedelta = SAME_WITHIN) -> list[tuple[Order, ...]]:
    """Groups of orders of one shop that may be one order placed twice: same receiver, same goods, shortly one after
    the other. Cancelled ones and those whose receiver nobody can tell apart are left out; oldest first."""
    alike: dict[tuple[object, ...], list[Order]] = {}
    for order in orders:
        who = _receiver(order.recipient)
        if who and order.created_at and order.status is not OrderStatus.CANCELLED and order.lines:
            goods = tuple(sorted(map(repr, ((line.sku, line.platform_sku_id, line.title, line.variant, line.quantity)
                                            for line in order.lines))))  # fmt: skip
            alike.setdefault((order.platform, order.shop_id, who, goods), []).append(order)
    return [group for found in alike.values() for group in _close(found, within)]


def _receiver(person: Recipient) -> str | None:
    """What tells two receivers apart: the platform's merge key, or name, phone and street in the clear."""
    if person.privacy.merge_key:
        return person.privacy.merge_key
    if person.phone and "*" not in person.phone and person.name:
        parts = (person.name, person.phone, person.phone_extension or "", person.address.street or "")
        return "\n".join(matching_form(part) for part in parts)
    return None


def _close(orders: list[Order], within: timedelta) -> Iterator[tuple[Order, ...]]:
    """Chains in which each follows the one before within the span."""
    dated = sorted(orders, key=lambda order: (order.created_at, order.order_id))
    chain: list[Order] = []
    for order in dated:
        if chain and order.created_at and chain[-1].created_at and order.created_at - chain[-1].created_at > within:
            if len(chain) > 1:
                yield tuple(chain)
            chain = []
        chain.append(order)
    if len(chain) > 1:
        yield tuple(chain)
