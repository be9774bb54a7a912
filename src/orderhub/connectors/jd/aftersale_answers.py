"""Answering refund applications and service orders. Imports `kit`, `flow`, `models`.

Applications take a status number; service orders are audited by calls of their own, each with the version that was
read right before. Source: docs/platforms/jd.md#case-answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orderhub.connectors.jd.aftersale import AftersaleVerbs
from orderhub.connectors.jd.cases import SERVICE_PREFIX
from orderhub.connectors.jd.orders import number_of
from orderhub.connectors.jd.spec import APPROVE, CASE_STEPS, REFUSE, REJECT_TYPES
from orderhub.connectors.jd.wire import seek
from orderhub.errors import ConfigurationError, InvalidParameter, UnsupportedOperation
from orderhub.flow.steps import Operation
from orderhub.kit.aftersale import answer_case, check_evidence, check_text
from orderhub.kit.convert import ident, rows_of, text
from orderhub.kit.table import read
from orderhub.models.aftersale import Refusal, RefuseReason, ReturnAddress
from orderhub.models.outcome import Outcome
from orderhub.models.refund import Refund

__all__ = ["AnswerVerbs"]

REPLY = "jingdong.pop.afs.soa.refundapply.replyRefund"
VIEW, SEND, DENY = "jingdong.asc.query.view", "jingdong.asc.audit.send", "jingdong.asc.audit.refuse"
REASONS = "jingdong.asc.audit.reason.list"
PLACES = ("returnContactName", "returnContactTel", "returnZipcode", "returnProvince", "returnCity", "returnCounty",
          "returnVillage", "returnDetailAddress", "returnAddressType")  # fmt: skip
"""What one entry of the setting `return_addresses` may hold, in JD's own words and numbers."""
Write = Callable[[Refund], Operation[object]]


