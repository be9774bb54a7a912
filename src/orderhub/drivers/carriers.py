"""The public faces of one carrier account. Imports `drivers.faces`, `kit`, `ports`."""

from __future__ import annotations

from typing import Any

from orderhub.drivers.faces import AsyncFace, Face, verb
from orderhub.kit.carriers import read_marks
from orderhub.kit.spec import Connector
from orderhub.kit.verbs import CARRIER_VERBS
from orderhub.models import Capability
from orderhub.ports import Carrier

__all__ = ["AsyncCarrierFace", "CarrierFace"]


class _CarrierVerbs:
    """Every verb of a carrier; `capabilities` says which ones this carrier has."""

    verbs = dict(CARRIER_VERBS)

    create = verb(Carrier.create)
    cancel = verb(Carrier.cancel)
    find = verb(Carrier.find)
    track = verb(Carrier.track)
    subscribe = verb(Carrier.subscribe)
    pickup = verb(Carrier.pickup)
    quote = verb(Carrier.quote)
    serviceability = verb(Carrier.serviceability)
    decode_push = verb(Carrier.decode_push)

    connector: Connector
    ops: Any
    world: Any

    @property
    def name(self) -> str:
        """The canonical carrier code."""
        return self.connector.spec.carrier or self.connector.name

    def label_marks(self, print_payload: str) -> dict[str, str]:
        """Sorting code, sorting centre and QR text out of the label data of a waybill, as far as it has them."""
        return read_marks(print_payload, self.connector.spec.label_marks)

    def proves_pushes(self) -> bool:
        """Whether its pushes are signed; those that are not settle nothing by themselves."""
        return bool(getattr(self.ops, "pushes_signed", True))

    @property
    def capabilities(self) -> dict[str, Capability]:
        """verb -> whether this carrier has it, with limits, or why not."""
        return self.connector.capabilities(CARRIER_VERBS)


class CarrierFace(_CarrierVerbs, Face):
    """One carrier account, sync."""


class AsyncCarrierFace(_CarrierVerbs, AsyncFace):
    """One carrier account, async."""
