"""Returns: read, agreed to, disputed. Imports `kit`, `flow`, `models`. Source: docs/platforms/shopee.md#returns.

Pages are counted from 0 and no list tells how many rows it has, so that a row may move to the page before while pages
are read: a list of several pages is read until a whole round brings nothing new. Names of a row's fields other than
`return_sn`, `status` and `return_solution` are UNVERIFIED; hosts override them as rows of the table `refund`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from orderhub.connectors.shopee.base import ShopeeBase
from orderhub.connectors.shopee.meaning import item_key
from orderhub.connectors.shopee.money import amount
from orderhub.connectors.shopee.spec import CASE_STEPS, PAGE_SIZE_MAX, RETURN_KIND, RETURN_STATUS, SOURCE
from orderhub.errors import DecodeError, InvalidParameter, NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.aftersale import answer_case, check_evidence, check_text
from orderhub.kit.convert import epoch_s, ident, quantity, rows_of, text
from orderhub.kit.decode import decode_page, lazy_extra, raw_of, unknown_word
from orderhub.kit.table import Absent, Computed, Row, Table, read
from orderhub.models.aftersale import Refusal
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.refund import Refund

__all__ = ["REFUND", "AftersaleVerbs", "Place"]

ROUNDS_MAX = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page is, and which cases this and earlier rounds brought."""

    page: int = 0
    rounds: int = 0
    fresh: int = 0
    seen: frozenset[tuple[str, Any]] = field(default=frozenset(), repr=False)


def _case(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    lines = []
    for row in rows_of(document.get("item")):
        if isinstance(row, Mapping):
            key = item_key(row)
            lines.append((f"{key[0]}-{key[2]}", read(row, "amount", quantity), read(row, "refund_amount", amount)))
    kind = found.pop("_kind", None)
    return {
        "status": RETURN_STATUS(found["raw_status"]), "lines": tuple(lines),
        "kind": RETURN_KIND(kind) if kind is not None else RETURN_KIND.unknown,
    }  # fmt: skip


REFUND = Table(
    Refund,
    f"{SOURCE}#returns",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("return_carrier", "no field tells who brings goods back"),
        Row("refund_id", "return_sn", ident, required=True),
        Row("order_id", "order_sn", ident, required=True),
        Row("raw_status", "status", text, required=True),
        Row("currency", "currency", text),
        Row("amount", "refund_amount", amount),
        Row("reason", "text_reason|reason", text),
        Row("created_at", "create_time", epoch_s),
        Row("updated_at", "update_time", epoch_s),
        Row("deadline_at", "due_date", epoch_s),
        Row("return_waybill_no", "tracking_number", text),
        Row("_kind", "return_solution", text),
        Computed(("status", "kind", "lines"), _case, ("item",)),
    ),
)


class AftersaleVerbs(ShopeeBase):
    """Reading and answering cases."""

    def list_refunds(self, window: Window, position: Place | None = None) -> Operation[Page[Refund]]:
        """One page of cases by update (or creation) time, at most fifteen days."""
        place, axis = position or Place(), {"updated": "update_time", "created": "create_time"}[window.axis]
        asked = {
            "page_no": place.page, "page_size": PAGE_SIZE_MAX, f"{axis}_from": int(window.start.timestamp()),
            f"{axis}_to": int(window.end.timestamp()) + 1,
        }  # fmt: skip
        told = yield from self.call("returns/get_return_list", asked)
        page = self._cases(rows_of(told.get("return")), told["_request_id"])
        return replace(page, next=_following(place, page, told.get("more") is True))

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `NotFound`, `DecodeError`."""
        told = yield from self.call("returns/get_return_detail", {"return_sn": refund_id})
        document = {name: value for name, value in told.items() if name != "_request_id"}
        if not document.get("return_sn"):
            raise NotFound("the shop has no such case", platform="shopee", operation="returns/get_return_detail")
        page = self._cases([document], told["_request_id"])
        if not page.items:
            finding = page.findings[0]
            raise DecodeError(finding.message, platform="shopee", path=finding.path, value=finding.value)
        return page.items[0]

    def _cases(self, rows: list[Any], request_id: str | None) -> Page[Refund]:
        table, config = self.config.tables["refund"], self.config

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found, raw = table.decode(document), raw_of(document, config)
            found.setdefault("currency", config.settings["currency"])
            if not found["currency"]:
                raise DecodeError("the case does not tell its currency: set currency", path="currency")
            found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw,
                      "extra": lazy_extra(table, raw)}  # fmt: skip
            refund = Refund.model_validate(found)
            odd = (("status", refund.raw_status, RETURN_STATUS),
                   ("return_solution", document.get("return_solution"), RETURN_KIND))  # fmt: skip
            return refund, [
                unknown_word(config.platform, refund.order_id, path, str(word), words.source)
                for path, word, words in odd if word not in (None, "") and not words.knows(str(word))
            ]  # fmt: skip

        return decode_page(rows, one, platform=config.platform, id_of=_order_id, request_id=request_id)

    def agree_refund(self, case: Refund, *, sms_code: str | None = None) -> Operation[Outcome[None]]:
        """Agree to what the buyer asks for, goods or no goods: the platform does the rest."""

        def write(fresh: Refund) -> Operation[object]:
            return (yield from self.call("returns/confirm", body={"return_sn": fresh.refund_id}, write=True))

        return (
            yield from answer_case("agree_refund", case, CASE_STEPS, lambda: self.get_refund(case.refund_id), write)
        )

    def refuse_refund(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Dispute the case: the platform judges. The refusal's code is the id of a reason of disputes."""

        def write(fresh: Refund) -> Operation[object]:
            sent = {"return_sn": fresh.refund_id, **self._dispute(refusal)}
            return (yield from self.call("returns/dispute", body=sent, write=True))

        return (
            yield from answer_case("refuse_refund", case, CASE_STEPS, lambda: self.get_refund(case.refund_id), write)
        )

    def _dispute(self, refusal: Refusal) -> dict[str, Any]:
        """What a dispute wants; raises `InvalidParameter`. How its pictures are uploaded is not documented."""
        email, code = self.config.settings["dispute_email"], str(refusal.code or "")
        if not email:
            raise InvalidParameter("a dispute needs dispute_email", platform="shopee", field="dispute_email")
        if not (code.isascii() and code.isdigit()):
            raise InvalidParameter("a dispute needs the id of a reason", platform="shopee", field="Refusal.code")
        check_evidence(refusal, "shopee")
        told = check_text(refusal.text, "shopee")
        return {"email": email, "dispute_reason_id": int(code), "dispute_text_reason": told, "image_list": []}


def _following(place: Place, page: Page[Refund], more: bool) -> Place | None:
    """The next page; at the end of a round of several pages another one, while rounds bring what was not seen."""
    versions = {(case.refund_id, case.updated_at) for case in page.items}
    fresh, seen = place.fresh + len(versions - place.seen), place.seen | versions
    if more:
        return Place(place.page + 1, place.rounds, fresh, seen)
    if place.page == 0 or not fresh or place.rounds + 1 >= ROUNDS_MAX:
        return None
    return Place(0, place.rounds + 1, 0, seen)


def _order_id(row: Any) -> str | None:
    return str(row["order_sn"]) if isinstance(row, Mapping) and row.get("order_sn") else None
