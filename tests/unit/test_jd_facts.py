"""The connector's tables against facts typed from docs/platforms/jd.md, in both directions."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderhub import errors
from orderhub.connectors.jd import CONNECTOR, shipping_json, sp, spec, tables, wire
from orderhub.connectors.jd.apis import APIS
from orderhub.connectors.jd.cases import APPLICATION
from orderhub.connectors.jd.changes import MEMO_MAX
from orderhub.connectors.jd.codes import ERRORS
from orderhub.flow.message import Reply
from orderhub.kit.carriers import CARRIERS
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table
from orderhub.models import Credentials, Token

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "jd.toml").read_text(encoding="utf-8"))
SPEC = CONNECTOR.spec
KINDS: dict[str, tuple[type[errors.PlatformError], bool]] = {
    "rate_limited": (errors.RateLimited, True),
    "unavailable": (errors.PlatformUnavailable, True),
    "permission": (errors.PermissionDenied, False),
    "signature": (errors.SignatureRejected, False),
    "app": (errors.AuthError, False),
    "clock": (errors.ClockSkewed, False),
    "permanent": (errors.RequestRejected, False),
    "not_found": (errors.NotFound, False),
    "conflict": (errors.Conflict, False),
    "parameter": (errors.InvalidParameter, False),
}


def words(table: Any) -> dict[str, str]:
    return {raw: str(word) for raw, word in table.words.items()}


def test_states_are_all_known_and_mean_what_the_page_says() -> None:
    assert words(spec.STATUS) == {raw: row["word"] for raw, row in FACTS["status"].items()}
    assert {raw: [str(hold)] for raw, hold in spec.STATUS_HOLDS.items()} == {
        raw: row["holds"] for raw, row in FACTS["status"].items() if row["holds"] and row["word"] != "unknown"
    }
    assert dict(spec.STATUS_LABELS) == {raw: row["label"] for raw, row in FACTS["status"].items() if "label" in row}


def test_states_of_jds_warehouses_returns_and_locks() -> None:
    rows = FACTS["status"].items()
    assert set(spec.FBP_WORDS) == {raw for raw, row in rows if row.get("platform")}
    assert set(spec.RETURNING) == {raw for raw, row in rows if row.get("fulfilment") == "returned"}
    assert set(spec.REFUND_PENDING) == {raw for raw, row in rows if row.get("aftersale") == "requested"}


@pytest.mark.parametrize(("pinyin", "english"), FACTS["pinyin"].items())
def test_a_pinyin_name_means_what_the_english_one_does(pinyin: str, english: str) -> None:
    assert spec.STATUS(pinyin) is spec.STATUS(english)
    assert spec.STATUS_HOLDS.get(pinyin) == spec.STATUS_HOLDS.get(english)
    assert (pinyin in spec.REFUND_PENDING) == (english in spec.REFUND_PENDING)


def test_who_ships() -> None:
    assert words(spec.ORDER_TYPES) == FACTS["order_type"]
    assert words(spec.STORE_ORDERS) == FACTS["store_order"]
    assert {code: kind or "" for code, kind in spec.RETURN_ORDERS.items()} == FACTS["return_order"]


def test_payment_and_promotion_codes() -> None:
    assert {code for code, at_door in spec.PAY_TYPES.items() if at_door} == set(FACTS["pay_type"]["at_the_door"])
    assert {code for code, at_door in spec.PAY_TYPES.items() if not at_door} == set(FACTS["pay_type"]["others"])
    told = {code: "payment" if code == spec.GIFT_CARD else str(funder) for code, (_, funder) in spec.COUPONS.items()}
    assert told == FACTS["coupon"]
    assert {code: str(funder) for code, funder in spec.BEARERS.items()} == FACTS["bearer"]
    assert set(spec.SKU_TYPES) == set(FACTS["sku_type"]["all"])
    assert set(spec.GIFT_SKU_TYPES) == set(FACTS["sku_type"]["gifts"])


def test_after_sale_words() -> None:
    assert words(spec.APPLICATION_STATUS) == FACTS["application_status"]
    assert set(spec.REFUND_SOURCES) == set(FACTS["application_source"]["values"])
    assert words(spec.SERVICE_STATUS) == FACTS["service_status"]
    assert words(spec.SERVICE_KIND) == FACTS["customer_expect"]
    assert words(spec.SP_REFUND_STATUS) == FACTS["sp_refund_status"]
    assert set(spec.NO_PARTIAL_BECAUSE) == set(FACTS["no_partial"]["codes"])


def test_carriers() -> None:
    assert {code: name for code, (name, _) in spec.CARRIER_NAMES.items()} == FACTS["carriers"]
    known = {row.code for row in CARRIERS}
    assert {code for _, code in spec.CARRIER_NAMES.values() if code} <= known


def raised(method: str, document: Any, status: int = 200) -> errors.OrderHubError:
    """What the connector raises for a reply as it comes over the wire."""
    reply = Reply(status, {"content-type": "application/json"}, json.dumps(document).encode())
    with pytest.raises(errors.OrderHubError) as caught:
        wire.open_envelope(method, reply)
    return caught.value


@pytest.mark.parametrize(("code", "kind"), FACTS["errors"].items())
def test_every_gateway_code_behaves_as_the_page_says(code: str, kind: str) -> None:
    error = raised(
        "jingdong.pop.order.enGet", {"error_response": {"code": int(code), "zh_desc": "文字", "en_desc": "x"}}
    )
    wanted, retryable = KINDS[kind]
    assert (error.code, error.platform, error.message) == (code, "jd", "文字 / x")
    assert isinstance(error, wanted)
    assert error.retryable is retryable
    assert not isinstance(error, errors.TokenExpired)


def test_no_gateway_code_is_in_the_table_that_the_page_does_not_list() -> None:
    assert set(ERRORS.exact) == set(FACTS["errors"])
    families = {f"stock:{code}" for code in FACTS["stock_codes"]}
    families |= {f"number:{code}" for code in FACTS["number_codes"]}
    families |= {f"waybill:{code}" for code in FACTS["waybill_codes"]}
    families |= {f"service:{code}" for code in FACTS["service_codes"]["codes"]}
    plain = {*FACTS["shipment_codes"], *FACTS["correction_codes"], *FACTS["other_codes"]}
    assert set(ERRORS.sub_exact) == families | plain


@pytest.mark.parametrize("text", FACTS["token_texts"]["texts"])
def test_a_token_is_known_by_the_words_where_the_code_is_not_documented(text: str) -> None:
    error = raised("jingdong.pop.order.enGet", {"error_response": {"code": "19", "zh_desc": text}})
    assert isinstance(error, errors.TokenExpired)
    assert error.code == "19"


@pytest.mark.parametrize(("code", "kind"), (FACTS["shipment_codes"] | FACTS["other_codes"]).items())
def test_every_code_inside_a_shipment_behaves_as_the_page_says(code: str, kind: str) -> None:
    inner = {"success": "false", "errorCode": code, "chineseErrCode": "文字", "englishErrCode": ""}
    document = {"jingdong_pop_order_shipment_responce": {"code": "0", "sopjosshipment_result": inner}}
    error, (wanted, retryable) = raised("jingdong.pop.order.shipment", document), KINDS[kind]
    assert isinstance(error, wanted)
    assert (error.sub_code, error.retryable) == (code, retryable)


@pytest.mark.parametrize(("code", "kind"), FACTS["correction_codes"].items())
def test_codes_of_a_correction(code: str, kind: str) -> None:
    inner = {"success": False, "resultCode": code, "resultDescribe": "文字"}
    document = {"jingdong_pop_order_sop_logistics_update_responce": {"code": "0", "returnType": inner}}
    error = raised("jingdong.pop.order.sop.logistics.update", document)
    assert isinstance(error, KINDS[kind][0])
    assert error.sub_code == code


@pytest.mark.parametrize(("code", "kind"), FACTS["stock_codes"].items())
def test_a_code_of_stock_calls_means_what_it_means_there(code: str, kind: str) -> None:
    inner = {"code": int(code), "message": "文字"}
    document = {"jingdong_stock_read_findSkuStock_responce": {"code": "0", "result": inner}}
    error, (wanted, retryable) = raised("jingdong.stock.read.findSkuStock", document), KINDS[kind]
    assert isinstance(error, wanted)
    assert (error.sub_code, error.retryable) == (code, retryable)


@pytest.mark.parametrize(("code", "kind"), FACTS["number_codes"].items())
def test_a_code_of_virtual_numbers_means_what_it_means_there(code: str, kind: str) -> None:
    document = {"jingdong_pop_order_getmobilelist_responce": {"code": int(code), "message": "文字", "data": None}}
    error = raised("jingdong.pop.order.getmobilelist", document)
    assert isinstance(error, KINDS[kind][0])
    assert error.sub_code == code


@pytest.mark.parametrize(("code", "kind"), FACTS["waybill_codes"].items())
def test_a_code_of_waybill_calls_means_what_it_means_there(code: str, kind: str) -> None:
    method = "jingdong.logistics.ewaybill.waybill.create"
    inner = {"statusCode": int(code), "statusMessage": "文字", "data": None}
    error, (wanted, retryable) = (
        raised(method, {f"{method.replace('.', '_')}_responce": {"code": "0", "result": inner}}),
        KINDS[kind],
    )
    assert isinstance(error, wanted)
    assert (error.sub_code, error.retryable) == (code, retryable) and "文字" in error.message


@pytest.mark.parametrize(("code", "kind"), FACTS["per_api_codes"].items())
def test_codes_that_each_api_answers_as_words(code: str, kind: str) -> None:
    error = raised("jingdong.pop.order.enGet", {"error_response": {"code": code, "zh_desc": "文字"}})
    assert isinstance(error, KINDS[kind][0])
    assert error.retryable is KINDS[kind][1]


def test_limits() -> None:
    facts, limits = FACTS["limits"], SPEC.limits
    orders = limits["list_orders"]
    assert orders.page_size_max == facts["page_size_max"]
    assert orders.window_max == timedelta(days=facts["month_days_least"])
    assert orders.history == timedelta(days=facts["three_months_days_least"])
    assert limits["list_refunds"].page_size_max == facts["refund_page_size"]
    assert limits["push_stock"].batch_max == facts["skus_per_stock_call"]
    assert limits["ship"].batch_max == shipping_json.PARCELS_MAX == facts["waybills_per_call"]
    assert facts["waybill_chars"] == shipping_json.NUMBERS_CHARS_MAX
    assert limits["decrypt"].batch_max == facts["orders_per_number_call"]
    assert limits["merge_groups"].batch_max == facts["orders_per_merge"]
    assert facts["memo_chars"] == MEMO_MAX


def test_nesting_is_a_matter_of_each_call() -> None:
    assert all(APIS[name].nested for name in FACTS["nested"]["names"])
    assert not any(APIS[name].nested for name in FACTS["flat"]["names"])


def read_by(table: Table) -> set[str]:
    return {path.split(".")[0] for path in table.used}


def test_what_is_asked_of_the_platform_is_documented_and_enough() -> None:
    asked, documented = tables.OPTIONAL_FIELDS, set(FACTS["fields"]["order"]["names"])
    assert len(asked) == len(set(asked))
    assert set(asked) == documented
    assert set(tables.SCOPES) <= set(FACTS["fields"]["sp_order"]["names"])


@pytest.mark.parametrize(
    ("table", "names"),
    [(tables.ORDER, ("order", "sp_order")), (tables.LINE, ("item", "sp_item")), (APPLICATION, ("application",))],
    ids=str,
)
def test_nothing_undocumented_is_mapped(table: Table, names: tuple[str, ...]) -> None:
    known = {field for name in names for field in FACTS["fields"][name]["names"]}
    from_a_second_source = {"buyerPin", "promiseCalendarInfo"}
    assert read_by(table) <= known | from_a_second_source


@pytest.mark.parametrize("field", ["shouldPay", "orderState", "storeOrder", "returnOrder", "partialLogisticsInfoModel",
                                   "couponDetailList", "specialStatusReasonInfo", "balanceUsed", "payDiscount"])  # fmt: skip
def test_fields_that_decide_are_mapped(field: str) -> None:
    assert field in read_by(tables.ORDER)


SIGNATURE = FACTS["signature"]


@pytest.mark.parametrize("vector", SIGNATURE["classic"], ids=lambda vector: vector["id"])
def test_classic_signature_vectors(vector: dict[str, Any]) -> None:
    parameters = {"app_key": SIGNATURE["app_key"], "v": "2.0"} | vector["parameters"]
    if vector["token"]:
        parameters["access_token"] = SIGNATURE["access_token"]
    assert wire.sign(parameters, SIGNATURE["secret"]) == vector["sign"]
    assert wire.sign(parameters | {"sign": "X", "empty": ""}, SIGNATURE["secret"]) == vector["sign"]


@pytest.mark.parametrize("vector", SIGNATURE["sp"], ids=lambda vector: vector["id"])
def test_newer_gateway_signature_vectors(vector: dict[str, Any]) -> None:
    config = ShopConfig.of(SPEC, "s", settings={"wire": "sp"})
    who = Credentials(SIGNATURE["app_key"], SIGNATURE["secret"], Token(SIGNATURE["access_token"]))
    at = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    request = sp.request(config, vector["verb"], vector["path"], vector["given"], who, at)
    assert request.headers["X-JOS-Timestamp"] == "1772330400000"
    assert request.headers["X-JOS-Sign"] == vector["sign"]


def test_the_connectors_own_vectors_are_among_them() -> None:
    known = {vector["sign"] for name in ("classic", "sp") for vector in SIGNATURE[name]}
    assert {vector.expected for vector in CONNECTOR.vectors} <= known
    assert all(vector.sign() == vector.expected for vector in CONNECTOR.vectors)
