"""The emulator's own signature, money, times, bodies and envelopes, as pure functions."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.sandbox.platforms.suning.state import Index
from orderhub.sandbox.platforms.suning.wire import (
    Refusal,
    china,
    error_reply,
    fen,
    instant,
    read_body,
    sign,
    signed_text,
    success_reply,
    yuan,
    yuan5,
)

QUERY = (
    '{"sn_request":{"sn_body":{"orderQuery":{"startTime":"2026-02-28 00:00:00","endTime":"2026-03-01 00:00:00",'
    '"orderStatus":"10","pageNo":"1","pageSize":"50"}}}}'
)
DELIVERY = (
    '{"sn_request":{"sn_body":{"orderDelivery":{"orderCode":"37000000001","expressNo":"SF1234567890123",'
    '"expressCompanyCode":"S02","orderLineNumbers":{"orderLineNumber":["00662135670001"]}}}}}'
)
NOTE = (
    '{"sn_request":{"sn_body":{"orderNote":{"orderCode":"37000000001","noteContent":"请尽快发货","noteFlag":"1",'
    '"colorMarkFlag":"2"}}}}'
)


@pytest.mark.parametrize(
    ("method", "time", "body", "signature"),
    [
        ("suning.custom.order.query", "2026-03-01 10:00:00", QUERY, "ffbadd2cde74f3109f0d09f6461935b6"),
        ("suning.custom.orderdelivery.add", "2026-03-01 10:05:00", DELIVERY, "92aca196e43647762f2405c6b3d050e0"),
        ("suning.custom.ordernote.modify", "2026-03-01 10:00:00", NOTE, "5858003548da95a982809492d5c01cb6"),
    ],
)
def test_signature_vectors(method: str, time: str, body: str, signature: str) -> None:
    text = signed_text(method, time, "demo-suning-appkey", "v1.2", body.encode())
    assert sign("demo-suning-secret", text) == signature


@given(st.integers(-(10**12), 10**12))
def test_money_survives_its_text(amount: int) -> None:
    assert fen(yuan(amount)) == fen(yuan5(amount)) == amount
    assert len(yuan5(amount).partition(".")[2]) == 5


def test_empty_money_is_zero() -> None:
    assert fen("") == 0


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_times_survive_their_text(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC, microsecond=0)
    assert instant(china(at)) == at


@pytest.mark.parametrize("text", ["", "2026-03-01", "2026-03-01T10:00:00", "2026-13-01 10:00:00", "20260301100000"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        instant(text)


def test_bodies_in_json_single_quotes_and_xml_read_alike() -> None:
    params = {"orderCode": "37000000001", "orderLineNumbers": {"orderLineNumber": ["1", "2"]}}
    as_json = json.dumps({"sn_request": {"sn_body": {"orderDelivery": params}}})
    mixed = '{"sn_request": { "sn_body": {"orderDelivery":' + str(params) + "}}}"
    as_xml = (
        "<sn_request><sn_body><orderDelivery><orderCode>37000000001</orderCode><orderLineNumbers><orderLineNumber>1"
        "</orderLineNumber><orderLineNumber>2</orderLineNumber></orderLineNumbers></orderDelivery></sn_body></sn_request>"
    )
    told = ("orderDelivery", params)
    assert read_body("json", as_json.encode(), False) == told
    assert read_body("json", mixed.encode(), True) == told
    assert read_body("xml", as_xml.encode(), False) == told


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", b""), ("json", b"[]"), ("json", b'{"sn_request":{}}'), ("json", b'{"sn_request":{"sn_body":{}}}'),
        ("json", b'{"sn_request":{"sn_body":{"a":{},"b":{}}}}'), ("json", b'{"sn_request":{"sn_body":{"a":"x"}}}'),
        ("json", b"\xff\xfe"), ("json", b"[" * 100_000), ("json", b"__import__('os')"), ("xml", b"<a>"),
        ("xml", b'<!DOCTYPE a [<!ENTITY b "c">]><sn_request><sn_body><a/></sn_body></sn_request>'),
    ],
)  # fmt: skip
def test_other_bodies_are_refused(kind: str, body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read_body(kind, body, True)
    assert caught.value.code == "sys.check.request-params:error"


def test_single_quotes_are_refused_by_switch() -> None:
    with pytest.raises(Refusal):
        read_body("json", b"{'sn_request': {'sn_body': {'a': {}}}}", False)


def test_envelopes() -> None:
    reply = success_reply("json", {"pageNo": "1"}, "orderQuery", [{"a": "1"}])
    assert json.loads(reply.body) == {
        "sn_responseContent": {"sn_head": {"pageNo": "1"}, "sn_body": {"orderQuery": [{"a": "1"}]}}
    }
    assert reply.headers["content-type"] == "application/json;charset=UTF-8"
    refused = error_reply("json", Refusal("a.b:c", "说明"))
    assert refused.status == 200
    assert json.loads(refused.body)["sn_responseContent"]["sn_error"] == {"error_code": "a.b:c", "error_msg": "说明"}


def test_one_row_in_xml_looks_like_an_object() -> None:
    body = success_reply("xml", {}, "orderQuery", [{"a": "<&"}]).body
    assert b"<sn_body><orderQuery><a>&lt;&amp;</a></orderQuery></sn_body>" in body


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sets(st.integers(0, 9).map(str))), max_size=12))
def test_an_index_tells_what_stands_in_the_window(moves: list[tuple[str, set[str]]]) -> None:
    index, times = Index(), dict[str, set[str]]()
    for key, new in moves:
        index.move(key, times.get(key, set()), new)
        times[key] = new
    for low in range(10):
        for high in range(low, 10):
            inside = {key: [at for at in have if str(low) <= at <= str(high)] for key, have in times.items()}
            wanted = sorted((max(have), key) for key, have in inside.items() if have)
            assert index.window(str(low), str(high)) == [key for _, key in wanted]
