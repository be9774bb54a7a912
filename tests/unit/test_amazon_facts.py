"""The connector's tables against facts typed from docs/platforms/amazon.md, in both directions."""

from __future__ import annotations

import json
import os
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub import errors
from orderhub.connectors.amazon import CONNECTOR, marketplaces, spec, v0, v2026, wire
from orderhub.connectors.amazon.endpoints import ENDPOINTS, RESTRICTED
from orderhub.flow.message import Reply
from orderhub.kit.table import Table

ROOT = Path(__file__).parents[2]
FACTS: dict[str, Any] = tomllib.loads((ROOT / "tests" / "facts" / "amazon.toml").read_text(encoding="utf-8"))
SPEC = CONNECTOR.spec
OFFICIAL = Path(os.environ.get("ORDERHUB_FACTS", ROOT.parent / "shared")) / "platforms" / "amazon"
needs_models = pytest.mark.skipif(not OFFICIAL.is_dir(), reason=f"Amazon's model files are not at {OFFICIAL}")


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_statuses_of_both_profiles() -> None:
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in FACTS["status"].items()}
    assert words(spec.STATUS_2026) == {row["new"]: row["word"] for row in FACTS["status"].values() if row["new"] != "-"}
    told = {name: row["holds"] for raw, row in FACTS["status"].items() if row["holds"] for name in (raw, row["new"])}
    assert {raw: [str(hold)] for raw, hold in spec.STATUS_HOLDS.items()} == told


def test_who_ships() -> None:
    assert words(spec.CHANNEL) == {raw: row["word"] for raw, row in FACTS["channel"].items()}
    assert words(spec.CHANNEL_2026) == {row["new"]: row["word"] for row in FACTS["channel"].values()}


def test_where_parcels_are() -> None:
    assert words(spec.EASY_SHIP) == {raw: row["word"] for raw, row in FACTS["easy_ship"].items()}
    assert words(spec.DETAILED_STATUS) == {row["new"]: row["word"] for row in FACTS["easy_ship"].values()}
    assert words(spec.PACKAGE_STATUS) == FACTS["package_status"]
    assert set(spec.EXCEPTIONS) <= {*spec.EASY_SHIP.words, *spec.DETAILED_STATUS.words}


def test_vocabularies() -> None:
    facts = FACTS["vocabularies"]
    assert list(spec.PAYMENT_METHODS) == facts["payment_methods"]
    assert list(spec.ORDER_TYPES) == facts["order_types"]
    assert list(spec.SERVICE_LEVELS) == facts["service_levels"] + facts["service_levels_2026"]
    half = len(facts["service_levels"])
    assert list(spec.SERVICE_LEVELS.values())[:half] == list(spec.SERVICE_LEVELS.values())[half:]
    assert set(spec.PROGRAMS) == set(facts["order_programs"] + facts["item_programs"])
    assert set(facts["proceeds"]) == spec.PROCEEDS
    assert list(spec.DATASETS) == facts["included_data"]
    assert list(spec.CANCEL_REASONS) == facts["cancel_reasons"]
    assert list(spec.UNVERIFIED_CANCEL_REASONS) == facts["cancel_reasons_unverified"]
    assert FACTS["carriers"] == spec.CARRIER_CODES


def failure(status: int, code: str = "X", message: str = "text", details: str = "") -> errors.OrderHubError:
    """What the connector raises for an error reply as it comes over the wire."""
    body = json.dumps({"errors": [{"code": code, "message": message, "details": details}]}).encode()
    headers = {"content-type": "application/json", "x-amzn-requestid": "r-1"}
    with pytest.raises(errors.OrderHubError) as caught:
        wire.open_reply("orders.searchOrders", Reply(status, headers, body))
    return caught.value


