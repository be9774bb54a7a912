"""Telling Taobao about parcels: send, split, correct, and what to do when a reply is lost. Imports `kit`, `flow`.

Source: docs/platforms/taobao.md#shipping. A lost reply is settled by reading the trade, never by sending again blindly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orderhub.connectors.taobao.base import TaobaoBase
from orderhub.errors import Conflict, InvalidParameter, NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import rows_of
from orderhub.kit.rows import read_rows
from orderhub.kit.shipping import by_order, find_company, parcels_stand, send_and_correct, settled
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome

__all__ = ["ShippingVerbs"]


class ShippingVerbs(TaobaoBase):
    """Company codes and dispatch."""

    _companies: tuple[CarrierInfo, ...] = ()

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The platform's own company list, with our code where the name is known."""
        reply = yield from self.call(
            "taobao.logistics.companies.get", {"fields": "id,code,name,reg_mail_no", "order_mode": "all"}
        )
        rows = rows_of(reply.get("logistics_companies"))
        found = read_rows(rows, _company_row, platform="taobao", path="logistics_companies")
        self._companies = tuple(found)
        return found

    def _company(self, carrier: str) -> Operation[str]:
        """The platform's code for a canonical carrier; raises `InvalidParameter` that lists what there is."""
        known = self._companies or tuple((yield from self.carriers()))
        return find_company(carrier, known, "taobao").code

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment; several dispatches of one order are one shipment in several parcels.

        One outcome per dispatch, in order. A parcel that the platform already knows is ok with reason
        `already_done`; an outcome that cannot be settled by reading is `OutcomeUnknown`.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        return (yield from send_and_correct(parcels, self._settled(self._send), self._settled(self._correct)))

    def _settled(self, act: Any) -> Any:
        return lambda parcels: settled(parcels, act, self._is_there, Conflict)

    def _is_there(self, parcels: Sequence[Dispatch]) -> Operation[bool]:
        return (yield from parcels_stand(parcels, self.get_order))

    def _send(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        codes = []
        for parcel in parcels:
            codes.append((yield from self._company(parcel.carrier)))
        if self.config.settings["ship_api"] == "legacy":
            yield from self._send_legacy(parcels, codes)
            return
        quantities = yield from self._quantities(parcels)
        yield from self.call("alibaba.ascp.logistics.offline.send", _ascp(parcels, codes, quantities), write=True)

    def _quantities(self, parcels: Sequence[Dispatch]) -> Operation[dict[str, int]]:
        """Ordered units per line, needed to tell whole lines from parts; empty for a whole order in one parcel."""
        if len(parcels) == 1 and parcels[0].lines is None:
            return {}
        order: Order = yield from self.get_order(parcels[0].order_id)
        return {line.line_id: line.quantity for line in order.lines}

    def _send_legacy(self, parcels: Sequence[Dispatch], codes: Sequence[str]) -> Operation[None]:
        """The legacy call takes one parcel of whole lines; several parcels are several split calls."""
        if len(parcels) > 1 and any(parcel.lines is None for parcel in parcels):
            raise InvalidParameter(
                "the legacy call cannot put one line into several parcels; use ship_api='ascp' or name the lines",
                platform="taobao", field="Dispatch.lines",
            )  # fmt: skip
        for parcel, code in zip(parcels, codes, strict=True):
            split = {"is_split": 1, "sub_tid": [line for line, _ in parcel.lines]} if parcel.lines else {}
            yield from self.call(
                "taobao.logistics.offline.send",
                {"tid": parcel.order_id, "out_sid": parcel.waybill_no, "company_code": code, **split},
                write=True,
            )

    def _correct(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        """Replace one waybill number by another."""
        (parcel,) = parcels
        code = yield from self._company(parcel.carrier)
        if self.config.settings["ship_api"] == "legacy":
            split = {"is_split": 1, "sub_tid": [line for line, _ in parcel.lines]} if parcel.lines else {}
            fields = {"tid": parcel.order_id, "out_sid": parcel.waybill_no, "company_code": code, **split}
            yield from self.call("taobao.logistics.consign.resend", fields, write=True)
            return
        order: Order = yield from self.get_order(parcel.order_id)
        old = next((s for s in order.shipments if s.waybill_no == parcel.replaces), None)
        if old is None:
            raise NotFound(
                "no parcel of this order has the number to be replaced", platform="taobao", field="Dispatch.replaces"
            )
        old_code = yield from self._company(old.carrier or old.carrier_name or parcel.carrier)
        yield from self.call("alibaba.ascp.logistics.consign.modify", {
            "tid": parcel.order_id, "old_out_sid": parcel.replaces, "new_out_sid": parcel.waybill_no,
            "old_company_code": old_code, "new_company_code": code,
        }, write=True)  # fmt: skip


def _company_row(row: Any) -> CarrierInfo:
    name = str(row["name"])
    return CarrierInfo(str(row["code"]), name, carrier_of(name), str(row["id"]) if row.get("id") else None)


def _ascp(parcels: Sequence[Dispatch], codes: Sequence[str], quantities: dict[str, int]) -> dict[str, Any]:
    """Parameters of the current call: whole order or whole lines by the old flow, parts of lines by the new one."""
    packages = [
        {"out_sid": parcel.waybill_no, "company_code": code} for parcel, code in zip(parcels, codes, strict=True)
    ]
    tid = parcels[0].order_id
    if len(parcels) == 1 and parcels[0].lines is None:
        return {"tid": tid, "consign_type": 0, "consign_pkgs": packages}
    lines = [line for parcel in parcels for line in parcel.lines or ()]
    whole = all(quantities.get(line) == count for line, count in lines)
    if len(parcels) == 1 and whole:
        return {"tid": tid, "consign_type": 0, "sub_tid": [line for line, _ in lines], "consign_pkgs": packages}
    for package, parcel in zip(packages, parcels, strict=True):
        goods = parcel.lines if parcel.lines is not None else tuple(quantities.items())
        package["goods"] = [{"sub_tid": line, "item_type": 0, "num": count} for line, count in goods]  # type: ignore[assignment]
    return {"tid": tid, "consign_type": 1, "consign_pkgs": packages}
