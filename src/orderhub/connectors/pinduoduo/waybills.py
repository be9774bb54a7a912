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
from orderhub.kit.convert import masked, rows_of
from orderhub.kit.operations import batches
from orderhub.kit.waybills import account_for, check_request, made, phones_of, voided
from orderhub.models.logistics import (
    PrintDocument,
    PrintKind,
    PrintPayload,
    Waybill,
    WaybillAccount,
    WaybillRequest,
    WaybillTemplate,
)
from orderhub.models.outcome import Outcome
from orderhub.models.person import Address, Recipient

__all__ = ["WaybillVerbs"]


class WaybillVerbs(ShippingVerbs):
    """Numbers that the platform hands out for the companies that the shop has agreements with."""

    _accounts: tuple[WaybillAccount, ...] | None = None
    _labels: Mapping[str, tuple[WaybillTemplate, ...]] = {}

    def waybill_accounts(self) -> Operation[list[WaybillAccount]]:
        """Companies and branches with numbers left and the addresses that parcels may be sent from."""
        reply = yield from self.call("pdd.waybill.search", {})
        names = yield from self._our_codes()
        found = []
        for company in rows_of(reply.get("waybill_apply_subscription_cols")):
            about = {name: company.get(name) for name in ("wp_code", "wp_type")}
            for branch in rows_of(company.get("branch_account_cols")):
                values = ACCOUNT.decode({**branch, **about})
                senders = tuple(Address(**row) for row in values.pop("senders", ()))
                found.append(WaybillAccount(carrier=_ours(names, values["code"]), senders=senders, **values))
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
        found: list[WaybillTemplate] = []
        for code in codes:
            found += yield from self._templates(code)
        return found

    def _templates(self, code: str) -> Operation[tuple[WaybillTemplate, ...]]:
        if code not in self._labels:
            names = yield from self._our_codes()
            reply = yield from self.call("pdd.cloudprint.stdtemplates.get", {"wp_code": code})
            self._labels = {**self._labels, code: tuple(_labels(reply, code, _ours(names, code)))}
        return self._labels[code]

    def create_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """A number for each parcel, at most ten of one agreement in a call."""
        accounts = self._accounts if self._accounts is not None else (yield from self.waybill_accounts())
        outcomes: dict[str, Outcome[Waybill]] = {}
        groups: dict[tuple[WaybillAccount, Address], list[WaybillRequest]] = {}
        repeatable = self.config.settings["waybill_again"] == "same"
        for request in requests:
            try:
                check_request(request, "pinduoduo", packages_max=PACKAGES_MAX)
                chosen = account_for(request, accounts, "pinduoduo", str(self.config.settings["waybill_sender"]))
                if not repeatable and not request.is_new:
                    raise _not_known(request)
                groups.setdefault(chosen, []).append(request)
            except OrderHubError as error:
                outcomes[request.key] = Outcome.failed(request.key, error)
        for (account, sender), group in groups.items():
            single = [request for request in group if request.packages == 1]
            several = [[request] for request in group if request.packages > 1]  # a mother and her children: one call
            for batch in [*batches(single, self.limits("create_waybills").batch_max if single else 1), *several]:
                send = partial(self._apply, account, sender)
                outcomes |= yield from made(batch, send, platform="pinduoduo", repeatable=repeatable)
        return [outcomes[request.key] for request in requests]

    def _apply(
        self, account: WaybillAccount, sender: Address, requests: Sequence[WaybillRequest]
    ) -> Operation[dict[str, Waybill | OrderHubError]]:
        label = yield from self._label(account)
        user = yield from self._user_id()
        person = requests[0].sender
        document = {
            "wp_code": account.code, "need_encrypt": True,
            "sender": {"name": person.name, **phones_of(person), "address": _address(sender)},
            "trade_order_info_dtos": [row for request in requests for row in _orders(request, user, label)],
            **((self.config.settings["waybill_fields"] or {}).get(account.code, {})),
        }  # fmt: skip
        name = "param_waybill_cloud_print_apply_new_request"
        reply = yield from self.call("pdd.waybill.get", {name: document}, write=True)
        return {request.key: row for request in requests if (row := _made(request, reply, label))}

    def _label(self, account: WaybillAccount) -> Operation[str]:
        """The template a company's labels are printed with: the setting's, else the standard one of the company."""
        chosen = self.config.settings["waybill_templates"] or {}
        if url := chosen.get(account.code) or chosen.get(account.carrier or ""):
            return str(url)
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


def _not_known(request: WaybillRequest) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"parcel {request.key} may have been asked for before, and what a repeat gives is not known "
        "(waybill_again); look it up in the seller's console",
        platform="pinduoduo", operation="create_waybills",
    )  # fmt: skip


def _ours(names: Mapping[str, str | None], code: str) -> str | None:
    return names.get(code) or carrier_of(code)


