"""The merchant's own carriers at JD, and how our codes find them. Imports `kit`, `flow`, `models`.

Ids differ per merchant contract, so they are asked for and kept. Source: docs/platforms/jd.md#carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd.changes import ChangeVerbs
from orderhub.connectors.jd.spec import CARRIER_NAMES
from orderhub.connectors.jd.wire import seek
from orderhub.errors import InvalidParameter
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import rows_of
from orderhub.kit.rows import read_rows
from orderhub.models.channel import CarrierInfo

__all__ = ["CarrierVerbs"]


class CarrierVerbs(ChangeVerbs):
    """Company ids."""

    _companies: tuple[CarrierInfo, ...] = ()

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The merchant's carriers with JD's ids, and our code where id or name is known."""
        if self.is_sp:
            reply = yield from self.rest("GET", "/sp-order/v0/carriers", {}, family="shop")
            found = read_rows(rows_of(reply.get("data")), _sp_company, platform="jd", path="data")
        else:
            reply = yield from self.call("360buy.delivery.logistics.get", {})
            holder = seek(reply, "logisticsList")
            rows = rows_of(holder["logisticsList"]) if holder else []
            found = read_rows(rows, _pop_company, platform="jd", path="logisticsList")
        self._companies = tuple(found)
        return found

    def _company(self, carrier: str) -> Operation[CarrierInfo]:
        """JD's row for a canonical carrier; raises `InvalidParameter` that lists what there is."""
        fixed = (self.config.settings["carrier_ids"] or {}).get(carrier)
        if fixed is not None:
            return CarrierInfo(str(fixed), CARRIER_NAMES.get(str(fixed), (carrier, None))[0], carrier)
        known = self._companies or tuple((yield from self.carriers()))
        for company in known:
            if carrier in (company.carrier, company.code, company.name):
                return company
        names = ", ".join(sorted(company.carrier or company.code for company in known))
        raise InvalidParameter(
            f"this shop has no carrier {carrier!r} at JD; it has {names or 'none'}", platform="jd",
            field="Dispatch.carrier",
        )  # fmt: skip


def _company(code: str, name: str, platform_id: str | None = None) -> CarrierInfo:
    listed, canonical = CARRIER_NAMES.get(code, ("", None))
    return CarrierInfo(code, name or listed or code, canonical or carrier_of(name), platform_id)


def _pop_company(row: Mapping[str, Any]) -> CarrierInfo:
    return _company(str(row["logisticsId"]), str(row.get("logisticsName") or ""))


def _sp_company(row: Mapping[str, Any]) -> CarrierInfo:
    return _company(str(row["id"]), str(row.get("providerName") or ""), str(row.get("providerCode") or "") or None)
