"""Reading after-sale cases: applications before shipping, service orders after it. Imports `kit`, `flow`, `models`.

Applications are found by when they were made and by when they were decided, service orders by their last change.
Source: docs/platforms/jd.md#after-sales.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from orderhub.connectors.jd.cases import SERVICE_PREFIX, refund_amount
from orderhub.connectors.jd.orders import number_of
from orderhub.connectors.jd.spec import APPLICATION_STATUS, SERVICE_KIND, SERVICE_STATUS, SOURCE, SP_REFUND_STATUS
from orderhub.connectors.jd.stock import StockVerbs
from orderhub.connectors.jd.wire import beijing, lookup, seek
from orderhub.errors import ConfigurationError, DecodeError, NotFound, OrderHubError, PlatformError
from orderhub.flow.steps import Operation, gather
from orderhub.kit.convert import quantity, rows_of
from orderhub.kit.decode import decode_page, document_bytes, lazy_extra, unknown_word
from orderhub.kit.status import WordTable
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import AftersaleStatus, RefundKind

__all__ = ["AftersaleVerbs", "Leg"]

PAGES_MAX = 100
SIZE = 50
READERS = 4
AFS = "/sp-aftercare/v0/afs-orders"
APPLICATIONS = "jingdong.pop.afs.soa.refundapply.queryPageList"
APPLICATION_BY_ID = "jingdong.pop.afs.soa.refundapply.queryById"
SERVICES, SERVICE_BY_ID = "jingdong.asc.sync.list", "jingdong.asc.query.list"
MONEY_BACK = "jingdong.b2c.shop.aftersales.refund.get"
_MAY_HAVE_REFUNDED = frozenset({"10010", "10013", "10041"})
_OF_MONEY = frozenset({RefundKind.RETURN_AND_REFUND, RefundKind.REFUND_ONLY})
Words = tuple[tuple[str, WordTable[Any]], ...]
_WORDS: Mapping[str, Words] = {
    "refund": (("status", APPLICATION_STATUS),),
    "service": (("serviceStatus", SERVICE_STATUS), ("customerExpect", SERVICE_KIND)),
    "sp_refund": (("refundInfo.refundStatus", SP_REFUND_STATUS), ("customerExpect", SERVICE_KIND)),
}


@dataclass(frozen=True, slots=True)
class Leg:
    """Where the next page starts: `todo` are (list, start, end) still to be read, the first from `page` on."""

    todo: tuple[tuple[str, datetime, datetime], ...]
    page: int = 1


class AftersaleVerbs(StockVerbs):
    """Cases of both kinds, on either gateway."""

    _vender: str | None = None

    def list_refunds(self, window: Window, position: Leg | None = None) -> Operation[Page[Refund]]:
        """One page of cases that were made, decided or changed in `window`."""
        at = position or Leg(tuple((name, window.start, window.end) for name in self._lists()))
        name, start, end = at.todo[0]
        rows, total = yield from self._rows(name, start, end, at.page)
        if at.page == 1 and total > PAGES_MAX * SIZE and end > start:
            middle = (start + (end - start) / 2).replace(microsecond=0)
            if start < middle:
                return Page(next=Leg(((name, start, middle), (name, middle, end), *at.todo[1:])))
        page = self._decoded("service" if name == "services" else "sp_refund" if name == "sp" else "refund", rows)
        if name == "services":
            page = replace(page, items=(yield from self._with_money(page.items)))
        more = bool(rows) and at.page * SIZE < total
        following = replace(at, page=at.page + 1) if more else Leg(at.todo[1:]) if at.todo[1:] else None
        return replace(page, next=following, total=total)

    def _lists(self) -> tuple[str, ...]:
        if self.is_sp:
            return ("sp",)
        services = ("services",) if self.config.settings["service_orders"] else ()
        return ("applied", "checked", *services)

    def _rows(self, name: str, start: datetime, end: datetime, page: int) -> Operation[tuple[list[Any], int]]:
        """One page of one list, and how many rows the list holds."""
        if name == "sp":
            given = {"updateStartTime": int(start.timestamp() * 1000), "updateEndTime": int(end.timestamp() * 1000),
                     "page": page, "pageSize": SIZE, "scopeSet": ["refundInfo", "skuExtInfo"]}  # fmt: skip
            reply = yield from self.rest("GET", AFS, given, family="service")
            return rows_of(reply.get("data")), quantity(lookup(reply, "paginationData.totalItems") or 0)
        if name == "services":
            common = yield from self._operator()
            span = {"updateTimeBegin": beijing(start), "updateTimeEnd": beijing(end)}
            reply = yield from self.call(SERVICES, {**common, **span, "pageNumber": page, "pageSize": SIZE})
            return _page_of(reply, "data")
        time = {"applied": "applyTime", "checked": "checkTime"}[name]
        span = {f"{time}Start": beijing(start), f"{time}End": beijing(end)}
        reply = yield from self.call(APPLICATIONS, {**span, "pageIndex": page, "pageSize": SIZE})
        return _page_of(reply, "result")

    def _operator(self) -> Operation[dict[str, Any]]:
        """What every service call names: the merchant and who asks."""
        name = str(self.config.settings["operator"])[:50]
        return {"buId": (yield from self._vender_id()), "operatePin": name, "operateNick": name}

    def _vender_id(self) -> Operation[str]:
        if (given := self.config.settings["vender_id"]) is not None:
            return str(given)
        if self._vender is None:
            reply = yield from self.call("jingdong.vender.shop.query", {})
            holder = seek(reply, "vender_id")
            if holder is None:
                raise ConfigurationError("JD does not tell the merchant number; set vender_id", platform="jd")
            self._vender = str(holder["vender_id"])
        return self._vender

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `NotFound`, `DecodeError`. Service orders carry `asc-` before their number."""
        kind, rows = yield from self._case(refund_id)
        if not rows:
            raise NotFound(f"the shop has no case {refund_id}", platform="jd", operation="get_refund")
        page = self._decoded(kind, rows[:1])
        if not page.items:
            first = page.findings[0]
            raise DecodeError(first.message, platform="jd", path=first.path, value=first.value,
                              request_id=first.request_id)  # fmt: skip
        items = (yield from self._with_money(page.items)) if kind == "service" else page.items
        return items[0]

    def _case(self, refund_id: str) -> Operation[tuple[str, list[Any]]]:
        """The table that reads it, and the rows found."""
        if self.is_sp:
            given = {"afsOrderId": number_of(refund_id, "case id"), "scopeSet": ["refundInfo", "skuExtInfo"]}
            reply = yield from self.rest("GET", f"{AFS}/{{afsOrderId}}", given, family="service")
            return "sp_refund", rows_of(reply.get("data"))
        if refund_id.startswith(SERVICE_PREFIX):
            number = number_of(refund_id.removeprefix(SERVICE_PREFIX), "case id")
            common = yield from self._operator()
            query = {**common, "serviceId": number, "pageNumber": 1, "pageSize": 10}
            return "service", _page_of((yield from self.call(SERVICE_BY_ID, query)), "data")[0]
        reply = yield from self.call(APPLICATION_BY_ID, {"id": number_of(refund_id, "case id")})
        holder = seek(reply, "applyRefundSum")
        rows = _page_of(reply, "result")[0] if holder is None else [holder]
        return "refund", [row for row in rows if isinstance(row, Mapping) and str(row.get("id")) == refund_id]

    def _with_money(self, cases: Sequence[Refund]) -> Operation[tuple[Refund, ...]]:
        """A finished service order is no proof of money: ask what really went back."""
        asked = [case for case in cases if case.kind in _OF_MONEY and case.raw_status in _MAY_HAVE_REFUNDED]
        told = yield from gather([partial(self._money, case) for case in asked], READERS)
        found = {case.refund_id: result for case, result in zip(asked, told, strict=True)}
        return tuple(_paid_back(case, found.get(case.refund_id)) for case in cases)

    def _money(self, case: Refund) -> Operation[Any]:
        units = next((count for _, count, _ in case.lines), None)
        fields = {"afsServiceId": int(case.refund_id.removeprefix(SERVICE_PREFIX)), "skuNum": units}
        reply = yield from self.call(MONEY_BACK, fields)
        return refund_amount(lookup(reply, "result") or {})

    def _decoded(self, name: str, rows: list[Any]) -> Page[Refund]:
        table, config = self.config.tables[name], self.config

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found, raw = table.decode(document), document_bytes(document)
            found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw,
                      "extra": lazy_extra(table, raw)}  # fmt: skip
            case = Refund.model_validate(found)
            odd = [(path, lookup(document, path), words) for path, words in _WORDS[name]]
            return case, [
                unknown_word(config.platform, case.order_id, path, str(value), SOURCE)
                for path, value, words in odd
                if value not in (None, "") and not words.knows(str(value))
            ]

        return decode_page(rows, one, platform=config.platform, id_of=_order_id)


def _paid_back(case: Refund, told: Any) -> Refund:
    """A refusal to tell leaves the case as it is; a failure that may pass is raised."""
    if isinstance(told, OrderHubError):
        if told.retryable or not isinstance(told, PlatformError):
            raise told
        return case
    if isinstance(told, Exception):
        raise told
    return case if told is None else case.model_copy(update={"amount": told, "status": AftersaleStatus.REFUNDED})


def _page_of(reply: Mapping[str, Any], name: str) -> tuple[list[Any], int]:
    holder = seek(reply, "totalCount") or seek(reply, name) or {}
    rows = rows_of(holder.get(name))
    total = holder.get("totalCount")
    return rows, len(rows) if total in (None, "") else quantity(total)


def _order_id(row: Any) -> str | None:
    return str(row["orderId"]) if isinstance(row, Mapping) and row.get("orderId") else None
