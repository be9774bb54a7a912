"""The connector's tables against facts typed from docs/platforms/wechat.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub import errors
from orderhub.connectors.wechat import CONNECTOR, spec, wire
from orderhub.flow.message import Reply
from orderhub.kit.spec import ShopConfig

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "wechat.toml").read_text(encoding="utf-8"))
SPEC = CONNECTOR.spec
CONFIG = ShopConfig.of(SPEC, "s")
KINDS: dict[str, type[errors.PlatformError]] = {
    "token": errors.TokenExpired, "limit": errors.RateLimited, "conflict": errors.Conflict,
    "invalid": errors.InvalidParameter, "permanent": errors.RequestRejected,
}  # fmt: skip


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_statuses_of_orders() -> None:
    rows = FACTS["order_status"]
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in rows.items()}
    assert {raw: str(hold) for raw, hold in spec.STATUS_HOLDS.items()} == {
        raw: row["hold"] for raw, row in rows.items() if row["hold"]
    }
    assert {raw: str(word) for raw, word in spec.PAYMENT.items()} == {raw: row["payment"] for raw, row in rows.items()}


def test_statuses_and_kinds_of_cases() -> None:
    rows = FACTS["case_status"]
    assert words(spec.CASE_STATUS) == {raw: row["word"] for raw, row in rows.items()}
    assert dict(spec.CASE_NUMBERS) == {row["number"]: raw for raw, row in rows.items()}
    assert words(spec.CASE_KIND) == FACTS["case_kind"]
    named = {word for step in spec.CASE_STEPS.values() for word in (*step.open, *step.done)}
    assert named <= set(rows)


def test_discounts_carriers_events() -> None:
    assert set(spec.SPLITS) == {f"{kind}_discounted_price" for kind in FACTS["discounts"]["kinds"]}
    assert dict(spec.CARRIERS) == FACTS["carriers"]
    assert {event: place for event, (place, _) in spec.EVENTS.items()} == FACTS["events"]


@pytest.mark.parametrize(("code", "kind"), FACTS["errors"].items())
def test_every_error_code_behaves_as_the_page_says(code: str, kind: str) -> None:
    body = json.dumps({"errcode": int(code), "errmsg": "text"}).encode()
    with pytest.raises(errors.PlatformError) as caught:
        wire.open_envelope(Reply(200, {"content-type": "application/json"}, body), CONFIG)
    assert isinstance(caught.value, KINDS[kind])
    assert (caught.value.code, caught.value.platform, caught.value.message) == (code, "wechat", "text")
    assert caught.value.retryable is (kind == "limit")


def test_no_code_is_in_the_table_that_the_page_does_not_list() -> None:
    assert set(spec.ERRORS.exact) == set(FACTS["errors"])
    assert spec.WAITS_S["10021059"] == FACTS["limits"]["answer_wait_s"]


def test_codes_that_are_settings() -> None:
    config = ShopConfig.of(SPEC, "s", settings={"token_codes": ("40014",), "not_found_codes": (77,)})
    assert isinstance(wire.failure_of("40014", "t", config), errors.TokenExpired)
    error = wire.failure_of("77", "t", config)
    assert type(error) is errors.PlatformError
    assert isinstance(wire.missing(error, config, "order 1"), errors.NotFound)


def test_limits_and_addresses() -> None:
    facts = FACTS["limits"]
    assert SPEC.limits["list_orders"].page_size_max == facts["page_size_max"]
    assert SPEC.limits["list_orders"].window_max == timedelta(days=facts["order_window_days"])
    assert SPEC.limits["list_refunds"].window_max == timedelta(hours=facts["case_window_hours"])
    assert (SPEC.base_url, SPEC.token_url) == (FACTS["addresses"]["gateway"], FACTS["addresses"]["token"])


def test_the_signature_vector() -> None:
    facts = FACTS["vector"]
    assert wire.signature(facts["token"], facts["timestamp"], facts["nonce"]) == facts["signature"]
    assert [vector.sign() == vector.expected for vector in CONNECTOR.vectors] == [True]
