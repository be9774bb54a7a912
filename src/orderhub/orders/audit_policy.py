"""What a merchant decides about the audit, as data, and what a run of it may look up. Imports `rules`, `models`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from orderhub.errors import ConfigurationError
from orderhub.models.base import Model
from orderhub.models.order import Order
from orderhub.orders.facts import AUDIT
from orderhub.rules import RuleSet, bind, read_rules

__all__ = ["AuditContext", "AuditPolicy", "Available", "Blocked", "read_audit_policy"]

Available = Callable[[str], int | None]
"""SKU -> units that could be promised, None for a SKU that is not ours."""

Parts = Callable[[str], Iterable[tuple[str, int]]]
"""SKU -> what is really picked for one unit: itself, or the components of the bundle that it is."""


def _exact(value: Any) -> Any:
    """Whole numbers and text are exact too; float and bool are not."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return Decimal(value) if is_whole or (isinstance(value, str) and value.replace(".", "", 1).isdecimal()) else value


Exact = Annotated[Decimal, Field(strict=True, gt=0, allow_inf_nan=False), BeforeValidator(_exact)]


class Blocked(Model):
    """One entry of the blacklist; the value is never shown."""

    kind: Literal["buyer", "phone", "name", "address"]
    value: str = Field(min_length=2, repr=False)
    reason: str = ""


class AuditPolicy(Model):
    """A merchant's own limits; what is left out is not judged.

    Attributes:
        reference_prices: SKU -> usual price of one unit, in `currency`.
        price_low, price_high: Shares of the reference price below and above which a price is out of band.
        discount_share_max: Largest part of the goods' value that discounts may take.
        quantity_max, amount_max: Units of one line, total of one order, above which somebody should look.
        receiver_orders_max: Open orders to one receiver above which somebody should look.
        duplicate_h: Orders of one receiver with equal goods within so many hours may be one order given twice.
        blacklist: Whom nothing is shipped to.
        rules: Further rules in the words of `orders.facts.AUDIT`.
        stock, areas, peers: Whether a hub also judges stock (beyond what other orders hold), what carriers deliver
            to, and other open orders of the same person.
    """

    reference_prices: dict[str, Exact] = {}
    currency: str = "CNY"
    price_low: Exact = Decimal("0.5")
    price_high: Exact = Decimal(2)
    discount_share_max: Exact | None = None
    quantity_max: int | None = Field(default=None, ge=1)
    amount_max: Exact | None = None
    receiver_orders_max: int | None = Field(default=None, ge=1)
    duplicate_h: int = Field(default=24, ge=0)
    blacklist: tuple[Blocked, ...] = ()
    rules: RuleSet | None = None
    stock: bool = False
    areas: bool = True
    peers: bool = True


def read_audit_policy(given: Mapping[str, Any] | AuditPolicy) -> AuditPolicy:
    """A policy out of a configuration, its rules checked.

    Raises:
        ConfigurationError: A limit is unknown or wrong, or a rule is; the message names the place.
    """
    if isinstance(given, AuditPolicy):
        return given
    fields = dict(given)
    if fields.get("rules") is not None:
        rules = fields["rules"]
        fields["rules"] = bind(rules, AUDIT) if isinstance(rules, RuleSet) else read_rules(rules, AUDIT)
    try:
        return AuditPolicy.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"audit: {where}: {first['msg']}", field=f"audit.{where}") from None


@dataclass(frozen=True, slots=True)
class AuditContext:
    """What one run knows beside the order.

    Attributes:
        available: Looks SKUs up; without it neither stock nor unknown SKUs are judged.
        parts: Opens bundles; without it every SKU is picked as it is.
        peers: Other open orders of the same receiver or buyer; without it duplicates are not looked for.
        deliverable: None when some carrier delivers there, otherwise why not; without it areas are not judged.
        now: Aware; without it nothing is overdue.
        facts: A host's own facts for its rules.
    """

    policy: AuditPolicy = field(default_factory=AuditPolicy)
    available: Available | None = None
    parts: Parts | None = None
    peers: Callable[[Order], Iterable[Order]] | None = None
    deliverable: Callable[[Order], str | None] | None = None
    now: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
