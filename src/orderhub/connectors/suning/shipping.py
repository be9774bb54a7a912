"""Telling Suning about parcels: send, split by lines, correct, and what to do when a reply is lost.

Imports `kit`, `flow`. Source: docs/platforms/suning.md#shipping. The order is read first: the platform has no lock, so
an open refund, a line of its own warehouse and a number that is there already show only in the order itself. A lost
reply is settled by reading again, never by sending again blindly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from orderhub.connectors.suning.base import SuningBase
from orderhub.connectors.suning.express import EXPRESS, carrier_of_code
from orderhub.connectors.suning.parcels import Line, chosen, corrected
from orderhub.connectors.suning.reading import total_of_head
from orderhub.connectors.suning.spec import PAGE_SIZE_MAX
from orderhub.errors import Conflict, DecodeError, OrderHubError, OutcomeUnknown, UnsupportedOperation
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import ident, rows_of
from orderhub.kit.rows import Rows, read_rows
from orderhub.kit.shipping import by_order, find_company
from orderhub.models.channel import CarrierInfo, Dispatch
from orderhub.models.outcome import Finding, Outcome

__all__ = ["ShippingVerbs"]

PAGES_MAX, SENDS_MAX = 100, 2
Act = Callable[[Dispatch, list[Line]], Operation[None]]


class ShippingVerbs(SuningBase):
    """Company codes and dispatch."""

    _companies: tuple[CarrierInfo, ...] = ()

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The platform's own company list, with our code where name or code is known."""
        found: list[CarrierInfo] = []
        findings: list[Finding] = []
        for page in range(1, PAGES_MAX + 1):
            answer = yield from self.query(
                "custom.logisticcompany.query", "logisticCompany", {"pageNo": page, "pageSize": PAGE_SIZE_MAX}
            )
            rows = answer.rows("logisticCompany")
            read = read_rows(rows, _company_row, platform="suning", path="logisticCompany")
            found += read
            findings += read.findings
            if not rows or total_of_head(answer, "logisticCompany", PAGE_SIZE_MAX) <= page * PAGE_SIZE_MAX:
                break
        self._companies = tuple(dict.fromkeys(found))
        return Rows(self._companies, findings)

    def _company(self, carrier: str) -> Operation[str]:
        """The platform's code for a canonical carrier; raises `InvalidParameter` that lists what there is."""
        if named := dict(self.config.settings["express_codes"]).get(carrier):
            return str(named)
        known = self._companies or tuple((yield from self.carriers())) or _SEED
        return find_company(carrier, known, "suning", "; name its code in express_codes").code

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment line by line; several dispatches of one order name their lines.

        One outcome per dispatch, in order. A parcel that the platform already knows is ok with reason
        `already_done`; an outcome that cannot be settled by reading is `OutcomeUnknown`. A line is sent whole.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Parcels of one order, one call each; a contradiction between them is found before anything is sent."""
        if refusal := _contradiction([parcel for parcel in parcels if not parcel.replaces]):
            return [Outcome.failed(parcel.key, refusal) for parcel in parcels]
        outcomes = []
        for parcel in parcels:
            outcomes.append((yield from self._settled(parcel)))
        return outcomes

    def _settled(self, parcel: Dispatch) -> Operation[Outcome[None]]:
        """Read, act; when the reply was lost or the state forbids it, read again and judge by what stands there."""
        choose, act = (corrected, self._correct) if parcel.replaces else (partial(chosen, self.config), self._send)
        failed: OrderHubError | None = None
        for attempt in range(1 + SENDS_MAX):
            try:
                lines = choose(parcel, (yield from self._order(parcel.order_id)))
            except OrderHubError as error:
                return Outcome.failed(parcel.key, failed or error)
            if not lines:
                return Outcome(True, parcel.key, "already_done")
            if isinstance(failed, Conflict) or attempt == SENDS_MAX:
                break
            try:
                yield from act(parcel, lines)
                return Outcome(True, parcel.key)
            except OrderHubError as error:
                failed = error
                if not isinstance(error, OutcomeUnknown | Conflict):
                    break
        assert failed is not None
        return Outcome.failed(parcel.key, failed)

    def _order(self, order_id: str) -> Operation[tuple[str, list[Line]]]:
        """The order's status and its lines with their notes."""
        document = yield from self.document_of(order_id)
        table = self.config.tables["line"]
        return str(document.get("orderTotalStatus")), [
            table.decode(row) for row in rows_of(document.get("orderDetail"))
        ]

    def _send(self, parcel: Dispatch, lines: list[Line]) -> Operation[None]:
        head = {"orderCode": parcel.order_id, "expressNo": parcel.waybill_no,
                "expressCompanyCode": (yield from self._company(parcel.carrier))}  # fmt: skip
        if self.config.settings["ship_api"] == "deliverynew.add":
            if parcel.serial_numbers:
                raise UnsupportedOperation(
                    "the newer call takes no serial numbers; use ship_api='orderdelivery.add'", platform="suning"
                )
            goods = {"orderLineNumbers": [_numbered(line) for line in lines]}
            yield from self.call("custom.deliverynew.add", "addDeliverynew", head | goods, write=True)
            return
        sent = head | _by_line(lines) | _serials(parcel, lines)
        yield from self.call("custom.orderdelivery.add", "orderDelivery", sent, write=True)

    def _correct(self, parcel: Dispatch, lines: list[Line]) -> Operation[None]:
        """Replace the number of lines that carry the old one."""
        code = yield from self._company(parcel.carrier)
        head = {"orderCode": parcel.order_id, "expressNo": parcel.waybill_no, "expressCompanyCode": code}
        yield from self.call("custom.orderdelivery.modify", "orderDelivery", head | _by_line(lines), write=True)


