"""Amazon's stores and regions as data. Imports `errors`.

Source: docs/platforms/amazon.md#endpoints, #marketplaces. The currency is what a store sells in; it only serves orders
that tell no price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.errors import ConfigurationError

__all__ = ["MARKETPLACES", "PRODUCTION", "REGIONS", "Marketplace", "Region", "marketplace_ids", "region_of"]


@dataclass(frozen=True, slots=True)
class Region:
    """One region: its endpoints and where sellers authorise an app (UNVERIFIED for EU and FE)."""

    endpoint: str
    sandbox: str
    consent_host: str


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One store: ISO 3166-1 country, region, ISO 4217 currency."""

    country: str
    region: str
    currency: str


REGIONS: Mapping[str, Region] = {
    "na": Region("https://sellingpartnerapi-na.amazon.com", "https://sandbox.sellingpartnerapi-na.amazon.com",
                 "sellercentral.amazon.com"),
    "eu": Region("https://sellingpartnerapi-eu.amazon.com", "https://sandbox.sellingpartnerapi-eu.amazon.com",
                 "sellercentral-europe.amazon.com"),
    "fe": Region("https://sellingpartnerapi-fe.amazon.com", "https://sandbox.sellingpartnerapi-fe.amazon.com",
                 "sellercentral.amazon.co.jp"),
}  # fmt: skip
PRODUCTION = REGIONS["na"].endpoint
"""What the data sheet names as base address; the shop's region replaces it unless an address is given."""

MARKETPLACES: Mapping[str, Marketplace] = {
    "A2EUQ1WTGCTBG2": Marketplace("CA", "na", "CAD"),
    "ATVPDKIKX0DER": Marketplace("US", "na", "USD"),
    "A1AM78C64UM0Y8": Marketplace("MX", "na", "MXN"),
    "A2Q3Y263D00KWC": Marketplace("BR", "na", "BRL"),
    "A28R8C7NBKEWEA": Marketplace("IE", "eu", "EUR"),
    "A1RKKUPIHCS9HS": Marketplace("ES", "eu", "EUR"),
    "A1F83G8C2ARO7P": Marketplace("GB", "eu", "GBP"),
    "A13V1IB3VIYZZH": Marketplace("FR", "eu", "EUR"),
    "AMEN7PMS3EDWL": Marketplace("BE", "eu", "EUR"),
    "A1805IZSGTT6HS": Marketplace("NL", "eu", "EUR"),
    "A1PA6795UKMFR9": Marketplace("DE", "eu", "EUR"),
    "APJ6JRA9NG5V4": Marketplace("IT", "eu", "EUR"),
    "A2NODRKZP88ZB9": Marketplace("SE", "eu", "SEK"),
    "AE08WJ6YKNBMC": Marketplace("ZA", "eu", "ZAR"),
    "A1C3SOZRARQ6R3": Marketplace("PL", "eu", "PLN"),
    "ARBP9OOSHTCHU": Marketplace("EG", "eu", "EGP"),
    "A33AVAJ2PDY3EV": Marketplace("TR", "eu", "TRY"),
    "A17E79C6D8DWNP": Marketplace("SA", "eu", "SAR"),
    "A2VIGQ35RCS4UG": Marketplace("AE", "eu", "AED"),
    "A21TJRUUN4KGV": Marketplace("IN", "eu", "INR"),
    "A19VAU5U5O7RUS": Marketplace("SG", "fe", "SGD"),
    "A39IBJ37TRP1C6": Marketplace("AU", "fe", "AUD"),
    "A1VC38T7YXB528": Marketplace("JP", "fe", "JPY"),
}
_ALIASES = {"UK": "GB"}
_BY_COUNTRY = {store.country: marketplace_id for marketplace_id, store in MARKETPLACES.items()}


def marketplace_ids(given: Any) -> tuple[str, ...]:
    """The `marketplace_ids` of a shop: a list or one text with commas, of ids or country codes (UK or GB).

    Raises:
        ConfigurationError: Something else than texts.
    """
    parts = given.split(",") if isinstance(given, str) else given if given is not None else ()
    if not isinstance(parts, list | tuple | set | frozenset) or not all(isinstance(part, str) for part in parts):
        raise ConfigurationError("amazon: marketplace_ids must be a list of ids or country codes")
    words = [part.strip() for part in parts if part.strip()]
    return tuple(dict.fromkeys(_BY_COUNTRY.get(_ALIASES.get(word.upper(), word.upper()), word) for word in words))


def region_of(chosen: str | None, ids: tuple[str, ...]) -> str:
    """The shop's region: what was chosen, else that of its stores, else North America.

    Raises:
        ConfigurationError: The stores lie in several regions; each needs a shop and an authorisation of its own.
    """
    if chosen:
        return chosen
    found = {MARKETPLACES[name].region for name in ids if name in MARKETPLACES}
    if len(found) > 1:
        raise ConfigurationError(
            f"amazon: marketplace_ids lie in several regions ({', '.join(sorted(found))}); "
            "connect one shop a region, each with its own refresh token"
        )
    return found.pop() if found else "na"