class AnswerVerbs(AftersaleVerbs):
    """Agreeing and refusing, on the classic gateway."""

    def _answer(self, verb: str, case: Refund, write: Write) -> Operation[Outcome[None]]:
        def checked(fresh: Refund) -> Operation[object]:
            if self.is_sp:
                raise UnsupportedOperation("the numbers by which the newer gateway answers cases are not documented; "
                                           "use wire='routerjson'", platform="jd", operation=verb)  # fmt: skip
            return (yield from write(fresh))

        return answer_case(verb, case, CASE_STEPS, lambda: self.get_refund(case.refund_id), checked)

    def agree_refund(self, case: Refund, *, sms_code: str | None = None) -> Operation[Outcome[None]]:
        """Approve a refund application. Service orders are paid by JD itself; no code by SMS is known here."""
        return (yield from self._answer("agree_refund", case, lambda fresh: self._reply(fresh, APPROVE)))

    def refuse_refund(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Refuse an application, or the audit of a service order; `refuse_reasons` lists the codes."""

        def write(fresh: Refund) -> Operation[None]:
            told = check_text(refusal.text, "jd")
            check_evidence(refusal, "jd")
            if _is_service(fresh):
                first, _, second = (refusal.code or "").partition("/")
                reason = {"approveReasonCid1": first or None, "approveReasonCid2": second or None}
                yield from self._audit(DENY, fresh, {"approveNotes": told, **reason})
                return
            if refusal.code is None or refusal.code not in REJECT_TYPES:
                codes = ", ".join(f"{code} {words}" for code, words in REJECT_TYPES.items())
                raise InvalidParameter(f"JD refuses an application by one of: {codes}", platform="jd",
                                       field="Refusal.code")  # fmt: skip
            yield from self._reply(fresh, REFUSE, rejectType=int(refusal.code), remark=told)

        return (yield from self._answer("refuse_refund", case, write))

    def agree_return(
        self, case: Refund, address: ReturnAddress | None = None, *, remark: str = ""
    ) -> Operation[Outcome[None]]:
        """Let the buyer send goods back to an entry of the setting `return_addresses`."""

        def write(fresh: Refund) -> Operation[None]:
            place = self._place(address)
            reason = self.config.settings["agree_reason"]
            told = remark or self.config.settings["agree_text"]
            yield from self._audit(SEND, fresh, {"approveNotes": told, "approveReasonCid1": reason, **place})

        return (yield from self._answer("agree_return", case, write))

    def refuse_reasons(self, case: Refund) -> Operation[list[RefuseReason]]:
        """JD's own list for a service order; the documented five for an application."""
        if not _is_service(case):
            yield from ()
            return [RefuseReason(code=code, text=words) for code, words in REJECT_TYPES.items()]
        common = yield from self._operator()
        reply = yield from self.call(REASONS, {**common, "serviceId": _number(case)})
        return list(_reasons(reply))

    def return_addresses(self) -> Operation[list[ReturnAddress]]:
        """The entries of the setting `return_addresses`, which JD has no list of; the first is the default."""
        yield from ()
        return [ReturnAddress(address_id=name, is_default=at == 0) for at, name in enumerate(self._places())]

    def _places(self) -> Mapping[str, Mapping[str, Any]]:
        return self.config.settings["return_addresses"] or {}

    def _place(self, address: ReturnAddress | None) -> dict[str, Any]:
        """Where goods go back to, as JD wants it told."""
        known = self._places()
        name = address.address_id if address is not None else next(iter(known), None)
        if name is None or name not in known:
            names = ", ".join(known) or "none"
            raise InvalidParameter(f"JD wants its own region numbers for a return: name an entry of return_addresses; "
                                   f"there are {names}", platform="jd", field="address")  # fmt: skip
        place = known[name]
        if strange := sorted(set(place) - set(PLACES)):
            raise ConfigurationError(f"return_addresses: JD knows no {', '.join(strange)}", platform="jd")
        return dict(place)

    def _reply(self, fresh: Refund, status: int, **more: Any) -> Operation[None]:
        name = str(self.config.settings["operator"])[:50]
        told = {"remark": self.config.settings["agree_text"], **more}
        yield from self.call(REPLY, {"status": status, "id": _number(fresh), "checkUserName": name, **told}, write=True)

    def _audit(self, method: str, fresh: Refund, fields: Mapping[str, Any]) -> Operation[None]:
        """One audit call with the version of the service order as it is now."""
        common = yield from self._operator()
        named = {**common, "serviceId": _number(fresh), "orderId": number_of(fresh.order_id)}
        seen = yield from self.call(VIEW, named)
        details = _details(seen) if method == SEND else None
        sent = {**named, "sysVersion": _found(seen, "sysVersion"), "applyDetailIdList": details, **fields}
        yield from self.call(method, sent, write=True)


def _is_service(case: Refund) -> bool:
    return case.refund_id.startswith(SERVICE_PREFIX)


def _number(case: Refund) -> int:
    return number_of(case.refund_id.removeprefix(SERVICE_PREFIX), "case id")


def _found(reply: Mapping[str, Any], name: str) -> str | None:
    holder = seek(reply, name)
    return read(holder, name, ident) if holder is not None else None


def _details(reply: Mapping[str, Any]) -> list[str] | None:
    """Ids of the rows that were applied for, as far as the reply shows them."""
    holder = seek(reply, "applyDetailIdList")
    if holder is not None:
        return [ident(value) for value in rows_of(holder["applyDetailIdList"])] or None
    single = _found(reply, "applyDetailId")
    return [single] if single else None


def _reasons(reply: Any) -> Iterator[RefuseReason]:
    """Every object of a reply that pairs a code with words; how JD nests the list is not documented."""
    if isinstance(reply, list):
        for row in reply:
            yield from _reasons(row)
    elif isinstance(reply, Mapping):
        code, words = _either(reply, "reasonId", "code", "cid", "id"), _either(reply, "reasonName", "name", "desc")
        if code and words:
            yield RefuseReason(code=code, text=words)
        for value in reply.values():
            if isinstance(value, list | Mapping):
                yield from _reasons(value)


def _either(row: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value:
            return text(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None
