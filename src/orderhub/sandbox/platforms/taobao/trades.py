"""Trades read: lists by three axes, one trade, field projection. Source: docs/platforms/taobao.md §3, §11."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.fields import OAID_COMPANIONS, ORDER, SIMPLE_BARRED, TRADE
from orderhub.sandbox.platforms.taobao.oaid import mask, oaid_of
from orderhub.sandbox.platforms.taobao.spec import DEFAULT_TYPES, QUERY_STATUS, QUERY_TYPE
from orderhub.sandbox.platforms.taobao.state import Doc, Trade
from orderhub.sandbox.platforms.taobao.wire import Refusal, china, instant

__all__ = ["by_created", "by_modified", "by_stored", "full", "light", "page", "simple_by_modified"]

PAGE_MAX, LISTINGS_KEPT = 100, 32
NEW_STATUS = "TRADE_STATUS_OF_TOMORROW"
_MASKED = frozenset({"receiver_name", "receiver_mobile", "receiver_phone", "receiver_address"})
_RATED = {
    "RATE_UNBUYER": (False, None), "RATE_UNSELLER": (None, False), "RATE_BUYER_UNSELLER": (True, False),
    "RATE_UNBUYER_SELLER": (False, True), "RATE_BUYER_SELLER": (True, True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """A `fields` parameter understood: which names to copy, which to mask, whether the token may be told."""

    copied: tuple[str, ...]
    masked: tuple[str, ...]
    oaid: bool
    orders: bool


@lru_cache(maxsize=256)
def _plan(fields: str, letter: str) -> Plan:
    """Names that the call offers by its letter; X is the simple call: increment.get without the receiver."""
    asked = dict.fromkeys(name.strip() for name in fields.split(",") if name.strip())
    base, barred = ("I", SIMPLE_BARRED) if letter == "X" else (letter, frozenset())
    names = [name for name in asked if base in TRADE.get(name, base) and name not in barred]
    return Plan(
        tuple(name for name in names if name not in _MASKED and name not in ("oaid", "orders")),
        tuple(name for name in names if name in _MASKED),
        "oaid" in names and asked.keys() >= OAID_COMPANIONS,
        "orders" in names,
    )


@lru_cache(maxsize=8)
def _hidden(letter: str) -> frozenset[str]:
    return frozenset(name for name, letters in ORDER.items() if ("I" if letter == "X" else letter) not in letters)


def _project(ask: Ask, trade: Trade, plan: Plan, letter: str) -> Doc:
    doc, switches = trade.doc, ask.market.setup.switches
    told = {name: doc[name] for name in plan.copied if name in doc}
    for name in plan.masked:
        if name in doc:
            told[name] = mask(name, doc[name], switches["mask"])
    if plan.oaid:
        told["oaid"] = oaid_of(trade, ask.app_key)
    if plan.orders:
        hidden = _hidden(letter)
        if switches["divide_order_fee"] == "absent":
            hidden |= {"divide_order_fee"}
        told["orders"] = [{key: line[key] for key in line if key not in hidden} for line in doc["orders"]]
    return told


def _spoilt(ask: Ask, rows: list[Doc]) -> list[Doc]:
    """The faults that touch content: an unknown status on one row, drifted fields on all."""
    if ask.fault("unknown_status") and rows:
        rows[0]["status"] = NEW_STATUS
    if ask.fault("drifted_field"):
        for row in rows:
            row["logistics_trait_code"] = "A1"
            if "post_fee" in row:
                row["post_fee"] = float(row["post_fee"])  # a JSON number where a text is documented
    return rows


def full(ask: Ask, letter: str = "F") -> Doc:
    """taobao.trade.fullinfo.get."""
    trade = ask.trade()
    if trade.shown_from > ask.market.stamp():
        raise Refusal(15, "isv.trade-not-exist", "交易不存在")
    return {"trade": _spoilt(ask, [_project(ask, trade, _plan(ask.text("fields"), letter), letter)])[0]}


light = partial(full, letter="G")


def _kinds(ask: Ask) -> frozenset[str]:
    asked = frozenset(ask.text("type").split(",")) if ask.given("type") else DEFAULT_TYPES
    return asked.union(*(QUERY_TYPE.get(kind, ()) for kind in asked))


_FILTERS = ("type", "status", "buyer_nick", "buyer_open_uid", "buyer_open_id", "rate_status")


def _listed(ask: Ask, axis: str, start: str, end: str) -> list[Trade]:
    """Trades of the window that pass the filters, newest first; kept until a trade changes or a late one appears."""
    if ask.given("ext_type") or ask.given("tag"):
        return []  # nothing in this sandbox carries them
    late = ask.market.stamp() if ask.market.late else ""
    key = (ask.shop_id, axis, start, end, late, *(ask.text(name) for name in _FILTERS))
    kept = ask.market.listings.get(key)
    if kept is None:
        if len(ask.market.listings) > LISTINGS_KEPT:
            ask.market.listings.clear()
        kept = ask.market.listings[key] = _filtered(ask, ask.market.listed(ask.shop_id, axis, start, end))
    return kept


def _filtered(ask: Ask, trades: list[Trade]) -> list[Trade]:
    kinds, stamp, status = _kinds(ask), ask.market.stamp(), ask.text("status")
    statuses = QUERY_STATUS.get(status, frozenset({status}))
    nick, uid = ask.text("buyer_nick"), ask.text("buyer_open_uid") or ask.text("buyer_open_id")
    buyer, seller = _RATED.get(ask.text("rate_status"), (None, None))
    return [
        trade
        for trade in trades
        if trade.doc["type"] in kinds
        and (not status or trade.doc["status"] in statuses)
        and trade.shown_from <= stamp
        and (not nick or trade.doc["buyer_nick"] == nick)
        and (not uid or trade.doc["buyer_open_uid"] == uid)
        and (buyer is None or trade.doc["buyer_rate"] == buyer)
        and (seller is None or trade.doc["seller_rate"] == seller)
    ]


def page(ask: Ask, count: int, default: int = 40, most: int = PAGE_MAX) -> tuple[int, int, bool]:
    """(first row, row after the last, whether more follow) of the page asked for."""
    size = ask.whole("page_size", default, 1)
    if size > most:
        if ask.market.setup.switches["page_size_over"] == "reject":
            raise invalid("page_size", f"page_size is at most {most}")
        size = most
    number = ask.whole("page_no", 1, 1)
    start = (number - 1) * size
    return start, start + size, start + size < count


def _cut(ask: Ask, axis: str, start: str, end: str, letter: str) -> Doc:
    rows = _listed(ask, axis, start, end)
    if ask.fault("shifting_pages") and rows:
        ask.market.touch(rows[-1])
        rows = _listed(ask, axis, start, end)
    first, last, more = page(ask, len(rows))
    overlap = min(ask.market.setup.switches["page_overlap"], first)
    shown = rows[first - overlap : last]
    key = (ask.shop_id, ask.method)
    if ask.fault("repeated_page") and key in ask.market.served:
        shown = [ask.market.orders[tid] for tid in ask.market.served[key]]
    elif shown:
        ask.market.served[key] = [trade.tid for trade in shown]
    plan = _plan(ask.text("fields"), letter)
    told: Doc = {"trades": _spoilt(ask, [_project(ask, trade, plan, letter) for trade in shown])}
    return told | ({"has_next": more} if ask.yes("use_has_next") else {"total_results": len(rows)})


def by_created(ask: Ask) -> Doc:
    """taobao.trades.sold.get: of the last three months, both bounds optional."""
    start, end = ask.moment("start_created"), ask.moment("end_created")
    if start and end and start > end:
        raise invalid("start_created", "start is after end")
    begin = max(china(start), ask.horizon()) if start else ask.horizon()
    return _cut(ask, "created", begin, _last(ask, china(end)) if end else "9999", "S")


def _last(ask: Ask, end: str) -> str:
    return end if ask.market.setup.switches["end_inclusive"] else china(instant(end) - timedelta(seconds=1))


def _increment(ask: Ask, axis: str, names: tuple[str, str], letter: str) -> Doc:
    start, end = (ask.moment(name, required=True) for name in names)
    assert start is not None and end is not None
    if start > end or end - start > timedelta(days=1):
        raise invalid(names[0], "the window must run forward and span at most one day")
    return _cut(ask, axis, china(start), _last(ask, china(end)), letter)


_MODIFIED = ("start_modified", "end_modified")

by_modified = partial(_increment, axis="modified", names=_MODIFIED, letter="I")
"""taobao.trades.sold.increment.get."""
by_stored = partial(_increment, axis="async_modified", names=("start_create", "end_create"), letter="V")
"""taobao.trades.sold.incrementv.get."""
simple_by_modified = partial(_increment, axis="modified", names=_MODIFIED, letter="X")
"""taobao.trades.simple.sold.increment.get: no receiver but state and city, no token."""
