"""What a host decides about messages, as data. Imports `errors`, `notify.zones`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from orderhub.errors import ConfigurationError
from orderhub.notify.zones import ZONES

__all__ = ["NotifyPolicy", "read_notify_policy"]

TOLD = frozenset({
    "order_shipped", "parcel_at_hub", "parcel_out_for_delivery", "parcel_ready_for_pickup", "order_delivered",
    "parcel_exception", "parcel_delivery_failed", "parcel_returned", "order_cancelled", "refund_completed",
    "refund_refused",
})  # fmt: skip


class NotifyPolicy(BaseModel):
    """When, how often and by which channel people are told.

    Attributes:
        quiet: From when to when buyers are left alone, by their own clocks; None never.
        urgent: Templates that do not wait for the morning.
        zone: Where buyers are whose country is not known.
        zones: Country code to zones, over the built-in table.
        per_day: Messages to one contact in one day of its own, over all channels; 0 without limit.
        told: Templates for buyers that are sent at all; `*` all of them.
        routes: Template to channels for buyers; `*` for those not named. All channels for buyers when left out.
        staff: Receiver (`staff`, a team, a warehouse) to channels; `*` for those not named. All channels for staff
            when left out.
        locales: Platform or country code to language; else zh at home, en abroad.
        retell_after_s: How long an unanswered message to staff is thought to be on its way before it is sent again:
            staff rather hear twice than never. Buyers are never sent one again.
        fresh_hours: Older milestones are not told: a shop that joins today does not text last month's buyers.
        pepper: Secret behind the hashes of contacts; the data base makes one of its own when left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quiet: tuple[time, time] | None = (time(22), time(8))
    urgent: frozenset[str] = frozenset()
    zone: str = "Asia/Shanghai"
    zones: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    per_day: int = Field(5, ge=0, le=100)
    told: frozenset[str] = TOLD
    routes: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    staff: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    locales: Mapping[str, str] = Field(default_factory=dict)
    retell_after_s: int = Field(900, ge=60)
    fresh_hours: int = Field(48, ge=1)
    pepper: SecretStr | None = None

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        return _zone(zone)

    @field_validator("zones")
    @classmethod
    def _all_known(cls, zones: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for country, names in zones.items():
            if not names:
                raise ValueError(f"{country} has no zone")
            for name in names:
                _zone(name)
        return zones

    def zones_of(self, country: str | None) -> tuple[str, ...]:
        """Zones of a country; the policy's own where it is not in the tables."""
        code = (country or "").upper()
        return self.zones.get(code) or ZONES.get(code) or (self.zone,)

    def locale_of(self, platform: str | None, country: str | None) -> str:
        """The language of a buyer of whom no wish is known."""
        code = (country or "CN").upper()
        home = "zh" if code in ("CN", "HK", "MO", "TW") or (country or "").startswith("中国") else "en"
        return self.locales.get(platform or "") or self.locales.get(code) or home


def read_notify_policy(given: Mapping[str, Any] | NotifyPolicy) -> NotifyPolicy:
    """The policy out of a configuration.

    Raises:
        ConfigurationError: A field is unknown or has another value; the message names it.
    """
    if isinstance(given, NotifyPolicy):
        return given
    try:
        return NotifyPolicy.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"notify: {where}: {first['msg']}", field=f"notify.{where}") from None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no zone") from None
    return name
