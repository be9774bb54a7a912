"""E-waybills in the shape that Cainiao gave them and others took over: parcels out, numbers with print data back.

Pure; imports `kit`, `models`, `errors`. What platforms name differently, and which calls there are, stays with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.errors import DecodeError, OrderHubError
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import masked, rows_of
from orderhub.kit.operations import batches
from orderhub.kit.rows import Rows, joined, read_rows
from orderhub.kit.table import Table
from orderhub.kit.waybills import account_for, check_request, phones_of
from orderhub.models.logistics import (
    PrintDocument,
    PrintKind,
    PrintPayload,
    Waybill,
    WaybillAccount,
    WaybillRequest,
)
from orderhub.models.outcome import Outcome
from orderhub.models.person import Address

__all__ = ["CloudDialect", "account_of", "accounts_of", "by_agreement", "chosen_label"]

Group = tuple[WaybillAccount, Address]
CONTENTS_MAX = 100


def account_of(decoded: Mapping[str, Any], names: Mapping[str, str | None]) -> WaybillAccount:
    """An agreement from its decoded row; `names` maps the platform's company codes to ours."""
    senders = tuple(Address(**row) for row in decoded.get("senders", ()))
    carrier = names.get(decoded["code"]) or carrier_of(decoded["code"])
    return WaybillAccount(carrier=carrier, **{**decoded, "senders": senders})


def accounts_of(
    reply: Mapping[str, Any], names: Mapping[str, str | None], table: Table, *, platform: str, marks: Sequence[str]
) -> Rows[WaybillAccount]:
    """The agreements of a reply, companies with branches; `marks` are fields of a company that `table` reads too."""

    def branches(company: Any) -> Rows[WaybillAccount]:
        about = {name: company.get(name) for name in marks}
        return read_rows(
            rows_of(company.get("branch_account_cols")),
            lambda branch: account_of(table.decode({**branch, **about}), names),
            platform=platform, path="branch_account_cols", may_all_fail=True,
        )  # fmt: skip

    companies = rows_of(reply.get("waybill_apply_subscription_cols"))
    return joined(read_rows(companies, branches, platform=platform, path="waybill_apply_subscription_cols"))


def chosen_label(account: WaybillAccount, labels: Mapping[str, Any] | None) -> str | None:
    """The label address that the setting names for a company, by its code or ours."""
    found = (labels or {}).get(account.code) or (labels or {}).get(account.carrier or "")
    return str(found) if found else None


def by_agreement(
    requests: Iterable[WaybillRequest], accounts: Iterable[WaybillAccount],
    send: Callable[[WaybillAccount, Address, Sequence[WaybillRequest]], Operation[Mapping[str, Outcome[Waybill]]]], *,
    platform: str, place: str, packages_max: int, batch_max: int,
    check: Callable[[WaybillRequest], None] = lambda request: None,
) -> Operation[list[Outcome[Waybill]]]:  # fmt: skip
    """An outcome for each parcel; those of one agreement and sender go together, one of several packages by itself.

    Args:
        send: One call.
        place: What stands for a sender, see `account_for`.
        check: What a platform refuses beyond the common; it raises.
    """
    listed, groups, outcomes = list(accounts), dict[Group, list[WaybillRequest]](), dict[str, Outcome[Waybill]]()
    asked = list(requests)
    for request in asked:
        try:
            check_request(request, platform, packages_max=packages_max)
            chosen = account_for(request, listed, platform, place)
            check(request)
            groups.setdefault(chosen, []).append(request)
        except OrderHubError as error:
            outcomes[request.key] = Outcome.failed(request.key, error)
    for (account, sender), group in groups.items():
        single = [request for request in group if request.packages == 1]
        several = [[request] for request in group if request.packages > 1]  # a mother and her children: one call
        for batch in [*batches(single, batch_max), *several]:
            outcomes |= yield from send(account, sender, batch)
    return [outcomes[request.key] for request in asked]


