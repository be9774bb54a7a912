"""Notifications: every template in every language, nothing personal leaves, each key once."""

from __future__ import annotations

import json
import logging
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.notify import TEMPLATES, LocalSink, LogSink, Template, render, staff_alert
from orderhub.notify.masking import SHOWN, scrubbed
from orderhub.notify.templates import checked
from orderhub.ports import Message, Notifier

VALUES = {"order": "3141592653589", "carrier": "sf", "waybill_no": "SF1011603494291", "code": "decode", "message": "x",
          "sku": "TEE-07", "quantity": "2", "threshold": "5", "detail": "-",
          "amount": "12.50 CNY", "refund": "271828182845", "place": "杭州转运中心"}  # fmt: skip
CASES = [(name, locale) for name, template in TEMPLATES.items() for locale in template.texts]


def message(key: str = "k", template: str = "order_shipped", locale: str = "zh", **values: str) -> Message:
    return Message(key, "local", "13800138000", template, {**VALUES, **values}, locale)


def test_every_template_is_sound_and_speaks_both_languages() -> None:
    assert checked(TEMPLATES) == []
    assert all(set(template.texts) == {"zh", "en"} for template in TEMPLATES.values())
    assert all(set(template.fields.values()) <= set(SHOWN) for template in TEMPLATES.values())
    broken = Template("t", "staff", {"a": "plain"}, {"zh": ("{{ a }}", "{{ b }}")})
    assert len(checked({"t": broken})) == 1


@pytest.mark.parametrize(("name", "locale"), CASES)
def test_every_text_holds_its_facts(name: str, locale: str) -> None:
    told = render(message(template=name, locale=locale))
    assert "{" not in told.subject + told.body
    if TEMPLATES[name].audience == "buyer":
        assert "…653589" in told.body and "3141592653589" not in told.body
        if "waybill_no" in TEMPLATES[name].fields:
            assert "SF1011603494291" in told.body and ("顺丰" if locale == "zh" else "SF Express") in told.body


@pytest.mark.fault(65)
@pytest.mark.parametrize(("name", "locale"), CASES)
def test_a_missing_or_empty_field_is_refused_before_sending(name: str, locale: str) -> None:
    for field in set(TEMPLATES[name].fields) - TEMPLATES[name].optional:
        sink = LocalSink()
        whole = message(template=name, locale=locale)
        without = replace(whole, values={key: value for key, value in whole.values.items() if key != field})
        for bad in (without, message(template=name, locale=locale, **{field: " "})):
            with pytest.raises(ConfigurationError, match=field) as caught:
                render(bad)
            assert caught.value.field == field
        first, second = sink.send([without, replace(whole, key="other")])
        assert (first.ok, first.reason, second.ok) == (False, "refused", True)
        assert [told.key for told in sink.sent] == ["other"]
        assert sink.send([replace(whole, key=first.key)])[0].reason is None, "a refused key was not used up"


def test_unknown_template_and_language_are_refused() -> None:
    for bad in (message(template="no_such"), message(locale="fr")):
        [outcome] = LocalSink().send([bad])
        assert not outcome.ok and isinstance(outcome.error, ConfigurationError)


@given(st.sampled_from(["13800138000", "+86 138-0013-8000", "010-88886666", "ming@example.com"]), st.text(max_size=5))
def test_free_text_never_shows_phones_or_mail(secret: str, around: str) -> None:
    spaced = around.replace("@", "").strip() or "的"
    told = render(staff_alert("audit", "taobao:tb-1:1", f"{spaced} {secret}，{spaced}"))
    digits = "".join(filter(str.isdecimal, told.body.replace(spaced, "")))
    assert secret not in told.body and "ming@" not in told.body and "13800138000" not in digits


@pytest.mark.parametrize(
    "kept", ["SF1011603494291", "运单 773031309794393", "taobao:tb-1:3141592653589793238", "2024-05-20"]
)
def test_free_text_keeps_numbers_that_name_nobody(kept: str) -> None:
    assert scrubbed(kept) == kept


@pytest.mark.parametrize(
    ("way", "value", "shown"),
    [("name", "欧阳小明", "欧*"), ("phone", "13800138000", "****8000"), ("phone", "123", "****"),
     ("address", "浙江省杭州市西湖区1号", "浙江省…"), ("tail", "12345", "12345"), ("carrier", "zzz", "zzz")],
)  # fmt: skip
def test_ways_to_show(way: str, value: str, shown: str) -> None:
    assert SHOWN[way](value, "zh") == shown


def test_values_that_no_field_names_never_leave() -> None:
    told = render(message(phone="13912345678", name="王小明"))
    assert "139" not in told.body and "王小明" not in told.body and "13800138000" not in repr(told)


@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_each_key_is_said_once(keys: list[str]) -> None:
    sink: Notifier = LocalSink()
    outcomes = sink.send([message(key) for key in keys])
    assert [o.key for o in outcomes] == keys and all(o.ok for o in outcomes)
    first = [index for index, key in enumerate(keys) if key not in keys[:index]]
    assert [index for index, o in enumerate(outcomes) if o.reason is None] == first
    assert [told.key for told in sink.sent] == [keys[index] for index in first]  # type: ignore[attr-defined]


def test_threads_say_a_key_once() -> None:
    sink = LocalSink()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: sink.send([message()])[0], range(64)))
    assert len(sink.sent) == 1 and sum(o.reason is None for o in outcomes) == 1


def test_an_alert_is_one_per_order_and_code_until_solved() -> None:
    sink = LocalSink()
    alert = staff_alert("out_of_stock", "taobao:tb-1:1", "short by 2")
    again = [sink.send([alert])[0].reason for _ in range(2)]
    other = sink.send([staff_alert("address_incomplete", "taobao:tb-1:1", "no street")])[0].reason
    sink.forget([alert.key])
    assert [*again, other, sink.send([alert])[0].reason] == [None, "already_done", None, None]


def test_the_file_remembers_and_masks(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    LocalSink(path).send([message("a"), message("b")])
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["key"] for line in lines] == ["a", "b"] and {line["to"] for line in lines} == {"****8000"}
    assert "13800138000" not in path.read_text(encoding="utf-8")
    sink = LocalSink(path)
    assert [o.reason for o in sink.send([message("a"), message("c")])] == ["already_done", None]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@given(cut=st.integers(1, 300))
def test_a_torn_line_is_said_again(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("torn") / "sent.jsonl"
    LocalSink(path).send([message("a"), message("b")])
    path.write_bytes(path.read_bytes()[:-cut])
    LocalSink(path).send([message("a"), message("b"), message("c")])
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["a", "b", "c"]


def test_a_failing_file_is_an_outcome_and_can_be_repeated(tmp_path: Path) -> None:
    sink = LocalSink(tmp_path / "missing" / "sent.jsonl")
    [failed] = sink.send([message()])
    assert not failed.ok and failed.error is not None and failed.error.retryable and sink.sent == []
    (tmp_path / "missing").mkdir()
    assert sink.send([message()])[0].reason is None


def test_the_log_shows_neither_receiver_nor_text(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "orderhub.notify"):
        outcomes = LogSink().send([message(), message()])
    assert [o.reason for o in outcomes] == [None, "already_done"] and len(caplog.records) == 1
    told = str(vars(caplog.records[0]))
    assert "您的订单已发货" in told and "13800138000" not in told and "SF1011603494291" not in told