_SEED = tuple(CarrierInfo(code, name, ours) for code, (name, ours) in EXPRESS.items())


def _company_row(row: Any) -> CarrierInfo:
    """One company: the name of its field is not documented, so any field that ends in "name" is taken."""
    try:
        code = ident(row["expressCompanyCode"])
    except (LookupError, TypeError, ValueError):
        raise DecodeError("a company without a code", platform="suning", path="expressCompanyCode") from None
    names = [value for key, value in row.items() if key.lower().endswith("name") and isinstance(value, str) and value]
    name = names[0] if names else EXPRESS.get(code, (code, None))[0]
    return CarrierInfo(code, name, carrier_of(name) or carrier_of_code(code))


def _contradiction(parcels: Sequence[Dispatch]) -> OrderHubError | None:
    """A line goes into one parcel: what the platform cannot say is refused before anything is sent."""
    if len(parcels) < 2:
        return None
    if any(parcel.lines is None for parcel in parcels):
        return UnsupportedOperation(
            "Suning sends line by line: name the lines of each parcel when an order has several", platform="suning"
        )
    named = [line for parcel in parcels for line, _ in parcel.lines or ()]
    if len(set(named)) < len(named):
        return UnsupportedOperation("Suning sends a line whole: it cannot be in two parcels", platform="suning")
    return None


def _by_line(lines: Sequence[Line]) -> dict[str, Any]:
    return {"orderLineNumbers": {"orderLineNumber": [line["line_id"] for line in lines]}}


def _numbered(line: Mapping[str, Any]) -> dict[str, Any]:
    return {"orderLineNumber": line["line_id"], "productCode": line.get("platform_sku_id")}


def _serials(parcel: Dispatch, lines: Sequence[Line]) -> dict[str, Any]:
    """Serial numbers of phones, with the product that each belongs to."""
    products = {line["line_id"]: line.get("platform_sku_id") for line in lines}
    rows = [{"orderLineNumber": line, "phoneIdentifyCode": serial, "productCode": products.get(line)}
            for line, serial in parcel.serial_numbers]  # fmt: skip
    return {"phoneIdentifyCodes": rows} if rows else {}
