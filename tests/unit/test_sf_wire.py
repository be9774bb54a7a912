"""SF's signature, envelope and tables, against what the sheet says."""

import hashlib
import json
import tomllib
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sf_script import AT, SECRETS, no, reply, sf, yes

from orderhub.errors import (
    AuthError,
    ConfigurationError,
    Conflict,
    DecodeError,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    SignatureRejected,
    TokenExpired,
)
from orderhub.flow.message import Reply
from orderhub.logistics.carriers.sf import CARRIER
from orderhub.logistics.carriers.sf.messages import ORDER_ID_MAX, PHONE_MAX, STREET_MAX
from orderhub.logistics.carriers.sf.spec import ERRORS, ROUTE_STATUS
from orderhub.logistics.carriers.sf.wire import digest, java_url_encode, open_envelope, open_push, push_answer, request
from orderhub.models.logistics import TrackingStatus

FACTS = tomllib.loads((Path(__file__).parent.parent / "facts" / "sf.toml").read_text("utf-8"))
ALGORITHMS = ("standard_md5", "simple_md5", "sm3")
has_sm3 = "sm3" in hashlib.algorithms_available


@pytest.mark.parametrize("vector", ["signature", "signature_corner"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signature_vectors(vector, algorithm):
    if algorithm == "sm3" and not has_sm3:
        pytest.skip("this OpenSSL has no SM3")
    facts = FACTS[vector]
    assert digest(algorithm, facts["message"], facts["timestamp"], facts["check_word"]) == facts[algorithm]


def test_java_encoding_where_python_differs():
    assert java_url_encode("a b*c~d-e_f.g!h'") == "a+b*c%7Ed-e_f.g%21h%27"


def test_every_algorithm_of_the_sheet_is_a_choice():
    setting = next(setting for setting in CARRIER.spec.settings if setting.name == "signature_algorithm")
    assert setting.choices == ALGORITHMS
    assert setting.default == "standard_md5"


def test_the_signature_covers_the_message_as_it_is_sent():
    found = request(sf().config, "S", '{"a":"甲 *~"}', "id-1", SECRETS, AT)
    form = {name: values[0] for name, values in parse_qs(found.body.decode()).items()}
    assert form["msgData"] == '{"a":"甲 *~"}'
    assert form["timestamp"] == "1767323045000"
    assert form["msgDigest"] == digest("standard_md5", form["msgData"], form["timestamp"], SECRETS.app_secret)
    assert (found.method, found.url) == ("POST", CARRIER.spec.base_url)
    assert "check-word-1" not in found.body.decode() + found.url


KINDS = {
    "F": RequestRejected, "C": AuthError, "R": PlatformUnavailable, "W": RateLimited, "A": TokenExpired,
    "Q": Conflict, "N": RequestRejected,
}  # fmt: skip


def test_every_error_code_of_the_sheet_is_classified():
    gateway, operation = FACTS["errors"]["gateway"], FACTS["errors"]["operation"]
    assert gateway.keys() | {"S0001", "S0002", "S0003"} == ERRORS.exact.keys()
    assert operation.keys() == ERRORS.sub_exact.keys()
    for code, letter in gateway.items():
        error = ERRORS.error(code, None, "x")
        assert isinstance(error, KINDS[letter]), code
        assert error.retryable is (letter in "RW"), code
    for code, letter in operation.items():
        error = ERRORS.error("A1000", code, "x")
        assert isinstance(error, KINDS[letter]), code
        assert error.retryable is (letter in "RW"), code


@pytest.mark.fault(8)
def test_a_code_that_nobody_listed_is_never_repeated():
    error = ERRORS.error("A1000", "99999", "x")
    assert type(error) is PlatformError
    assert not error.retryable


COARSE = {"attempt_failed": TrackingStatus.DELIVERY_FAILED, "customs": TrackingStatus.IN_TRANSIT,
          "unverified": TrackingStatus.UNKNOWN}  # fmt: skip


def test_every_route_code_of_the_sheet_has_its_status():
    listed = {}
    for name, codes in FACTS["op_codes"].items():
        status = COARSE.get(name) or TrackingStatus(name)
        listed |= {str(code): status for code in codes}
    listed["31"] = TrackingStatus.AT_HUB  # the sheet's "arrived hub", one of its in-transit codes
    assert listed == ROUTE_STATUS.words | {"607": TrackingStatus.UNKNOWN}
    assert ROUTE_STATUS("607") is TrackingStatus.UNKNOWN


def test_limits_of_the_sheet():
    facts, limits = FACTS["limits"], CARRIER.spec.limits
    assert limits["track"].batch_max == facts["numbers_per_route_query"]
    assert limits["create"].rate_per_s == facts["calls_per_s"]
    assert (facts["order_id_max"], facts["phone_max"], facts["street_max"]) == (ORDER_ID_MAX, PHONE_MAX, STREET_MAX)


@pytest.mark.parametrize("as_text", [True, False])
def test_business_data_as_text_or_as_object(as_text):
    assert open_envelope(yes({"orderId": "p-1"}, as_text=as_text)) == {"orderId": "p-1"}


def test_a_bare_inner_envelope_and_its_other_names():
    assert open_envelope(reply({"success": True, "obj": {"files": []}})) == {"files": []}
    assert open_envelope(reply({"success": "true", "data": [1]})) == [1]
    with pytest.raises(PlatformError) as caught:
        open_envelope(reply({"success": False, "errorCode": "8027", "errorMessage": "no template"}))
    assert (caught.value.sub_code, caught.value.message) == ("8027", "no template")


def test_an_error_carries_both_codes_and_the_request_id():
    with pytest.raises(RequestRejected) as caught:
        open_envelope(no("1014", "收件地址不能为空"))
    error = caught.value
    assert (error.code, error.sub_code, error.request_id) == ("A1000", "1014", "r-1")
    assert error.message == "收件地址不能为空"


def test_a_refused_signature_names_the_setting_to_check():
    with pytest.raises(SignatureRejected, match="signature_algorithm"):
        open_envelope(no("A1006"))


STRANGE = [
    reply([1]), reply({}), reply({"apiResultCode": 1000}), reply({"apiResultCode": "A1000"}),
    reply({"apiResultCode": "A1000", "apiResultData": "[]"}), reply({"apiResultCode": "A1000", "apiResultData": "{"}),
    reply({"apiResultCode": "A1000", "apiResultData": {}}), Reply(200, {}, b"<html>login</html>"), Reply(200, {}, b""),
]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
def test_what_is_no_reply_of_this_gateway_is_a_decode_error(strange):
    with pytest.raises(DecodeError):
        open_envelope(strange)


def test_http_trouble_is_retryable():
    with pytest.raises(PlatformUnavailable):
        open_envelope(reply({}, status=502))


NODE = {"mailno": "SF1", "acceptTime": "2026-01-01 08:00:00", "opCode": "50"}


@pytest.mark.parametrize(("body", "count"), [
    ({"Body": {"WaybillRoute": [NODE, NODE]}}, 2), ({"Body": {"WaybillRoute": NODE}}, 1),
])  # fmt: skip
def test_push_bodies(body, count):
    assert len(open_push({}, json.dumps(body).encode())) == count


@pytest.mark.parametrize("body", [b"{}", b'{"Body":[]}', b"<Request/>", b"content=%3CRequest", b"[]", b"nonsense"])
def test_other_pushes_are_refused(body):
    with pytest.raises(DecodeError):
        open_push({}, body)


def test_push_answers():
    assert json.loads(push_answer(True)) == {"return_code": "0000", "return_msg": "成功"}
    assert json.loads(push_answer(False))["return_code"] == "1000"


@pytest.mark.parametrize("card", ["123", "75512345678", "755123456x"])
def test_a_malformed_monthly_card_is_refused_at_once(card):
    with pytest.raises(ConfigurationError, match="ten digits"):
        sf(monthly_card=card)