KINDS: dict[str, tuple[type[errors.OrderHubError], bool]] = {
    "permanent": (errors.RequestRejected, False),
    "auth": (errors.TokenExpired, False),
    "denied": (errors.PermissionDenied, False),
    "not_found": (errors.NotFound, False),
    "conflict": (errors.Conflict, False),
    "rate_limited": (errors.RateLimited, True),
    "unavailable": (errors.PlatformUnavailable, True),
}


@pytest.mark.parametrize(("status", "kind"), FACTS["errors"].items())
def test_the_http_status_decides_first(status: str, kind: str) -> None:
    for code in ("InvalidInput", "QuotaExceeded", "InternalFailure", "400", "SomethingNew"):
        error, (wanted, retryable) = failure(int(status), code), KINDS[kind]
        assert isinstance(error, wanted)
        assert (error.retryable, error.code, error.request_id) == (retryable, code, "r-1")
        assert (error.platform, error.status) == ("amazon", int(status))


def test_every_documented_status_has_a_class_and_no_other() -> None:
    assert {str(status) for status in spec.HTTP_ERRORS} == {s for s in FACTS["errors"] if int(s) < 500}


@pytest.mark.parametrize(("text", "refreshed"), FACTS["auth_texts"].items())
@pytest.mark.parametrize("place", ["message", "details"])
@pytest.mark.parametrize("status", [400, 403])
def test_texts_of_authorisation_are_heard_in_message_and_details(
    text: str, refreshed: bool, place: str, status: int
) -> None:
    error = failure(status, "Unauthorized", **{place: text})
    assert isinstance(error, errors.TokenExpired if refreshed else errors.PermissionDenied)


def test_unauthorized_under_400_is_a_matter_of_authorisation() -> None:
    assert isinstance(failure(400, "Unauthorized"), errors.AuthError)
    assert not isinstance(failure(400, "InvalidInput"), errors.AuthError)


@pytest.mark.parametrize("code", FACTS["lwa"]["permanent"] + FACTS["lwa"]["retryable"])
@pytest.mark.parametrize("status", [400, 401, 403, 500, 503])
def test_errors_of_login_with_amazon(code: str, status: int) -> None:
    body = json.dumps({"error": code, "error_description": "words"}).encode()
    with pytest.raises(errors.PlatformError) as caught:
        wire.open_token(Reply(status, {"content-type": "application/json"}, body))
    retryable = code in FACTS["lwa"]["retryable"]
    assert isinstance(caught.value, errors.PlatformUnavailable if retryable else errors.AuthError)
    assert (caught.value.retryable, caught.value.code, caught.value.platform) == (retryable, code, "amazon")


def test_login_with_amazon_lists_no_other_code() -> None:
    assert set(spec.LWA_ERRORS.exact) == set(FACTS["lwa"]["permanent"] + FACTS["lwa"]["retryable"])
    assert SPEC.token_url == FACTS["lwa"]["url"]


def test_limits() -> None:
    facts, limits = FACTS["limits"], SPEC.limits
    assert limits["list_orders"].page_size_max == facts["page_size_max"]
    assert limits["list_orders"].history == timedelta(days=365 * facts["history_years"])
    assert limits["list_orders"].settle_delay >= timedelta(minutes=facts["end_before_now_minutes"])
    assert limits["list_listings"].page_size_max == facts["listings_page_max"]
    assert limits["find_listings"].batch_max == facts["listings_identifiers_max"]
    assert limits["bulk_stock"].batch_max == facts["feed_messages_max"]
    assert timedelta(days=facts["personal_data_days"]) == spec.PERSONAL_DATA_KEPT


def test_regions_and_marketplaces() -> None:
    assert {name: [row.endpoint, row.sandbox] for name, row in marketplaces.REGIONS.items()} == FACTS["regions"]
    told = {(region, country): name for region, rows in FACTS["marketplaces"].items() for country, name in rows.items()}
    assert {(row.region, row.country): name for name, row in marketplaces.MARKETPLACES.items()} == told
    assert marketplaces.marketplace_ids("uk, us") == ("A1F83G8C2ARO7P", "ATVPDKIKX0DER")
    assert marketplaces.marketplace_ids(["GB", "NEWSTORE00001"]) == ("A1F83G8C2ARO7P", "NEWSTORE00001")
    with pytest.raises(errors.ConfigurationError, match="several regions"):
        marketplaces.region_of(None, marketplaces.marketplace_ids(["US", "JP"]))


