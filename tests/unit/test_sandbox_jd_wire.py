"""JD's signatures, cipher, times, money and sums in the emulator, as pure functions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.flow.message import Request
from orderhub.sandbox.parse import parse_request
from orderhub.sandbox.platforms.jd.aes import encrypt_cbc
from orderhub.sandbox.platforms.jd.money import parts, shares
from orderhub.sandbox.platforms.jd.sp import base_string, find
from orderhub.sandbox.platforms.jd.wire import (
    Refusal,
    china,
    concat,
    error_reply,
    fen,
    instant,
    millis,
    months_before,
    number,
    readings,
    root_of,
    sign,
    timestamp,
    yuan,
)

SECRET, KEY, TOKEN = "demo-secret-9f8e7d", "ORDERHUBDEMOKEY", "demo-access-token-0001"
SEARCH = (
    '{"start_date":"2026-02-28 00:00:00","end_date":"2026-03-01 00:00:00","order_state":"WAIT_SELLER_STOCK_OUT",'
    '"optional_fields":"orderId,orderState,modified","page":"1","page_size":"50","sortType":2,"dateType":0}'
)
REMARK = '{"flag":1,"order_id":290000000001,"remark":"请尽快发货"}'


@pytest.mark.parametrize(
    ("method", "token", "at", "business", "more", "signature"),
    [
        ("jingdong.pop.order.search", True, "2026-03-01 10:00:00", SEARCH, {}, "26D72D45587E5AF42FA36D2FB25D35C2"),
        (
            "jingdong.pop.order.shipment", True, "2026-03-01 10:05:00.000+0800",
            '{"logiCoprId":"467","logiNo":"SF1234567890123","orderId":290000000001}', {},
            "DCC159B8FC139327C4F23F671B6AC367",
        ),
        (
            "jingdong.areas.province.get", False, "2026-03-01 10:00:00", "{}", {"format": "json"},
            "A993B60DEE097E159DBC6542D7CC6F4D",
        ),
        (
            "jingdong.pop.order.modifyVenderRemark", True, "2026-03-01 10:00:00", REMARK, {},
            "441B21E7C057F9F785715CF353DF35BD",
        ),
    ],
)  # fmt: skip
def test_classic_vectors(
    method: str, token: bool, at: str, business: str, more: dict[str, str], signature: str
) -> None:
    params = {"method": method, "app_key": KEY, "v": "2.0", "timestamp": at, "360buy_param_json": business, **more}
    if token:
        params["access_token"] = TOKEN
    [text] = readings({**params, "sign": "x"})
    assert text.startswith("360buy_param_json")
    assert sign(SECRET, text) == signature


@pytest.mark.parametrize(
    ("verb", "target", "body", "signature"),
    [
        (
            "GET",
            "/sp-order/v0/orders?orderStatus=WAIT_SELLER_STOCK_OUT&startTime=1772244000000&endTime=1772330400000&page=1"
            "&pageSize=50",
            "", "16D700796C94C95037181AD8689A4F3D",
        ),
        (
            "GET", "/sp-order/v0/orders/290000000001?scopeSet=consigneeInfo%2CpaymentInfo", "",
            "6B3BB7643A0A569DA3B8328B97343ADE",
        ),
        (
            "PUT", "/sp-product/v0/sku-stocks/batch",
            '{"updateModel":"fullStockIn","stockRfID":"orderhub-1","putSkuStockList":'
            '[{"skuId":100012345678,"stockNum":20,"storeId":0}]}',
            "449FFBD6416F8FA11A63C3A030D1F1C1",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("base", ["https://api-cn.jd.com/rest", "http://127.0.0.1:8700"])
def test_sp_vectors(base: str, verb: str, target: str, body: str, signature: str) -> None:
    headers = {"X-JOS-App-Key": KEY, "X-JOS-Access-Token": TOKEN, "X-JOS-Timestamp": "1772330400000"}
    headers |= {"X-JOS-Request-Identity": "vender", "X-JOS-Sdk-Version": "1"}
    parsed = parse_request(Request(verb, base + target, headers, body.encode()))
    found = find(parsed)
    assert found is not None
    assert sign(SECRET, base_string(parsed, found[2], "body")) == signature


def test_an_empty_sp_body_is_not_signed_and_the_method_header_is() -> None:
    plain = parse_request(Request("POST", "http://x/rest/sp-order/v0/a", {"X-JOS-Sign-Method": "MD5"}, b"{}"))
    assert base_string(plain, {}, "body") == "X-JOS-Sign-MethodMD5"
    filled = parse_request(Request("POST", "http://x/rest/sp-order/v0/a", {}, b'{"a":1}'))
    assert base_string(filled, {}, "") == '{"a":1}'


def test_what_sdks_may_have_left_out_of_the_signature() -> None:
    params = {"b": "1", "a": "", "c": "@file", "sign": "x"}
    assert readings(params) == ["ab1c@file", "b1c@file", "b1"]
    assert readings({"b": "1"}) == ["b1"]


def test_digits_sort_before_letters() -> None:
    assert concat([("v", "2.0"), ("360buy_param_json", "{}"), ("Z", "1")]) == "360buy_param_json{}Z1v2.0"


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16), st.binary(max_size=70))
def test_the_cipher_is_aes_cbc_with_padding(key: bytes, vector: bytes, text: bytes) -> None:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    padded = decryptor.update(encrypt_cbc(key, vector, text)) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    assert unpadder.update(padded) + unpadder.finalize() == text


@given(st.integers(-(10**12), 10**12))
def test_money_survives_its_text_and_its_number(amount: int) -> None:
    assert fen(yuan(amount)) == amount
    assert fen(f"{number(amount):.2f}") == amount


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01 10:05:00", datetime(2026, 3, 1, 2, 5, tzinfo=UTC)),
        ("2026-03-01 10:05:00.000+0800", datetime(2026, 3, 1, 2, 5, tzinfo=UTC)),
        ("2026-03-01 02:05:00.000+0000", datetime(2026, 3, 1, 2, 5, tzinfo=UTC)),
    ],
)
def test_both_forms_of_the_timestamp(text: str, at: datetime) -> None:
    assert timestamp(text) == at


@pytest.mark.parametrize("text", ["", "2026-03-01", "2026-03-01T10:05:00", "1772330400000", "2026-13-01 10:05:00"])
def test_other_timestamps_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        timestamp(text)


def test_times_that_never_were_have_no_milliseconds() -> None:
    assert millis("0001-01-01 00:00:00") is None
    assert millis("1970-01-01 00:00:00") is None
    assert millis("2026-03-01 10:00:00") == 1772330400000
    assert china(instant("2026-03-01 10:00:00")) == "2026-03-01 10:00:00"


@pytest.mark.parametrize(
    ("stamp", "months", "earlier"),
    [("2026-03-18 10:00:00", 1, "2026-02-18 10:00:00"), ("2026-01-05 00:00:00", 3, "2025-10-05 00:00:00"),
     ("2026-01-05 00:00:00", 24, "2024-01-05 00:00:00")],
)  # fmt: skip
def test_months_before(stamp: str, months: int, earlier: str) -> None:
    assert months_before(stamp, months) == earlier


def test_error_envelope_and_the_platforms_spelling() -> None:
    told = json.loads(error_reply(Refusal("12")).body)
    assert told == {"error_response": {"code": "12", "zh_desc": "无效签名", "en_desc": "Invalid Signature"}}
    assert root_of("jingdong.pop.order.enSearch") == "jingdong_pop_order_enSearch_responce"


ROWS = st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=5)
OFFS = st.lists(st.tuples(st.sampled_from(["20", "28", "35", "39", "41", "100"]), st.integers(1, 500)), max_size=4)


@settings(max_examples=60)
@given(ROWS, OFFS)
def test_discounts_are_split_to_the_fen(rows: list[tuple[int, int, int]], offs: list[tuple[str, int]]) -> None:
    items: list[dict[str, Any]] = [
        {"skuId": str(sku), "jdPrice": yuan(price), "itemTotal": str(units), "itemExt": {"skuUuid": f"u{at}"}}
        for at, (price, units, sku) in enumerate(rows)
    ]
    goods = sum(price * units for price, units, _ in rows)
    coupons = [{"skuId": "", "couponType": f"{code}-x", "couponPrice": yuan(off)} for code, off in offs]
    off = sum(amount for _, amount in offs)
    if off > goods:
        return
    doc = {"itemInfoList": items, "couponDetailList": coupons}
    assert sum(share for row in parts(doc).values() for _, _, share in row) == off
    assert sum(shares(doc).values()) == goods - off
    assert min(shares(doc).values()) >= 0
