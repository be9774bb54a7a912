"""What Yunda can do, one generator per verb. Imports `kit`, `flow`, `models`, `errors`, `common`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orderhub.errors import DecodeError
from orderhub.flow.message import Request
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.logistics.carriers.common import CarrierOperations
from orderhub.logistics.carriers.yunda.spec import SPEC
from orderhub.logistics.carriers.yunda.wire import open_reply, request
from orderhub.models.channel import Credentials
from orderhub.models.logistics import TrackingEvent
from orderhub.models.outcome import Outcome

__all__ = ["YundaOperations"]


class YundaOperations(CarrierOperations):
    """Yunda's verbs; see `ports.Carrier`."""

    spec = SPEC

    def track(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels, oldest first, each event once; subscribe them first."""
        return (yield from self.track_each(waybill_nos, self._track))

    def _track(self, waybill_no: str) -> Operation[list[TrackingEvent]]:
        found = yield from self._call("logictis/query", {"mailno": waybill_no})
        if not isinstance(found, Mapping):
            raise DecodeError("expected a parcel", platform="yunda", path="data")
        return [self.event(self.config.tables["step"], row, mailno=waybill_no) for row in rows_of(found.get("steps"))]

    def subscribe(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[Outcome[None]]]:
        """Have numbers followed, which `track` needs."""
        return (yield from self.each(waybill_nos, self._subscribe))

    def _subscribe(self, waybill_no: str) -> Operation[None]:
        document = {"orders": [{"orderid": waybill_no, "mailno": waybill_no}]}
        yield from self._call("logictis/subscribe", document, write=True, keyed=True)

    def _call(self, api: str, document: Any, *, write: bool = False, keyed: bool = False) -> Operation[Any]:
        def build(credentials: Credentials, at: datetime) -> Request:
            return request(self.config, api, document, credentials, at)

        return (yield from self.exchange(api, build, open_reply, write=write, keyed=keyed))
