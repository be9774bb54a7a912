"""Address, note and cancellation of an order. Imports `kit`, `flow`. Source: docs/platforms/jd.md#writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd.orders import ORDER, OrderVerbs, number_of
from orderhub.errors import Conflict, InvalidParameter, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.person import Recipient

__all__ = ["ChangeVerbs"]

MEMO_MAX = 500
REASON_MAX = 500
SELLER = 2
FLAGS = range(6)
"""Gray, red, yellow, green, blue, purple."""


class ChangeVerbs(OrderVerbs):
    """Changes of one order before or around shipping."""

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note (at most 500 characters) and flag (0 to 5); an empty note deletes it.

        The flag travels with every note, so without `flag` the one that stands in the order is sent again.
        """
        if len(memo) > MEMO_MAX:
            raise InvalidParameter("memo is longer than 500 characters", platform="jd", field="memo")
        if flag is not None and flag not in FLAGS:
            raise InvalidParameter("JD's flags are 0 to 5", platform="jd", field="flag")
        number = number_of(order_id)
        try:
            colour = flag if flag is not None else (yield from self._flag(order_id))
            if self.is_sp:
                given = {"orderId": number, "remark": memo, "flagId": colour}
                yield from self.rest("PUT", f"{ORDER}/vender-remarks", given, write=True, keyed=True)
            else:
                fields = {"order_id": number, "flag": colour, "remark": memo}
                yield from self.call("jingdong.pop.order.modifyVenderRemark", fields, write=True, keyed=True)
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def _flag(self, order_id: str) -> Operation[int]:
        order: Order = yield from self.get_order(order_id)
        text = order.seller_flag or ""
        return int(text) if text.isascii() and text.isdecimal() and int(text) in FLAGS else 0

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the receiver: once per order, before shipping, within the same province and city.

        JD wants its own division ids. Those of the order are kept; a new district or town needs `division_code` in
        the form `province-city-county-town` of JD's ids.
        """
        try:
            order: Order = yield from self.get_order(order_id)
            fields = _address_fields(order, recipient)
            if self.is_sp:
                given = {"orderId": number_of(order_id), **fields, "detailAddress": recipient.address.street}
                yield from self.rest("PUT", f"{ORDER}/consignees", given, write=True)
            else:
                given = {"orderId": number_of(order_id), **fields, "detailAddr": recipient.address.street}
                yield from self.call("jingdong.pop.order.modifyOrderAddr", given, write=True)
        except OutcomeUnknown as error:
            return (yield from self._address_settled(order_id, order, recipient, error))
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)

    def _address_settled(
        self, order_id: str, before: Order, wanted: Recipient, error: OutcomeUnknown
    ) -> Operation[Outcome[None]]:
        """After a lost reply: the order tells, unless it was shown masked; then the outcome stays unknown."""
        try:
            after: Order = yield from self.get_order(order_id)
        except OrderHubError:
            return Outcome.failed(order_id, error)
        there = after.recipient.address.street == wanted.address.street and after.recipient.name == wanted.name
        return Outcome(True, order_id, "already_done") if there else Outcome.failed(order_id, error)

    def close_order(self, order_id: str, reason: str) -> Operation[Outcome[None]]:
        """Apply for the cancellation of an order that is paid at the door; prepaid orders end through a refund."""
        if self.is_sp:
            error = Conflict("the SP-API documents no cancellation by the seller", platform="jd")
            return Outcome.failed(order_id, error)
        fields = {"order_id": number_of(order_id), "del_apply_type": SELLER, "del_apply_reason": reason[:REASON_MAX]}
        try:
            yield from self.call("jingdong.order.orderDelete.apply", fields, write=True)
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return Outcome(True, order_id)


def _address_fields(order: Order, recipient: Recipient) -> Mapping[str, Any]:
    """Name, phone and JD's division ids; raises `Conflict` or `InvalidParameter` before JD has to."""
    old, new = order.recipient.address, recipient.address
    for name in ("province", "city"):
        if getattr(new, name) and getattr(new, name) != getattr(old, name):
            raise Conflict(f"JD keeps the {name} of an order", platform="jd", field=f"Recipient.address.{name}")
    if not recipient.name or not new.street:
        raise InvalidParameter("JD needs name and street", platform="jd", field="Recipient")
    ids = _division_ids(order, recipient)
    phone = recipient.phone or None
    if (
        phone is not None
        and not (len(phone) == 11 and phone.isdecimal() and phone.startswith("1"))
        and "*" not in phone
    ):
        raise InvalidParameter("JD takes mobile numbers of 11 digits", platform="jd", field="Recipient.phone",
                               code="20011")  # fmt: skip
    return {"customerName": recipient.name, "customerPhone": phone, **ids}


def _division_ids(order: Order, recipient: Recipient) -> Mapping[str, int]:
    names = ("provinceId", "cityId", "countyId", "townId")
    old, new = order.recipient.address, recipient.address
    code = new.division_code or ""
    if not code and new.district in (None, old.district) and new.town in (None, old.town):
        code = old.division_code or ""
    parts = [part for part in code.removeprefix("jd:").split("-") if part.isdecimal()]
    if len(parts) < 3:
        raise InvalidParameter(
            "JD wants its own division ids: give division_code as jd:province-city-county-town",
            platform="jd", field="Recipient.address.division_code",
        )  # fmt: skip
    return dict(zip(names, [int(part) for part in [*parts, "-1"][:4]], strict=False))
