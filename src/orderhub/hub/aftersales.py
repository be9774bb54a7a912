"""What a hub answers to after-sale cases, by hand and by rules. Imports `fulfil`, `orders`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orderhub.errors import NotFound, UnsupportedOperation
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.aftersales import find_case, is_received
from orderhub.fulfil.aftersales_answers import Answered, Told, answer_case, case_stage
from orderhub.fulfil.aftersales_record import load_answers
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.command import command
from orderhub.models import InvoiceRequest, Order, Outcome, Refund, Refusal, RefuseReason, ReturnAddress
from orderhub.orders.aftersales_rules import decide_case
from orderhub.ports import Event
from orderhub.rules import Chosen, Decision

__all__ = ["AftersalesCommands", "AftersalesOperations"]


class AftersalesOperations:
    """Answers to cases, by their key `platform:shop_id:refund_id`.

    Each is judged by the table in docs/explanation/after-sales.md, written down, told to the platform once, and then
    followed by stock. A refusal tells the stage and what is allowed instead. Raises `NotFound` when the case or its
    order is not stored.
    """

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def agree_refund(
        self, refund_key: str, *, sms_code: str | None = None, dry_run: bool = False, who: str = "hub"
    ) -> Operation[Outcome[Answered]]:
        """Pay the buyer back, never more than was paid; goods that wait here for the courier stay.

        Args:
            sms_code: The code that the platform sent to the merchant's phone, where it asked for one.
        """
        named = {"sms_code": sms_code} if sms_code is not None else {}
        return (yield from self._answer(refund_key, Told("agree_refund", (), named), dry_run, who))

    def refuse_refund(
        self, refund_key: str, refusal: Refusal, *, dry_run: bool = False, who: str = "hub"
    ) -> Operation[Outcome[Answered]]:
        """Say no to what the buyer asks for."""
        return (yield from self._answer(refund_key, Told("refuse_refund", (refusal,)), dry_run, who))

    def agree_return(
        self, refund_key: str, address: ReturnAddress | None = None, *, remark: str = "", dry_run: bool = False,
        who: str = "hub",
    ) -> Operation[Outcome[Answered]]:  # fmt: skip
        """Let the goods come back; `receive_return` takes them in."""
        told = Told("agree_return", (address,), {"remark": remark})
        return (yield from self._answer(refund_key, told, dry_run, who))

    def confirm_return(
        self, refund_key: str, *, dry_run: bool = False, who: str = "hub"
    ) -> Operation[Outcome[Answered]]:
        """Tell the platform that goods are back which `receive_return` took in."""
        return (yield from self._answer(refund_key, Told("confirm_return"), dry_run, who))

    def refuse_return(
        self, refund_key: str, refusal: Refusal, *, dry_run: bool = False, who: str = "hub"
    ) -> Operation[Outcome[Answered]]:
        """Say no once the goods were inspected, with pictures as evidence."""
        return (yield from self._answer(refund_key, Told("refuse_return", (refusal,)), dry_run, who))

    def ship_exchange(
        self, refund_key: str, carrier: str, waybill_no: str, *, warehouse: str | None = None,
        goods: Mapping[str, int] | None = None, dry_run: bool = False, who: str = "hub",
    ) -> Operation[Outcome[Answered]]:  # fmt: skip
        """Tell the platform which parcel goes out, and take its goods from stock; without stock nothing is told.

        Args:
            carrier: Canonical code.
            warehouse: Where it leaves from; may be left out where there is one only.
            goods: SKU -> units; the case's own goods when left out, `{}` where stock is kept elsewhere.
        """
        told = Told("ship_exchange", (carrier, waybill_no), {}, warehouse, goods)
        return (yield from self._answer(refund_key, told, dry_run, who))

    def refuse_reasons(self, refund_key: str) -> Operation[list[RefuseReason]]:
        """What a refusal of this case may name as its code, from the platform; empty where a text is all it takes."""
        case = yield from find_case(refund_key)
        shop = f"shop:{case.platform}:{case.shop_id}"
        if not (yield from ask(shop, "has", "refuse_reasons")):
            return []
        return (yield from ask(shop, "refuse_reasons", case))  # type: ignore[no-any-return]

    def invoice_requests(self, key: str) -> Operation[list[InvoiceRequest]]:
        """Tax invoices that the buyer of a stored order asked for, read now.

        Raises:
            UnsupportedOperation: The platform tells them in the order itself, or not at all.
        """
        order: Order = yield from ask("orders", "get_order", key)
        shop = f"shop:{order.platform}:{order.shop_id}"
        if not (yield from ask(shop, "has", "list_invoice_requests")):
            raise UnsupportedOperation(
                f"{order.platform} has no call for invoice requests; see Order.invoice", platform=order.platform,
                operation="invoice_requests",
            )  # fmt: skip
        return (yield from ask(shop, "list_invoice_requests", order.order_id))  # type: ignore[no-any-return]

    def answer_cases(
        self, refund_keys: Sequence[str] | None = None, *, dry_run: bool = False, who: str = "rules"
    ) -> Operation[list[Outcome[Answered]]]:
        """Answer waiting cases as the plan's rules `aftersales` say; what they leave is left to people.

        Args:
            refund_keys: Cases; all that wait when left out.
        Returns:
            One outcome per case that a rule has an answer for. What rules in shadow would have done goes into the
            timeline of the order.
        """
        outcomes = []
        for case, order, decision in (yield from self._decided(refund_keys)):
            if decision.shadowed and not dry_run:
                yield from _noted_once(order, case, decision, who)
            chosen = next(iter(decision.acts), None)
            if chosen is not None and (told := _told(chosen)) is not None:
                outcomes.append((yield from self._given(case, order, told, dry_run, f"{who}: {chosen.rule}")))
        return outcomes

    def explain_case(self, refund_key: str) -> Operation[Decision | None]:
        """What the rules say of one case, and why; None without rules."""
        found = yield from self._decided([refund_key])
        return found[0][2] if found else None

    def _decided(self, keys: Sequence[str] | None) -> Operation[list[tuple[Refund, Order, Decision]]]:
        plan, at = (yield from self.current_plan()), (yield from now())
        if plan.aftersales is None:
            return []
        if keys is None:
            stored: list[Refund] = yield from ask("orders", "find_refunds")
            cases = [case for case in stored if case.status.value in ("requested", "in_progress")]
        else:
            cases = []
            for key in keys:
                cases.append((yield from find_case(key)))
        found = []
        for case in cases:
            try:
                order: Order = yield from ask("orders", "get_order", _order_key(case))
            except NotFound:
                if keys is not None:
                    raise
                continue  # its order comes with the next pull
            stage = yield from _stage(order, case)
            found.append((case, order, decide_case(plan.aftersales, case, stage, order, at)))
        return found

    def _answer(self, refund_key: str, told: Told, dry_run: bool, who: str) -> Operation[Outcome[Answered]]:
        case = yield from find_case(refund_key)
        order: Order = yield from ask("orders", "get_order", _order_key(case))
        return (yield from self._given(case, order, told, dry_run, who))

    def _given(
        self, case: Refund, order: Order, told: Told, dry_run: bool, who: str
    ) -> Operation[Outcome[Answered]]:  # fmt: skip
        plan = yield from self.current_plan()
        outcome = yield from answer_case(plan, order, case, told, dry_run=dry_run)
        if not dry_run and outcome.reason != "already_done":
            stock = outcome.value.stock if outcome.ok and outcome.value else None
            more = {"stock": stock} if stock is not None else {"reason": outcome.reason or "refused"}
            detail = {"case": case.refund_id, "command": told.verb, **more}
            what = "aftersale_answered" if outcome.ok else "refused"
            yield from ask("marks", "put_events", [Event(order.key, what, who, detail)])
        return outcome


def _order_key(case: Refund) -> str:
    return f"{case.platform}:{case.shop_id}:{case.order_id}"


def _stage(order: Order, case: Refund) -> Operation[str]:
    answers = yield from load_answers(order.key)
    received = yield from is_received(order.key, case.key)
    return case_stage(case, received=received, answer=answers.rows.get(case.key))


def _told(chosen: Chosen) -> Told | None:
    """The answer that an effect stands for; None for those that leave a case alone."""
    given = chosen.effect.arguments
    if chosen.effect.action == "agree_refund":
        return Told("agree_refund")
    if chosen.effect.action == "agree_return":
        name = given.get("address")
        address = ReturnAddress(address_id=str(name)) if name is not None else None
        return Told("agree_return", (address,), {"remark": str(given.get("remark", ""))})
    if chosen.effect.action == "refuse_refund":
        return Told("refuse_refund", (Refusal(text=str(given["text"]), code=given.get("code")),))
    return None


def _noted_once(order: Order, case: Refund, decision: Decision, who: str) -> Operation[None]:
    """Tell the timeline what rules in shadow would have done, once per case and answer."""
    record = decision.record()
    at = yield from now()
    key = f"shadow:aftersales:{case.key}:{record.get('would', '')}"
    [is_new] = yield from ask("seen", "first_seen", "aftersales", [key], at)
    if is_new:
        yield from ask("marks", "put_events", [Event(order.key, "shadowed", who, {"case": case.refund_id, **record})])


class AftersalesCommands:
    """The same for hubs."""

    agree_refund = command(AftersalesOperations.agree_refund)
    refuse_refund = command(AftersalesOperations.refuse_refund)
    agree_return = command(AftersalesOperations.agree_return)
    confirm_return = command(AftersalesOperations.confirm_return)
    refuse_return = command(AftersalesOperations.refuse_return)
    ship_exchange = command(AftersalesOperations.ship_exchange)
    refuse_reasons = command(AftersalesOperations.refuse_reasons)
    invoice_requests = command(AftersalesOperations.invoice_requests)
    answer_cases = command(AftersalesOperations.answer_cases)
    explain_case = command(AftersalesOperations.explain_case)
