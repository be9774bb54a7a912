"""Answering refunds and returns. Imports `kit`, `flow`, `models`. Source: docs/platforms/suning.md#refunds.

Every answer names order, product and line. Paying back needs a sub-account and a code that Suning sends by SMS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.connectors.suning.aftersale import AftersaleVerbs
from orderhub.connectors.suning.spec import CASE_STEPS, RETURN_WITH_GOODS
from orderhub.connectors.suning.tables import line_ident
from orderhub.errors import InvalidParameter, PermissionDenied
from orderhub.flow.steps import Operation
from orderhub.kit.aftersale import answer_case, check_evidence
from orderhub.kit.convert import ident, text
from orderhub.kit.json import loads
from orderhub.kit.table import read
from orderhub.models.aftersale import Refusal, ReturnAddress
from orderhub.models.outcome import Outcome
from orderhub.models.refund import Refund

__all__ = ["AnswerVerbs"]

Write = Callable[[Refund], Operation[object]]
_RETURN_AGREED, _REFUSED = "C040", "C051"


class AnswerVerbs(AftersaleVerbs):
    """Agreeing and refusing, line by line."""

    def _answer(self, verb: str, case: Refund, write: Write) -> Operation[Outcome[None]]:
        return answer_case(verb, case, CASE_STEPS, lambda: self.get_refund(case.refund_id), write)

    def agree_refund(self, case: Refund, *, sms_code: str | None = None) -> Operation[Outcome[None]]:
        """Pay the buyer back. Without `sms_code` Suning is asked to send one to the sub-account `child_account`; the
        outcome then is `permission_denied`, and the call is to be made again with that code."""

        def write(fresh: Refund) -> Operation[None]:
            account, line = self.config.settings["child_account"], _line(fresh)
            if not account:
                raise InvalidParameter("Suning pays back by a sub-account: set child_account", platform="suning",
                                       field="child_account")  # fmt: skip
            if sms_code is None:
                asked = {"childAccountName": account, "orderItemList": [{"orderItemId": line}]}
                yield from self.call("custom.verifycode.get", "getVerifyCode", asked)
                raise PermissionDenied("Suning sent a code by SMS to the sub-account; call again with sms_code",
                                       platform="suning", operation="agree_refund", code="sms_code")  # fmt: skip
            yield from self.call("custom.agreerefund.modify", "modifyAgreeRefund",
                                 {"childAccountName": account, "code": sms_code, "orderItemId": line, **_asked(fresh)},
                                 write=True)  # fmt: skip

        return (yield from self._answer("agree_refund", case, write))

    def refuse_refund(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no to a refund, or to a return that was asked for; the text goes as the reason."""

        def write(fresh: Refund) -> Operation[None]:
            with_goods = fresh.raw_status in RETURN_WITH_GOODS
            yield from self._refuse("Rejected" if with_goods else "Refund", fresh, refusal)

        return (yield from self._answer("refuse_refund", case, write))

    def refuse_return(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no to the refund of goods that came back."""

        def write(fresh: Refund) -> Operation[None]:
            yield from self._refuse("Refund", fresh, refusal)

        return (yield from self._answer("refuse_return", case, write))

    def _refuse(self, what: str, fresh: Refund, refusal: Refusal) -> Operation[None]:
        """One of the two calls that refuse: of goods (`Rejected`), of money (`Refund`)."""
        check_evidence(refusal, "suning")
        sent = {f"{what.lower()}Head": {"orderCode": fresh.order_id},
                f"{what.lower()}Detail": [_detail(fresh, _REFUSED, refusal.text)]}  # fmt: skip
        yield from self.call(f"custom.disagree{what.lower()}.modify", f"disAgree{what}", sent, write=True)

    def agree_return(
        self, case: Refund, address: ReturnAddress | None = None, *, remark: str = ""
    ) -> Operation[Outcome[None]]:
        """Let the buyer send goods back; `address` names a return address of the shop and who takes the goods."""

        def write(fresh: Refund) -> Operation[None]:
            if address is None or address.address_id is None or address.contact is None:
                raise InvalidParameter("Suning wants a return address: its code, and name and phone of who takes the "
                                       "goods", platform="suning", field="address")  # fmt: skip
            contact = address.contact
            head = {"orderCode": fresh.order_id, "address": address.address_id, "name": contact.name,
                    "telephone": contact.phone, "postalCode": contact.address.postal_code}  # fmt: skip
            sent = {"rejectedHead": head, "rejectedDetail": [_detail(fresh, _RETURN_AGREED, remark or None)]}
            yield from self.call("custom.agreerejected.modify", "agreeRejected", sent, write=True)

        return (yield from self._answer("agree_return", case, write))


def _row(case: Refund) -> Mapping[str, Any]:
    found = loads(case.raw or b"{}")
    return found if isinstance(found, dict) else {}


def _line(case: Refund) -> str:
    row = _row(case)
    line = read(row, "orderLineNumber", line_ident) or read(row, "itemNo", line_ident)
    if not line:
        raise InvalidParameter("the case names no line, which every answer needs", platform="suning", field="lines")
    return str(line)


def _detail(case: Refund, state: str, reason: str | None) -> dict[str, Any]:
    return {"productCode": read(_row(case), "productCode", ident), "orderLineNumber": _line(case), "state": state,
            "reason": reason}  # fmt: skip


def _asked(case: Refund) -> dict[str, Any]:
    """Amount, time and stage, in the words in which the case shows them."""
    row = _row(case)
    told = {"returnMoney": read(row, "returnMoney", text), "applyTime": read(row, "applyTime", text),
            "returnType": read(row, "returntype", text) or read(row, "returnType", text)}  # fmt: skip
    missing = [name for name, value in told.items() if value is None]
    if missing:
        raise InvalidParameter(f"the case shows no {', '.join(missing)}, which Suning wants back", platform="suning",
                               field=missing[0])  # fmt: skip
    return told
