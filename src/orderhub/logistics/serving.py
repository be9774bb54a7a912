"""Whether any carrier delivers to an address: areas and price zones alone. Imports `rates`, `services`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from orderhub.logistics.rates import Refusal, rate
from orderhub.logistics.services import Need, Service, area_objection
from orderhub.models.logistics import Parcel
from orderhub.models.person import Address, Recipient

__all__ = ["undelivered"]


def undelivered(services: Sequence[Service], address: Address, origins: Sequence[str], on: date) -> str | None:
    """Why nobody delivers there; None when somebody does, or when there is no service to ask.

    Args:
        origins: Provinces of the warehouses; without one, any origin will do.
        on: Local day of dispatch.
    """
    parcel = Parcel(parcel_id="area", order_key="area", warehouse="", recipient=Recipient(address=address), weight_g=1)
    reasons: dict[str, str] = {}
    for service in services:
        for origin in origins or service.card.origins or ("",):
            why = area_objection(service, Need(parcel, origin, on))
            answer = why or rate(service.card, parcel, origin, on)
            if not isinstance(answer, str | Refusal):
                return None
            reasons[service.carrier] = answer if isinstance(answer, str) else answer.detail
    told = "; ".join(f"{carrier}: {why}" for carrier, why in sorted(reasons.items()))
    return f"no carrier delivers there ({told})" if reasons else None
