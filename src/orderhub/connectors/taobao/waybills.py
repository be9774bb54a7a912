"""Cainiao's e-waybills: agreements, labels, numbers for parcels whose receiver stays hidden. Imports `kit`, `flow`.

A number is made for the trade's own token (`oaid`) and the masked receiver, so nothing is decrypted; what prints it
comes sealed. A lost reply is settled by asking which numbers the trade has. Source: docs/platforms/taobao.md#waybills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from orderhub.connectors.taobao.shipping import ShippingVerbs
from orderhub.connectors.taobao.spec import ERRORS
from orderhub.connectors.taobao.waybill_sheet import ACCOUNT, CHANNEL, PACKAGES_MAX, PLAIN_LABEL
from orderhub.errors import (
    AuthError,
    ConfigurationError,
    DecodeError,
    NotFound,
    NotServiceable,
    OrderHubError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
)
from orderhub.flow.steps import Operation, secret
from orderhub.kit.carriers import carrier_of
from orderhub.kit.cloud_waybills import CloudDialect, accounts_of, by_agreement, chosen_label
from orderhub.kit.convert import rows_of
from orderhub.kit.operations import batches
from orderhub.kit.rows import Rows, joined, read_rows
from orderhub.kit.waybills import made, one_by_one, phones_of, voided
from orderhub.models.logistics import (
    Waybill,
    WaybillAccount,
    WaybillRequest,
    WaybillTemplate,
)
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.person import Address

__all__ = ["WaybillVerbs"]

CLOUD = CloudDialect("taobao", CHANNEL, "cainiao")


class WaybillVerbs(ShippingVerbs):
    """Numbers that Cainiao hands out for the companies that the shop has agreements with."""

    _accounts: tuple[WaybillAccount, ...] | None = None
    _labels: tuple[WaybillTemplate, ...] | None = None

    def waybill_accounts(self) -> Operation[list[WaybillAccount]]:
        """Companies and branches with numbers left and the addresses that parcels may be sent from."""
        reply = yield from self.call("cainiao.waybill.ii.search", {})
        names = yield from self._our_codes()
        found = accounts_of(reply, names, ACCOUNT, platform="taobao", marks=("cp_code", "cp_type"))
        self._accounts = tuple(found)
        return found

    def _our_codes(self) -> Operation[dict[str, str | None]]:
        """Company code -> our code, by the platform's own list."""
        known = self._companies or tuple((yield from self.carriers()))
        return {company.code: company.carrier for company in known}

    def _company_code(self, carrier: str) -> Operation[str]:
        """The company's code in waybill calls: that of an agreement, else of the platform's list."""
        for account in self._accounts or ():
            if carrier in (account.carrier, account.code):
                return account.code
        return (yield from self._company(carrier))

    def waybill_templates(self, carrier: str | None = None) -> Operation[list[WaybillTemplate]]:
        """Cainiao's standard labels and those that the merchant made, of one company or of all."""
        names = yield from self._our_codes()
        found, findings = list[WaybillTemplate](), list[Finding]()
        for api, is_own in (("cainiao.cloudprint.stdtemplates.get", False),
                            ("cainiao.cloudprint.mystdtemplates.get", True)):  # fmt: skip
            told = _templates((yield from self.call(api, {})), names, is_own)
            found += told
            findings += told.findings
        self._labels = tuple(found)
        return Rows((label for label in found if carrier is None or carrier in (label.carrier, label.code)), findings)

    def create_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """A number for each parcel, at most ten of one agreement in a call."""
        accounts = self._accounts if self._accounts is not None else (yield from self.waybill_accounts())
        return (
            yield from by_agreement(
                requests, accounts, self._batch, platform="taobao", packages_max=PACKAGES_MAX,
                place=str(self.config.settings["waybill_sender"]),
                batch_max=self.limits("create_waybills").batch_max or 1,
            )
        )  # fmt: skip

    def _batch(
        self, account: WaybillAccount, sender: Address, requests: Sequence[WaybillRequest]
    ) -> Operation[dict[str, Outcome[Waybill]]]:
        return (yield from made(requests, partial(self._apply, account, sender), platform="taobao", find=self._found))

    def _apply(
        self, account: WaybillAccount, sender: Address, requests: Sequence[WaybillRequest]
    ) -> Operation[dict[str, Waybill | OrderHubError]]:
        label = yield from self._label(account)
        user = yield from self._user_id()
        document = {
            "cp_code": account.code, "need_encrypt": True, "customer_code": account.settlement_code,
            "sender": CLOUD.sender(requests[0], sender),
            "multi_packages_shipment": any(request.packages > 1 for request in requests) or None,
            "trade_order_info_dtos": [row for request in requests for row in _orders(request, account, user, label)],
            **((self.config.settings["waybill_fields"] or {}).get(account.code, {})),
        }  # fmt: skip
        sent = {name: value for name, value in document.items() if value is not None}
        reply = yield from self.call(
            "cainiao.waybill.ii.get", {"param_waybill_cloud_print_apply_new_request": sent}, write=True
        )
        return {request.key: row for request in requests if (row := CLOUD.numbered(request, reply, label))}

    def _label(self, account: WaybillAccount) -> Operation[str]:
        """The template a company's labels are printed with: the setting's, else the standard one of the company."""
        if url := chosen_label(account, self.config.settings["waybill_templates"]):
            return url
        labels = self._labels if self._labels is not None else tuple((yield from self.waybill_templates()))
        own = [label for label in labels if label.code == account.code and not label.is_own]
        first = sorted(own, key=lambda label: label.kind != PLAIN_LABEL)
        if not first:
            raise NotServiceable(f"Cainiao has no label for {account.code}", platform="taobao", code="no_template")
        return first[0].url

    def _user_id(self) -> Operation[str]:
        given = self.config.settings["waybill_user_id"]
        if given is None:
            token = (yield from secret()).token
            given = token.account.get("user_id") if token else None
        if given is None:
            raise ConfigurationError(
                "Cainiao wants the seller's user id, and this token does not tell it: set waybill_user_id",
                platform="taobao", field="waybill_user_id",
            )  # fmt: skip
        return str(given)

    def find_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """The number of each parcel by its trade; ok without a value where the trade has none."""
        return (yield from one_by_one(requests, self._found))

    def _found(self, request: WaybillRequest) -> Operation[Waybill | None]:
        """Trades are answered with all their numbers, without saying of which parcel: only the last one open is told.

        Raises:
            OutcomeUnknown: Several numbers may be meant.
        """
        asked = {"biz_sub_code": request.parcel.order_ids[0], "object_id": request.key}
        reply = yield from self.call("cainiao.waybill.ii.query.by.tradecode", {"param_list": [asked]})
        rows = [row for row in map(_told, rows_of(reply.get("modules"))) if row is not None]
        found = {number: data for number, data in rows if number not in request.known}
        if not found:
            return None
        if len(found) > 1 or not request.is_alone:
            raise OutcomeUnknown(
                f"trade {request.parcel.order_ids[0]} has {len(found)} numbers that may be this parcel's",
                platform="taobao", operation="find_waybills",
            )  # fmt: skip
        [(number, data)] = found.items()
        return CLOUD.waybill(request, number, [(number, data)], None)

    def query_waybills(self, waybills: Sequence[Waybill]) -> Operation[list[Outcome[Waybill]]]:
        """Numbers with what prints them, at most twenty in a call."""
        outcomes: list[Outcome[Waybill]] = []
        for batch in batches(waybills, self.limits("query_waybills").batch_max):
            asked = []
            for one in batch:
                code = yield from self._company_code(one.carrier)
                asked.append({"cp_code": code, "waybill_code": one.waybill_no, "object_id": one.waybill_no})
            reply = yield from self.call("cainiao.waybill.ii.query.by.waybillcode", {"param_list": asked})
            outcomes += [_queried(one, rows_of(reply.get("modules"))) for one in batch]
        return outcomes

    def cancel_waybill(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Give a number back that no courier has taken; one that Cainiao does not know any more is gone already."""
        code = yield from self._company_code(waybill.carrier)
        fields = {"cp_code": code, "waybill_code": waybill.waybill_no}

        def send() -> Operation[None]:
            reply = yield from self.call("cainiao.waybill.ii.cancel", fields, write=True)
            if str(reply.get("cancel_result")).lower() != "true":
                raise RequestRejected("Cainiao does not cancel this number", platform="taobao",
                                      operation="cancel_waybill")  # fmt: skip

        def is_there(refusal: OrderHubError) -> Operation[bool]:
            [row] = yield from self.query_waybills([waybill])
            return not isinstance(row.error, NotFound)

        return (yield from voided(waybill, send, is_there))


def _ours(names: Mapping[str, str | None], code: str) -> str | None:
    return names.get(code) or carrier_of(code)


def _orders(request: WaybillRequest, account: WaybillAccount, user: str, label: str) -> list[dict[str, Any]]:
    """The parcel as the call wants it, each package by itself."""
    parcel, person = request.parcel, request.parcel.recipient
    hidden = {"oaid": person.privacy.token, "tid": parcel.order_ids[0]} if person.privacy.token else {}
    recipient = {"name": person.name, **phones_of(person), **hidden, "address": CLOUD.address(person.address)}
    told = {"goods_description": parcel.contents[0][0]} if account.carrier == "sf" else {}
    return CLOUD.parcels(request, user, label, recipient, **told)


def _told(row: Any) -> tuple[str, Any] | None:
    """(number, print data) of an answered question; None where there is no number.

    Raises:
        PlatformUnavailable, RateLimited, AuthError: The question was not answered.
    """
    inside = row.get("waybill_cloud_print_response") if isinstance(row, Mapping) else None
    [found] = rows_of(inside) or [None]
    if isinstance(found, Mapping) and found.get("waybill_code"):
        return str(found["waybill_code"]), found.get("print_data")
    code = str((row.get("error_code") if isinstance(row, Mapping) else None) or "")
    error = ERRORS.error("15", code or None, str(row.get("error_message") or "no waybill"))
    if isinstance(error, PlatformUnavailable | RateLimited | AuthError):
        raise error
    return None


def _queried(waybill: Waybill, rows: Sequence[Any]) -> Outcome[Waybill]:
    """What was answered of one number, known by the question's own id."""
    try:
        told = [pair for row in rows if str(row.get("object_id", waybill.waybill_no)) == waybill.waybill_no
                if (pair := _told(row)) is not None]  # fmt: skip
    except OrderHubError as error:
        return Outcome.failed(waybill.reference, error)
    data = next((data for number, data in told if number == waybill.waybill_no), None)
    if not told:
        gone = NotFound("Cainiao does not know this number", platform="taobao", operation="query_waybills")
        return Outcome.failed(waybill.reference, gone)
    payload = CLOUD.payload([(waybill.waybill_no, data)])
    return Outcome(True, waybill.reference, value=waybill.model_copy(update={"payload": payload}))


def _templates(reply: Mapping[str, Any], names: Mapping[str, str | None], is_own: bool) -> Rows[WaybillTemplate]:
    """Labels of a reply; their names begin alike in both lists, except for what stands before `template_`."""

    def labels(company: Any) -> Rows[WaybillTemplate]:
        code = str(company.get("cp_code") or "")
        lists = [rows_of(value) for name, value in company.items() if name.endswith("templates")]
        return read_rows(
            (row for rows in lists for row in rows), lambda row: _label(row, _ours(names, code), code, is_own),
            platform="taobao", path="templates", may_all_fail=True,
        )  # fmt: skip

    result = reply.get("result")
    companies = rows_of(result.get("datas") if isinstance(result, Mapping) else None)
    return joined(read_rows(companies, labels, platform="taobao", path="result.datas"))


def _label(row: Any, carrier: str | None, code: str, is_own: bool) -> WaybillTemplate:
    told = {name.rpartition("_")[2]: value for name, value in row.items() if "template_" in name}
    if not told.get("url"):
        raise DecodeError("a label without an address", platform="taobao", path="template_url")
    kind = row.get("standard_waybill_type")
    return WaybillTemplate(
        template_id=str(told.get("id") or ""), name=str(told.get("name") or ""), url=str(told["url"]),
        carrier=carrier, code=code or None, is_own=is_own, kind=str(kind) if kind else None,
    )  # fmt: skip