def test_operations() -> None:
    told = {name: [row.method, row.path, row.rate_per_s, row.burst] for name, row in ENDPOINTS.items()}
    assert told == FACTS["operations"]
    for name, (_, _, rate, burst) in FACTS["operations"].items():
        assert (SPEC.limits[name].rate_per_s, SPEC.limits[name].burst) == (rate, burst)
    assert set(RESTRICTED) <= set(ENDPOINTS)


def read_by(table: Table) -> set[str]:
    return {path.split(".")[0] for path in table.used}


@pytest.mark.parametrize(
    ("table", "name"), [(v0.ORDER, "order_v0"), (v0.LINE, "line_v0"), (v2026.ORDER, "order"), (v2026.LINE, "line")],
    ids=str,
)  # fmt: skip
def test_every_field_that_matters_is_mapped_and_nothing_undocumented_is(table: Table, name: str) -> None:
    assert read_by(table) == set(FACTS["fields"][name]["must_map"])


@needs_models
def test_operations_agree_with_the_official_models() -> None:
    rows = json.loads((OFFICIAL / "operations.json").read_text("utf-8"))["operations"]
    official = {(row["model"], row["operationId"]): row for row in rows}
    for name, endpoint in ENDPOINTS.items():
        api, _, operation = name.partition(".")
        row = official[FACTS["model_files"][api], operation]
        assert (endpoint.method, endpoint.path) == (row["method"], row["path"]), name
        assert (endpoint.rate_per_s, endpoint.burst) == (row["rate_per_second"], row["burst"]), name


@needs_models
def test_fields_and_vocabularies_agree_with_the_official_models() -> None:
    old, new = (
        json.loads((OFFICIAL / name).read_text("utf-8"))["definitions"]
        for name in ("ordersV0.json", "orders_2026-01-01.json")
    )
    extra = {"OrderItems", "DeliveryPreferences"}  # merged in from getOrderItems and getOrderAddress
    for definitions, model, name in ((old, "Order", "order_v0"), (new, "Order", "order")):
        documented = set(definitions[model]["properties"])
        facts = FACTS["fields"][name]
        assert set(facts["must_map"]) - extra | set(facts["also_documented"]) == documented, name
    for definitions, table in ((old, v0.LINE), (new, v2026.LINE)):
        assert read_by(table) <= set(definitions["OrderItem"]["properties"])
    assert old["EasyShipShipmentStatus"]["enum"] == sorted(
        spec.EASY_SHIP.words, key=old["EasyShipShipmentStatus"]["enum"].index
    )
    assert set(old["Order"]["properties"]["OrderStatus"]["enum"]) == set(spec.STATUS.words)
    assert set(old["Order"]["properties"]["PaymentMethod"]["enum"]) == set(spec.PAYMENT_METHODS)
    assert set(old["Order"]["properties"]["OrderType"]["enum"]) == set(spec.ORDER_TYPES)
    assert set(new["FulfillmentStatus"]["enum"]) == set(spec.STATUS_2026.words)
    assert set(new["PackageStatus"]["properties"]["status"]["enum"]) == set(spec.PACKAGE_STATUS.words)


@needs_models
def test_marketplaces_agree_with_the_official_page() -> None:
    rows = json.loads((OFFICIAL / "marketplaces.json").read_text("utf-8"))["marketplaces"]
    assert {(row["marketplace_id"], row["region"].lower()) for row in rows} == {
        (name, row.region) for name, row in marketplaces.MARKETPLACES.items()
    }
