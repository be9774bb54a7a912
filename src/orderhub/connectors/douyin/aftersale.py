"""After-sale cases: read, and the one answer whose number is documented. Imports `kit`, `flow`, `models`.

Source: docs/platforms/douyin.md#after-sales. Amounts are those that the buyer asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.connectors.douyin.base import DouyinBase, ceiling
from orderhub.connectors.douyin.spec import CASE_STEPS, REFUND_KIND, REFUND_STATUSES, SOURCE
from orderhub.errors import DecodeError, InvalidParameter, NotFound, RequestRejected
from orderhub.flow.steps import Operation
from orderhub.kit.aftersale import answer_case
from orderhub.kit.convert import boolean, ident, masked, rows_of, text
from orderhub.kit.decode import decode_page, lazy_extra, raw_of, unknown_word
from orderhub.kit.reading import Position, backwards
from orderhub.kit.rows import Rows, read_rows
from orderhub.kit.table import read
from orderhub.models.aftersale import ReturnAddress
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.person import Address, Recipient
from orderhub.models.refund import Refund

__all__ = ["AftersaleVerbs"]

_LIST, _NAME = "afterSale/List", ("aftersale_info", "aftersale_id")
_AGREE_RETURN = 101
_ADDRESSES_A_PAGE, _PAGES_MAX = 100, 100


class AftersaleVerbs(DouyinBase):
    """Cases of refunds, returns and exchanges."""

    def list_refunds(self, window: Window, position: Position | None = None) -> Operation[Page[Refund]]:
        """One page of cases, newest first, read from the last page to the first."""
        start, end = window.start.replace(microsecond=0), ceiling(window.end)
        if window.axis == "updated":
            query: dict[str, Any] = {"update_start_time": start, "update_end_time": end,
                                     "order_by": ["update_time desc"]}  # fmt: skip
        else:
            query = {"start_time": start, "end_time": end}
        source = self.paged(_LIST, query, "items", _NAME)
        rows, following, total = yield from backwards(source, position)
        return replace(self._cases(rows), next=following, total=total)

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `NotFound`, `DecodeError`."""
        reply = yield from self.mapping(_LIST, {"aftersale_id": refund_id, "page": 0, "size": 1})
        page = self._cases(rows_of(reply.get("items")))
        for case in page.items:
            if case.refund_id == refund_id:
                return case
        if page.findings and not page.items:
            first = page.findings[0]
            raise DecodeError(first.message, platform="douyin", operation="afterSale.List", path=first.path,
                              value=first.value)  # fmt: skip
        raise NotFound("the platform shows no such case", platform="douyin", operation="afterSale.List")

    def _cases(self, rows: list[Any]) -> Page[Refund]:
        table, config = self.config.tables["refund"], self.config

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found, raw = table.decode(document), raw_of(document, config)
            kind = found.get("_type")
            found = {name: value for name, value in found.items() if name[0] != "_"}
            found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw,
                      "extra": lazy_extra(table, raw)}  # fmt: skip
            refund = Refund.model_validate(found)
            odd: list[tuple[str, str | None, Any]] = [
                ("aftersale_info.aftersale_status", refund.raw_status, REFUND_STATUSES),
                ("aftersale_info.aftersale_type", kind, REFUND_KIND),
            ]
            told = [unknown_word(config.platform, refund.order_id, path, word, SOURCE)
                    for path, word, words in odd if word and not words.knows(word)]  # fmt: skip
            return refund, told

        return decode_page(rows, one, platform=config.platform, id_of=_order_id)

    def return_addresses(self) -> Operation[list[ReturnAddress]]:
        """Addresses of the shop's library: id, who takes goods there, province; the rest is not documented."""
        found: list[ReturnAddress] = []
        findings: list[Finding] = []
        for page in range(1, _PAGES_MAX + 1):
            query = {"page_no": page, "page_size": _ADDRESSES_A_PAGE}
            rows = rows_of((yield from self.mapping("address/list", query)).get("address_list"))
            told = read_rows(rows, _address, platform="douyin", path="address_list")
            found += told
            findings += told.findings
            if len(rows) < _ADDRESSES_A_PAGE:
                break
        return Rows(found, findings)

    def agree_return(self, case: Refund, address: ReturnAddress | None = None) -> Operation[Outcome[None]]:
        """Let the buyer send goods back to one of the shop's addresses; see `return_addresses`."""

        def write(fresh: Refund) -> Operation[None]:
            if address is None or address.address_id is None:
                raise InvalidParameter("Douyin wants the id of a return address", platform="douyin", field="address")
            item = {"aftersale_id": fresh.refund_id, "logistics": {"receiver_address_id": _whole(address.address_id)},
                    "update_time": fresh.updated_at}  # fmt: skip
            data = yield from self.mapping("afterSale/operate", {"type": _AGREE_RETURN, "items": [item]}, write=True)
            self._taken(rows_of(data.get("items")))

        def fetch() -> Operation[Refund]:
            return self.get_refund(case.refund_id)

        return (yield from answer_case("agree_return", case, CASE_STEPS, fetch, write))

    def _taken(self, rows: list[Any]) -> None:
        """Raises `RequestRejected` unless every case was taken."""
        good = {str(code) for code in self.config.settings["operate_done"]}
        for row in rows:
            code = read(row, "status_code", text)
            if code is not None and code not in good:
                told = read(row, "status_msg", text) or "no text"
                raise RequestRejected(told, platform="douyin", operation="afterSale.operate", code=code)


def _whole(name: str) -> int | str:
    return int(name) if name.isascii() and name.isdigit() else name


def _order_id(row: Any) -> str | None:
    info = row.get("order_info") if isinstance(row, Mapping) else None
    value = info.get("shop_order_id") if isinstance(info, Mapping) else None
    return str(value) if value else None


def _address(row: Any) -> ReturnAddress:
    """One address; the names of its fields are the platform's own spelling."""
    try:
        name = read(row, "reciever_name", text)
        place = Address(province=read(row, "receiver_provinc", text))
        default = read(row, "is_default", boolean)
        return ReturnAddress(address_id=ident(row["address_id"]), contact=Recipient(name=name, address=place),
                             is_default=bool(default))  # fmt: skip
    except (LookupError, TypeError, ValueError, AttributeError):
        raise DecodeError("an address that cannot be read", platform="douyin", value=masked(row)) from None
