"""One guard before every parser: with and without the accelerator the same is accepted, and equal."""

from __future__ import annotations

import encodings
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import DecodeError
from orderhub.kit import json as guarded
from orderhub.kit.decode import document_bytes, raw_of
from orderhub.kit.json import DEPTH_MAX, dumps, loads, to_text
from orderhub.kit.spec import ShopConfig

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
AMOUNTS = st.decimals(-(10**12), 10**12, places=4)
PARSED = ShopConfig("any", "s", "https://x.example")
LEAVES = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | AMOUNTS | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@pytest.fixture(params=["fast", "plain"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Either parser; a case that needs the accelerator fails where it should be installed and is not."""
    if request.param == "plain":
        monkeypatch.setattr(guarded, "_fast", None)
    return str(request.param)


def both(body: bytes) -> tuple[Any, Any]:
    """What each path makes of `body`; an error counts as its class."""
    found: list[Any] = []
    kept = guarded._fast
    for fast in (kept, None):
        guarded._fast = fast
        try:
            found.append(loads(body))
        except DecodeError as error:
            found.append((type(error), error.retryable))
        finally:
            guarded._fast = kept
    return found[0], found[1]


def same(left: Any, right: Any) -> bool:
    """Equal in value and in type, all the way down."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right) and str(left) == str(right)


def test_the_accelerator_is_here_to_be_compared() -> None:
    assert guarded._fast is not None


@pytest.mark.fault(18)
@settings(deadline=None)
@given(VALUES)
def test_documents_round_trip_exactly(value: Any) -> None:
    body = document_bytes(value)
    assert both(body)[0] == value
    assert same(*both(body))
    parsed = loads(body)
    assert raw_of(parsed, PARSED) == document_bytes(parsed)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), object(), {1, 2}, datetime(2026, 1, 1)])
def test_what_a_program_hands_over_is_kept_only_if_json_can_hold_it(value: object) -> None:
    with pytest.raises(DecodeError):
        raw_of({"tid": "1", "more": [value]}, ShopConfig("any", "s", "https://x.example", foreign=True))


@settings(deadline=None)
@given(st.binary(max_size=40) | st.text('{}[]":,0123456789.eE+-\\untrfals \n\t', max_size=40).map(str.encode))
def test_both_paths_agree_on_damaged_documents(body: bytes) -> None:
    assert same(*both(body))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b'{"a":1', b'{"a":1}}', b"[1,]", b'{"a":}', b"{'a':1}", b"nul", b"01", b"+1", b".5", b"1.",
        b'"a', b'["\\x"]', b'{"a":1} x', b"\xff\xfe", b'"\xff"', b"[NaN]", b"[Infinity]", b"[-Infinity]",
        b'["\\ud800"]', b'["\\udc00\\ud800"]', b'{"\\ud800":1}', b"[1e999]", b"[1E-999]", b"[1e100000000]",
        b"[" + b"9" * 401 + b"]", b"[0." + b"9" * 401 + b"]",
    ],
    ids=lambda body: repr(body[:16]),
)  # fmt: skip
def test_hostile_documents_are_refused(parser: str, body: bytes) -> None:
    with pytest.raises(DecodeError):
        loads(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\xef\xbb\xbf[1]", [1]),
        (b'["tab\there"]', ["tab\there"]),
        (b'["line\nend\r"]', ["line\nend\r"]),
        (b'["\\ud83c\\udf81"]', ["🎁"]),
        (b"[123456789012345678.99]", [Decimal("123456789012345678.99")]),
        (b"[3928811212345678901234567890]", [3928811212345678901234567890]),
        (b"[1e2, -0, 0.10]", [Decimal("1E+2"), 0, Decimal("0.10")]),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b" \n[1]\t ", [1]),
    ],
    ids=lambda value: repr(value)[:24],
)
@pytest.mark.fault(13)
def test_awkward_documents_are_read_alike(parser: str, body: bytes, value: Any) -> None:
    assert same(loads(body), value)


@settings(deadline=None)
@given(st.integers(1, DEPTH_MAX), TEXT)
def test_depth_up_to_the_limit_is_accepted_whatever_stands_in_texts(depth: int, noise: str) -> None:
    inner = json.dumps(noise + '\\"[[[[{{\n"') + ',"' + "[" * 200 + '"'
    assert loads("[" * depth + inner + "]" * depth) is not None


@pytest.mark.parametrize("before", ['"', '"\\n",', '"\\\\",', '"a\\"b",', '"[",'])
@pytest.mark.parametrize("depth", [DEPTH_MAX + 1, 500, 100_000])
def test_deeper_documents_are_refused_before_any_parser_sees_them(parser: str, before: str, depth: int) -> None:
    head = before if before != '"' else ""
    body = f'[{head}{"[" * depth}1{"]" * depth},"end"]'
    with pytest.raises(DecodeError, match="deeper"):
        loads(body)


def test_large_documents_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "BYTES_MAX", 100)
    with pytest.raises(DecodeError, match="limit is 100"):
        loads(b"[" + b" " * 100 + b"]")


@pytest.mark.fault(12)
def test_a_document_cut_short_may_be_asked_for_again() -> None:
    with pytest.raises(DecodeError, match="cut short") as caught:
        loads(b'{"trades":[{"tid":1')
    assert caught.value.retryable


@pytest.mark.fault(13)
@settings(deadline=None)
@given(st.text("订单收货人北京市abc 123", max_size=30))
def test_the_charset_of_the_header_decides(words: str) -> None:
    for charset in ("gbk", "GB18030", "utf-8", '"UTF-8"'):
        body = words.encode(charset.strip('"'))
        assert to_text(body, {"content-type": f"application/json; charset={charset}"}) == words


@pytest.mark.fault(13)
@pytest.mark.parametrize("charset", ["utf-8", "nonsense", "hex", "base64"])
def test_a_charset_is_never_guessed(charset: str) -> None:
    with pytest.raises(DecodeError, match="as its header says"):
        to_text("订单".encode("gbk"), {"content-type": f"text/json;charset={charset}"})


@pytest.mark.fault(13, 39)
@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "undefined", "unicode_escape", "utf-7", "zlib", "aliases", "é", "x" * 5000]
)
def test_whoever_sends_a_document_does_not_choose_how_long_it_takes(charset: str) -> None:
    """Some of Python's codecs take the square of the size, some raise what is no decoding error, and each name that
    none has is remembered for ever."""
    body = b"abc-" + b"9zz" * 300_000
    for turn in range(3):
        with pytest.raises(DecodeError):
            to_text(body, {"content-type": f"application/json; charset={charset}{'' if turn == 0 else turn}"})
    assert not [name for name in encodings._cache if name.startswith(charset[:40].replace("-", "_") + "1")]


def test_text_with_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(DecodeError, match="surrogate"):
        loads('["\ud800"]')


@pytest.mark.parametrize(
    "value", ["\ud800", float("nan"), float("inf"), object(), b"x"], ids=["half", "nan", "inf", "object", "bytes"]
)
def test_a_document_of_the_program_that_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(DecodeError):
        document_bytes({"a": [value]})


@settings(deadline=None)
@given(AMOUNTS)
def test_amounts_are_written_as_text(amount: Decimal) -> None:
    assert json.loads(dumps({"a": amount})) == {"a": str(amount)}
