"""Refunds read: by time of change or of making, and by id. Imports `kit`, `flow`, `models`.

Source: docs/platforms/youzan.md#refunds. Neither words of status nor kinds are documented: a case is unknown with its
raw word unless the setting `refund_words` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.connectors.youzan.base import YouzanBase
from orderhub.connectors.youzan.reading import Place, read_place
from orderhub.connectors.youzan.spec import REFUND_WORDS, SOURCE
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, lazy_extra, raw_of, unknown_word
from orderhub.kit.reading import Paged
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import AftersaleStatus, RefundKind

__all__ = ["RefundVerbs"]


class RefundVerbs(YouzanBase):
    """Cases, read only."""

    def list_refunds(self, window: Window, position: Place | None = None) -> Operation[Page[Refund]]:
        """One page of the cases of `window`."""
        rows, following, total = yield from read_place(self._cases, position or Place((window,)))
        return replace(self._refunds(rows), next=following, total=total)

    def _cases(self, window: Window) -> Paged:
        def read(page: int, counted: bool) -> Operation[dict[str, Any]]:
            name = "update" if window.axis == "updated" else "create"
            start, end = int(window.start.timestamp()), int(window.end.timestamp())
            bounds = {f"{name}_time_start": start, f"{name}_time_end": end}
            asked = {**bounds, "page_no": page, "page_size": self.page_size}
            data = yield from self.call("youzan.trade.refund.search", "3.0.1", asked)
            return dict(data) if isinstance(data, Mapping) else {}

        return Paged(read, lambda data: rows_of(data.get("refunds")), lambda data: int(data.get("total") or 0), _ident,
                     self.page_size)  # fmt: skip

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `NotFound`, `DecodeError`."""
        data = yield from self.call("youzan.trade.refund.get", "3.0.1", {"refund_id": refund_id})
        row = data.get("refund", data) if isinstance(data, Mapping) else data
        page = self._refunds([row])
        if not page.items:
            first = page.findings[0]
            raise DecodeError(first.message, platform="youzan", path=first.path, value=first.value)
        return page.items[0]

    def _refunds(self, rows: list[Any]) -> Page[Refund]:
        table, config, words = self.config.tables["refund"], self.config, dict(self.config.settings["refund_words"])

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found, raw = table.decode(document), raw_of(document, config)
            oid, word = found.pop("_oid", None), found.get("raw_status") or ""
            known = words.get(word)
            found |= {
                "platform": config.platform, "shop_id": config.shop_id, "currency": "CNY", "raw": raw,
                "kind": RefundKind.UNKNOWN, "status": AftersaleStatus(known) if known else REFUND_WORDS(word),
                "lines": ((oid, None, found.get("amount")),) if oid else (), "extra": lazy_extra(table, raw),
            }  # fmt: skip
            told = [] if known or not word else [unknown_word("youzan", found["order_id"], "status", word, SOURCE)]
            return Refund.model_validate(found), told

        return decode_page(rows, one, platform=config.platform, id_of=_order)


def _ident(row: Any) -> str:
    return str(row.get("refund_id")) if isinstance(row, Mapping) else repr(row)


def _order(row: Any) -> str | None:
    return str(row["tid"]) if isinstance(row, Mapping) and row.get("tid") else None