@dataclass(frozen=True, slots=True)
class CloudDialect:
    """How one platform fills the shape.

    Attributes:
        channel: `order_channels_type` of its own orders.
        print_format: Format of the print data, as `PrintPayload` names it.
        has_country: Addresses tell their country.
    """

    platform: str
    channel: str
    print_format: str
    has_country: bool = False

    def address(self, place: Address) -> dict[str, str]:
        """What is known of a place, under the names of the calls."""
        values = {"province": place.province, "city": place.city, "district": place.district, "town": place.town,
                  "detail": place.street}  # fmt: skip
        country = {"country": place.country} if self.has_country else {}
        return {name: value for name, value in {**country, **values}.items() if value}

    def sender(self, request: WaybillRequest, address: Address) -> dict[str, Any]:
        """Who sends, from an address of the agreement."""
        return {"name": request.sender.name, **phones_of(request.sender), "address": self.address(address)}

    def parcels(
        self, request: WaybillRequest, user: str, label: str, recipient: Mapping[str, Any], **package: Any
    ) -> list[dict[str, Any]]:
        """A parcel as the call wants it, each package by itself; `package` adds fields to every package."""
        parcel = request.parcel
        box = {"items": [{"name": name, "count": units} for name, units in parcel.contents[:CONTENTS_MAX]],
               "weight": parcel.weight_g, **package}  # fmt: skip
        if request.packages > 1:
            box["total_packages_count"] = request.packages
        common = {
            "user_id": int(user) if user.isdecimal() else user, "template_url": label, "recipient": recipient,
            "order_info": {"order_channels_type": self.channel, "trade_order_list": list(parcel.order_ids)},
        }  # fmt: skip
        return [{"object_id": one, "package_info": {"id": one, **box}, **common} for one in _ids(request)]

    def numbered(self, request: WaybillRequest, reply: Mapping[str, Any], label: str) -> Waybill | None:
        """The number of one parcel; of several packages that of the mother, which the order is shipped with.

        Raises:
            DecodeError: A row without its number.
        """
        rows = [row for row in rows_of(reply.get("modules")) if isinstance(row, Mapping)]
        own = [row for row in rows if str(row.get("object_id")) in _ids(request)]
        if len(own) < request.packages:
            return None
        numbers = [str(row.get("waybill_code") or "") for row in own]
        if not all(numbers):
            raise DecodeError("a waybill without a number", platform=self.platform, path="modules.waybill_code",
                              value=masked(own[0].get("waybill_code")))  # fmt: skip
        mother = next((str(row["parent_waybill_code"]) for row in own if row.get("parent_waybill_code")), numbers[0])
        pages = [(number, row.get("print_data")) for number, row in zip(numbers, own, strict=True)]
        return self.waybill(request, mother, pages, label)

    def waybill(
        self, request: WaybillRequest, mother: str, pages: Sequence[tuple[str, Any]], label: str | None
    ) -> Waybill:
        """A waybill with what prints it; `pages`: (number, print data) of each package."""
        numbers = tuple(number for number, _ in pages)
        return Waybill(
            carrier=request.carrier, waybill_no=mother, reference=request.key, order_ids=request.parcel.order_ids,
            package_nos=numbers if len(numbers) > 1 or mother != numbers[0] else (), payload=self.payload(pages, label),
        )  # fmt: skip

    def payload(self, pages: Iterable[tuple[str, Any]], label: str | None = None) -> PrintPayload | None:
        """What prints these numbers; None where there is nothing."""
        found = tuple(
            PrintDocument(document_id=number, data=str(data), template_url=label) for number, data in pages if data
        )
        return PrintPayload(kind=PrintKind.CLOUD_PRINT, format=self.print_format, documents=found) if found else None


def _ids(request: WaybillRequest) -> list[str]:
    """What each package of a parcel is called in a call."""
    return [request.key, *(f"{request.key}.{number}" for number in range(2, request.packages + 1))]
