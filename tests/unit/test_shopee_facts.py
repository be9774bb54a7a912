"""The connector's tables against facts typed from docs/platforms/shopee.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub import errors
from orderhub.connectors.shopee import CONNECTOR, aftersale, spec, tables, wire
from orderhub.flow.message import Reply
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models import Credentials, Token

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "shopee.toml").read_text(encoding="utf-8"))
SPEC = CONNECTOR.spec
CONFIG = ShopConfig.of(SPEC, FACTS["signature"]["shop_id"])
KINDS = {"token": errors.TokenExpired, "parameter": errors.InvalidParameter}
BY_SETTING = {
    "sign_codes": errors.SignatureRejected, "permission_codes": errors.PermissionDenied,
    "server_codes": errors.PlatformUnavailable,
}  # fmt: skip


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_every_status_is_known_and_means_what_the_page_says() -> None:
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in FACTS["order_status"].items()}
    held = {raw: row["hold"] for raw, row in FACTS["order_status"].items() if row["hold"]}
    assert {raw: str(hold) for raw, hold in spec.STATUS_HOLDS.items()} == held
    assert words(spec.LOGISTICS) == FACTS["logistics_status"]
    assert words(spec.RETURN_STATUS) == FACTS["return_status"]
    assert words(spec.RETURN_KIND) == FACTS["return_solution"]


def test_lists_of_the_page() -> None:
    assert list(spec.CANCEL_REASONS) == FACTS["cancel"]["reasons"]
    assert set(spec.WAYS) == set(FACTS["ways"])
    assert list(spec.PUSH_CODES) == FACTS["push"]["codes"]


def test_limits() -> None:
    facts = FACTS["limits"]
    for verb, size in (("list_orders", "page_size_max"), ("list_refunds", "returns_page_size_max")):
        limits = SPEC.limits[verb]
        assert limits.page_size_max == facts[size]
        assert limits.window_max is not None
        assert timedelta(0) <= timedelta(days=facts["window_days"]) - limits.window_max <= timedelta(seconds=1)
    assert (facts["details"], facts["models"]) == (spec.DETAIL_MAX, spec.MODELS_MAX)
    assert timedelta(minutes=facts["stamp_minutes"]) == spec.STAMP_LIFE
    assert timedelta(days=facts["refresh_days"]) == spec.REFRESH_LIFE
    lost = SPEC.limits["pull_messages"]
    assert (lost.page_size_max, lost.history) == (facts["lost_page"], timedelta(days=facts["lost_days"]))


def test_addresses() -> None:
    facts = FACTS["addresses"]
    assert (SPEC.base_url, SPEC.token_url, SPEC.authorize_url) == (facts["root"], facts["root"], facts["authorize"])
    assert sorted(SPEC.hosts) == sorted(facts["hosts"])


def read_by(table: Table) -> set[str]:
    return {path.split(".")[0] for path in table.used}


@pytest.mark.parametrize(
    ("table", "name"), [(tables.ORDER, "order"), (tables.LINE, "line"), (aftersale.REFUND, "refund")], ids=str
)
def test_every_field_that_matters_is_mapped_and_nothing_else_is(table: Table, name: str) -> None:
    assert read_by(table) == set(FACTS["fields"][name])


def reply(document: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, {"content-type": "application/json", **headers}, json.dumps(document).encode())


def the_error(code: str, **headers: str) -> errors.PlatformError:
    document = {"error": code, "message": "text", "request_id": "r1"}
    with pytest.raises(errors.PlatformError) as caught:
        wire.open_envelope(reply(document, **headers), CONFIG, datetime(2026, 3, 1, 10, 0, tzinfo=UTC))
    return caught.value


@pytest.mark.parametrize(("code", "kind"), FACTS["errors"].items())
def test_documented_codes_are_typed(code: str, kind: str) -> None:
    error = the_error(code)
    assert type(error) is KINDS[kind]
    assert (error.code, error.message, error.request_id, error.platform) == (code, "text", "r1", "shopee")


def test_no_other_code_is_in_the_table() -> None:
    assert set(spec.ERRORS.exact) == set(FACTS["errors"])
    assert type(the_error("error_nobody_knows")) is errors.PlatformError


@pytest.mark.parametrize(("setting", "codes"), FACTS["error_settings"].items())
def test_spellings_that_no_source_settles_are_settings(setting: str, codes: list[str]) -> None:
    assert list(CONFIG.settings[setting]) == codes
    assert all(type(the_error(code)) is BY_SETTING[setting] for code in codes)
    elsewhere = ShopConfig.of(SPEC, "1", settings={setting: ("other",)})
    with pytest.raises(BY_SETTING[setting]):
        wire.open_envelope(reply({"error": "other"}), elsewhere)


def test_a_stamp_that_is_off_shows_in_the_date() -> None:
    assert isinstance(the_error("error_param", date="Sun, 01 Mar 2026 10:07:00 GMT"), errors.ClockSkewed)
    assert not isinstance(the_error("error_param", date="Sun, 01 Mar 2026 10:04:00 GMT"), errors.ClockSkewed)
    assert not isinstance(the_error("error_param", date="nonsense"), errors.ClockSkewed)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (Reply(429, {"retry-after": "3"}, b"{}"), errors.RateLimited),
        (Reply(503, {}, b"{}"), errors.PlatformUnavailable),
        (Reply(200, {"content-type": "text/html"}, b"<html>"), errors.DecodeError),
        (reply([1]), errors.DecodeError),
        (reply({"hello": 1}), errors.DecodeError),
    ],
)
def test_what_is_no_answer(found: Reply, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        wire.open_envelope(found, CONFIG)


def test_a_success_has_its_inside_and_request_id() -> None:
    assert wire.open_envelope(reply({"error": "", "request_id": "r2", "response": {"a": 1}}), CONFIG) == (
        {"a": 1},
        "r2",
    )


def test_the_signature_vector_is_what_goes_over_the_wire() -> None:
    facts = FACTS["signature"]
    app = Credentials(facts["partner_id"], facts["key"], Token(facts["token"]))
    at = datetime.fromtimestamp(facts["timestamp"], UTC)
    sent = wire.request(CONFIG, "order/get_order_list", app, at, {"page_size": 5, "cursor": None}, None)
    assert sent.method == "GET" and not sent.body
    assert f"sign={facts['sign']}" in sent.url and "page_size=5" in sent.url and "cursor" not in sent.url
    assert facts["key"] not in sent.url


def test_push_and_published_vectors() -> None:
    push = FACTS["push"]
    assert wire.push_sign(push["key"], push["url"], push["body"].encode()) == push["sign"]
    assert len(CONNECTOR.vectors) == 2
    assert all(vector.sign() == vector.expected for vector in CONNECTOR.vectors)


def test_the_shop_is_named_by_its_number() -> None:
    assert wire.shop_number(ShopConfig.of(SPEC, "sg", settings={"partner_shop_id": 77})) == 77
    with pytest.raises(errors.ConfigurationError, match="partner_shop_id"):
        wire.shop_number(ShopConfig.of(SPEC, "sg"))
