"""Refunds and returns, read and answered. Imports `kit`, `flow`, `models`. Source: docs/platforms/wechat.md#aftersale.

Lists name cases by id over at most a day. A return takes two answers: the goods first, the money once they are back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.connectors.wechat.base import WechatBase
from orderhub.connectors.wechat.decode import decode_refunds
from orderhub.connectors.wechat.spec import CASE_STEPS
from orderhub.connectors.wechat.wire import seconds
from orderhub.errors import DecodeError, NotFound, OrderHubError
from orderhub.flow.steps import Operation, gather
from orderhub.kit.aftersale import answer_case, check_evidence
from orderhub.kit.convert import ident, rows_of
from orderhub.models.aftersale import Refusal, ReturnAddress
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Outcome
from orderhub.models.refund import Refund

__all__ = ["AftersaleVerbs"]

AGREE_RETURN, AGREE_REFUND = 1, 2


class AftersaleVerbs(WechatBase):
    """After-sale cases."""

    def list_refunds(self, window: Window, position: str | None = None) -> Operation[Page[Refund]]:
        """One page of cases with their details, by update or creation time; at most a day."""
        axis = "update_time" if window.axis == "updated" else "create_time"
        sent = {f"begin_{axis}": seconds(window.start), f"end_{axis}": seconds(window.end), "next_key": position}
        reply = yield from self.call("aftersale/getaftersalelist", sent)
        ids = [ident(one) for one in rows_of(reply.get("after_sale_order_id_list"))]
        found = yield from gather([self._fetching(one) for one in ids], self.detail_concurrency)
        documents = []
        for one in found:
            if isinstance(one, NotFound):
                continue  # gone between the two calls
            if isinstance(one, Exception):
                raise one
            documents.append(one)
        return replace(decode_refunds(documents, self.config), next=following(reply))

    def _fetching(self, refund_id: str) -> Any:
        return lambda: self._case(refund_id)

    def _case(self, refund_id: str) -> Operation[dict[str, Any]]:
        told = {"after_sale_order_id": refund_id}
        return (yield from self.inside("aftersale/getaftersaleorder", told, "after_sale_order", f"case {refund_id}"))

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `NotFound`, `DecodeError`."""
        page = decode_refunds([(yield from self._case(refund_id))], self.config)
        if not page.items:
            first = page.findings[0]
            raise DecodeError(first.message, platform="wechat", path=first.path, value=first.value)
        return page.items[0]

    def _answer(self, verb: str, case: Refund, api: str, **told: Any) -> Operation[Outcome[None]]:
        def write(fresh: Refund) -> Operation[None]:
            yield from self.call(f"aftersale/{api}", {"after_sale_order_id": fresh.refund_id, **told}, write=True)

        return answer_case(verb, case, CASE_STEPS, lambda: self.get_refund(case.refund_id), write)

    def agree_refund(self, case: Refund, *, sms_code: str | None = None) -> Operation[Outcome[None]]:
        """Pay the buyer back; of a return once the goods are here. One answer a minute and order."""
        return (yield from self._answer("agree_refund", case, "acceptapply", accept_type=AGREE_REFUND))

    def agree_return(
        self, case: Refund, address: ReturnAddress | None = None, *, remark: str = ""
    ) -> Operation[Outcome[None]]:
        """Let the buyer send goods back, to a stored address of the shop or its default one."""
        place = address.address_id if address is not None else None
        return (yield from self._answer(
            "agree_return", case, "acceptapply", accept_type=AGREE_RETURN, address_id=place))  # fmt: skip

    def refuse_refund(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no to a refund or a return that was asked for."""
        return (yield from self._refuse("refuse_refund", case, refusal))

    def refuse_return(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no to the refund of goods that came back."""
        return (yield from self._refuse("refuse_return", case, refusal))

    def _refuse(self, verb: str, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        try:
            check_evidence(refusal, "wechat")
        except OrderHubError as error:
            return Outcome.failed(case.key, error)
        settings = self.config.settings
        told = {settings["reject_text_field"]: refusal.text, settings["reject_code_field"]: refusal.code}
        return (yield from self._answer(verb, case, "rejectapply", **told))


def following(reply: Mapping[str, Any]) -> str | None:
    """Where the next page of a list starts; None at its end; `DecodeError` when there is more and no way to it."""
    more, key = reply.get("has_more"), reply.get("next_key")
    if more not in (True, 1, "1", "true"):
        return None
    if key in (None, ""):
        raise DecodeError("the list goes on, and does not say where", platform="wechat", path="next_key")
    return str(key)