def _address(place: Address) -> dict[str, str]:
    values = {"country": place.country, "province": place.province, "city": place.city, "district": place.district,
              "town": place.town, "detail": place.street}  # fmt: skip
    return {name: value for name, value in values.items() if value}


def _receiver(person: Recipient) -> dict[str, Any]:
    """The order's ciphertexts where it has them, in the places of what they hide."""
    place = _address(person.address)
    if not person.privacy.token:
        return {"name": person.name, **phones_of(person), "address": place}
    sealed = opened_token(person.privacy.token)
    detail = sealed.get("receiver_address") or sealed.get("address") or place.get("detail")
    return {
        "name": sealed.get("receiver_name") or person.name,
        "mobile": sealed.get("receiver_phone") or person.phone,
        "address": {**place, "detail": detail},
    }


def _ids(request: WaybillRequest) -> list[str]:
    """What each package of a parcel is called in a call."""
    return [request.key, *(f"{request.key}.{number}" for number in range(2, request.packages + 1))]


def _orders(request: WaybillRequest, user: str, label: str) -> list[dict[str, Any]]:
    """The parcel as the call wants it, each package by itself."""
    parcel = request.parcel
    package: dict[str, Any] = {"items": [{"name": name, "count": units} for name, units in parcel.contents[:100]],
                               "weight": parcel.weight_g}  # fmt: skip
    if request.packages > 1:
        package["total_packages_count"] = request.packages
    common = {
        "user_id": int(user) if user.isdecimal() else user, "template_url": label,
        "order_info": {"order_channels_type": CHANNEL, "trade_order_list": list(parcel.order_ids)},
        "recipient": _receiver(parcel.recipient),
    }  # fmt: skip
    return [{"object_id": one, "package_info": {"id": one, **package}, **common} for one in _ids(request)]


def _made(request: WaybillRequest, reply: Mapping[str, Any], label: str) -> Waybill | None:
    """The number of one parcel; of several packages that of the mother, which the order is shipped with."""
    rows = [row for row in rows_of(reply.get("modules")) if isinstance(row, Mapping)]
    own = [row for row in rows if str(row.get("object_id")) in _ids(request)]
    if len(own) < request.packages:
        return None
    numbers = [str(row.get("waybill_code") or "") for row in own]
    if not all(numbers):
        raise DecodeError("a waybill without a number", platform="pinduoduo", path="modules.waybill_code",
                          value=masked(own[0].get("waybill_code")))  # fmt: skip
    mother = next((str(row["parent_waybill_code"]) for row in own if row.get("parent_waybill_code")), numbers[0])
    pages = _payload([(number, row.get("print_data")) for number, row in zip(numbers, own, strict=True)], label)
    return Waybill(
        carrier=request.carrier, waybill_no=mother, reference=request.key, order_ids=request.parcel.order_ids,
        package_nos=tuple(numbers) if len(numbers) > 1 or mother != numbers[0] else (), payload=pages,
    )  # fmt: skip


def _payload(rows: Sequence[tuple[str, Any]], label: str | None) -> PrintPayload | None:
    pages = [PrintDocument(document_id=number, data=str(data), template_url=label) for number, data in rows if data]
    return PrintPayload(kind=PrintKind.CLOUD_PRINT, format="pinduoduo", documents=tuple(pages)) if pages else None


def _queried(waybill: Waybill, rows: Sequence[Any]) -> Outcome[Waybill]:
    """What was answered of one number; its print data stands in the row or one level below."""
    for row in rows:
        below = [row, *rows_of(row.get("waybill_cloud_print_response"))] if isinstance(row, Mapping) else []
        found = next((one for one in below if isinstance(one, Mapping) and one.get("waybill_code")), None)
        if found is not None and str(found["waybill_code"]) == waybill.waybill_no:
            payload = _payload([(waybill.waybill_no, found.get("print_data"))], None)
            return Outcome(True, waybill.reference, value=waybill.model_copy(update={"payload": payload}))
    gone = NotFound("the platform does not know this number", platform="pinduoduo", operation="query_waybills")
    return Outcome.failed(waybill.reference, gone)


def _labels(reply: Mapping[str, Any], code: str, carrier: str | None) -> list[WaybillTemplate]:
    result = reply.get("result")
    found = []
    for company in rows_of(result.get("datas") if isinstance(result, Mapping) else None):
        for row in rows_of(company.get("standard_templates")) if str(company.get("wp_code", code)) == code else []:
            if row.get("standard_template_url"):
                found.append(WaybillTemplate(
                    template_id=str(row.get("standard_template_id") or ""), code=code, carrier=carrier,
                    name=str(row.get("standard_template_name") or ""), url=str(row["standard_template_url"]),
                    kind=str(row["standard_waybill_type"]) if row.get("standard_waybill_type") else None,
                ))  # fmt: skip
    return found
