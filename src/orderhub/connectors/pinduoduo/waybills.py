"""Pinduoduo's e-waybills: agreements, labels, numbers while the receiver stays ciphertext. Imports `kit`, `flow`.

The order's own ciphertexts stand in the request where names and addresses would, so nothing is decrypted.
Source: docs/platforms/pinduoduo.md#waybills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from orderhub.connectors.pinduoduo.people import opened_token
from orderhub.connectors.pinduoduo.shipping import ShippingVerbs
from orderhub.connectors.pinduoduo.waybill_sheet import ACCOUNT, CHANNEL, PACKAGES_MAX, PLAIN_LABEL
from orderhub.errors import (
    ConfigurationError,
    DecodeError,
    NotFound,
    NotServiceable,
    OrderHubError,
    OutcomeUnknown,
    RequestRejected,
)
from orderhub.flow.steps import Operation, secret
from orderhub.kit.carriers import carrier_of
from orderhub.kit.cloud_waybills import CloudDialect, accounts_of, by_agreement, chosen_label
from orderhub.kit.convert import rows_of
from orderhub.kit.operations import batches
from orderhub.kit.rows import Rows, joined, read_rows
from orderhub.kit.waybills import made, phones_of, voided
from orderhub.models.logistics import (
    Waybill,
    WaybillAccount,
    WaybillRequest,
    WaybillTemplate,
)
from orderhub.models.outcome import Outcome
from orderhub.models.person import Address, Recipient

__all__ = ["WaybillVerbs"]

CLOUD = CloudDialect("pinduoduo", CHANNEL, "pinduoduo", has_country=True)


class WaybillVerbs(ShippingVerbs):
    """Numbers that the platform hands out for the companies that the shop has agreements with."""

    _accounts: tuple[WaybillAccount, ...] | None = None
    _labels: Mapping[str, Rows[WaybillTemplate]] = {}

    def waybill_accounts(self) -> Operation[list[WaybillAccount]]:
        """Companies and branches with numbers left and the addresses that parcels may be sent from."""
        reply = yield from self.call("pdd.waybill.search", {})
        names = yield from self._our_codes()
        found = accounts_of(reply, names, ACCOUNT, platform="pinduoduo", marks=("wp_code", "wp_type"))
        self._accounts = tuple(found)
        return found

    def _our_codes(self) -> Operation[dict[str, str | None]]:
        """Company code -> our code, by the platform's own list."""
        if not self._companies:
            yield from self.carriers()
        return {company.code: company.carrier for company, _ in self._companies}

    def _company_code(self, carrier: str) -> Operation[str]:
        """The company's code in waybill calls: that of an agreement, else of the platform's list."""
        for account in self._accounts or ():
            if carrier in (account.carrier, account.code):
                return account.code
        names = yield from self._our_codes()
        return next((code for code, ours in names.items() if carrier in (ours, code)), carrier.upper())

    def waybill_templates(self, carrier: str | None = None) -> Operation[list[WaybillTemplate]]:
        """The platform's standard labels, of one company or of every company with an agreement."""
        accounts = self._accounts if self._accounts is not None else tuple((yield from self.waybill_accounts()))
        codes = dict.fromkeys(one.code for one in accounts if carrier in (None, one.carrier, one.code))
        parts: list[Rows[WaybillTemplate]] = []
        for code in codes:
            parts.append((yield from self._templates(code)))
        return joined(Rows(parts))

    def _templates(self, code: str) -> Operation[Rows[WaybillTemplate]]:
        if code not in self._labels:
            names = yield from self._our_codes()
            reply = yield from self.call("pdd.cloudprint.stdtemplates.get", {"wp_code": code})
            self._labels = {**self._labels, code: _labels(reply, code, _ours(names, code))}
        return self._labels[code]

    def create_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """A number for each parcel, at most ten of one agreement in a call."""
        accounts = self._accounts if self._accounts is not None else (yield from self.waybill_accounts())
        return (
            yield from by_agreement(
                requests, accounts, self._batch, platform="pinduoduo", packages_max=PACKAGES_MAX,
                place=str(self.config.settings["waybill_sender"]), check=self._check,
                batch_max=self.limits("create_waybills").batch_max or 1,
            )
        )  # fmt: skip

    @property
    def _is_repeatable(self) -> bool:
        return bool(self.config.settings["waybill_again"] == "same")

    def _check(self, request: WaybillRequest) -> None:
        if not self._is_repeatable and not request.is_new:
            raise OutcomeUnknown(
                f"parcel {request.key} may have been asked for before, and what a repeat gives is not known "
                "(waybill_again); look it up in the seller's console",
                platform="pinduoduo", operation="create_waybills",
            )  # fmt: skip

    def _batch(
        self, account: WaybillAccount, sender: Address, requests: Sequence[WaybillRequest]
    ) -> Operation[dict[str, Outcome[Waybill]]]:
        send, again = partial(self._apply, account, sender), self._is_repeatable
        return (yield from made(requests, send, platform="pinduoduo", repeatable=again))

    def _apply(
        self, account: WaybillAccount, sender: Address, requests: Sequence[WaybillRequest]
    ) -> Operation[dict[str, Waybill | OrderHubError]]:
        label = yield from self._label(account)
        user = yield from self._user_id()
        document = {
            "wp_code": account.code, "need_encrypt": True,
            "sender": CLOUD.sender(requests[0], sender),
            "trade_order_info_dtos": [row for request in requests for row in CLOUD.parcels(
                request, user, label, _receiver(request.parcel.recipient)
            )],
            **((self.config.settings["waybill_fields"] or {}).get(account.code, {})),
        }  # fmt: skip
        name = "param_waybill_cloud_print_apply_new_request"
        reply = yield from self.call("pdd.waybill.get", {name: document}, write=True)
        return {request.key: row for request in requests if (row := CLOUD.numbered(request, reply, label))}

    def _label(self, account: WaybillAccount) -> Operation[str]:
        """The template a company's labels are printed with: the setting's, else the standard one of the company."""
        if url := chosen_label(account, self.config.settings["waybill_templates"]):
            return url
        labels = yield from self._templates(account.code)
        first = sorted(labels, key=lambda label: label.kind != PLAIN_LABEL)
        if not first:
            raise NotServiceable(f"there is no label for {account.code}", platform="pinduoduo", code="no_template")
        return first[0].url

    def _user_id(self) -> Operation[str]:
        """The shop's number at the platform: the setting's, else what the token tells."""
        given = self.config.settings["mall_id"]
        if given is None:
            token = (yield from secret()).token
            given = token.account.get("owner_id") if token else None
        if given is None:
            raise ConfigurationError(
                "waybills want the shop's number, and this token does not tell it: set mall_id", platform="pinduoduo",
                field="mall_id",
            )  # fmt: skip
        return str(given)

    def query_waybills(self, waybills: Sequence[Waybill]) -> Operation[list[Outcome[Waybill]]]:
        """Numbers with what prints them."""
        outcomes: list[Outcome[Waybill]] = []
        for batch in batches(waybills, self.limits("query_waybills").batch_max):
            asked = []
            for one in batch:
                code = yield from self._company_code(one.carrier)
                asked.append({"wp_code": code, "waybill_code": one.waybill_no, "object_id": one.waybill_no})
            reply = yield from self.call("pdd.waybill.query.by.waybillcode", {"param_list": asked})
            outcomes += [_queried(one, rows_of(reply.get("modules"))) for one in batch]
        return outcomes

    def cancel_waybill(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Give a number back that no courier has taken; one that the platform does not know any more is gone."""
        code = yield from self._company_code(waybill.carrier)

        def send() -> Operation[None]:
            fields = {"wp_code": code, "waybill_code": waybill.waybill_no}
            reply = yield from self.call("pdd.waybill.cancel", fields, write=True)
            if str(reply.get("cancel_result")).lower() not in ("true", "1"):
                raise RequestRejected("the platform does not cancel this number", platform="pinduoduo",
                                      operation="cancel_waybill")  # fmt: skip

        def is_there(refusal: OrderHubError) -> Operation[bool]:
            [row] = yield from self.query_waybills([waybill])
            return not isinstance(row.error, NotFound)

        return (yield from voided(waybill, send, is_there))


def _ours(names: Mapping[str, str | None], code: str) -> str | None:
    return names.get(code) or carrier_of(code)


def _receiver(person: Recipient) -> dict[str, Any]:
    """The order's ciphertexts where it has them, in the places of what they hide."""
    place = CLOUD.address(person.address)
    if not person.privacy.token:
        return {"name": person.name, **phones_of(person), "address": place}
    sealed = opened_token(person.privacy.token)
    detail = sealed.get("receiver_address") or sealed.get("address") or place.get("detail")
    return {
        "name": sealed.get("receiver_name") or person.name,
        "mobile": sealed.get("receiver_phone") or person.phone,
        "address": {**place, "detail": detail},
    }


def _queried(waybill: Waybill, rows: Sequence[Any]) -> Outcome[Waybill]:
    """What was answered of one number; its print data stands in the row or one level below."""
    for row in rows:
        below = [row, *rows_of(row.get("waybill_cloud_print_response"))] if isinstance(row, Mapping) else []
        found = next((one for one in below if isinstance(one, Mapping) and one.get("waybill_code")), None)
        if found is not None and str(found["waybill_code"]) == waybill.waybill_no:
            payload = CLOUD.payload([(waybill.waybill_no, found.get("print_data"))])
            return Outcome(True, waybill.reference, value=waybill.model_copy(update={"payload": payload}))
    gone = NotFound("the platform does not know this number", platform="pinduoduo", operation="query_waybills")
    return Outcome.failed(waybill.reference, gone)


def _labels(reply: Mapping[str, Any], code: str, carrier: str | None) -> Rows[WaybillTemplate]:
    def labels(company: Any) -> Rows[WaybillTemplate]:
        rows = rows_of(company.get("standard_templates")) if str(company.get("wp_code", code)) == code else []
        return read_rows(
            rows, lambda row: _label(row, code, carrier), platform="pinduoduo", path="standard_templates",
            may_all_fail=True,
        )  # fmt: skip

    result = reply.get("result")
    companies = rows_of(result.get("datas") if isinstance(result, Mapping) else None)
    return joined(read_rows(companies, labels, platform="pinduoduo", path="result.datas"))


def _label(row: Any, code: str, carrier: str | None) -> WaybillTemplate:
    if not row.get("standard_template_url"):
        raise DecodeError("a label without an address", platform="pinduoduo", path="standard_template_url")
    return WaybillTemplate(
        template_id=str(row.get("standard_template_id") or ""), code=code, carrier=carrier,
        name=str(row.get("standard_template_name") or ""), url=str(row["standard_template_url"]),
        kind=str(row["standard_waybill_type"]) if row.get("standard_waybill_type") else None,
    )  # fmt: skip
