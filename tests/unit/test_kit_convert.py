"""Converters refuse what they cannot read exactly, and say what they wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderhub.kit.convert import (
    CONVERTERS,
    beijing_time,
    boolean,
    cny_fen,
    cny_yuan,
    decimal_text,
    epoch_ms,
    epoch_s,
    ident,
    iso_time,
    masked,
    quantity,
    rows_of,
    shown_word,
    text,
    unescaped,
)

NOT_A_NUMBER = [True, False, 1.0, 0.1, float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity"), None, [], {},
                b"1", "", "abc", "1e5", "1,000", "0x10", "NaN", "１", "--1", "1.2.3", " "]  # fmt: skip
CENTS = st.integers(-(10**12), 10**12) | st.integers(1 - 10**18, 10**18 - 1)  # a float keeps fifteen digits
SECONDS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(microsecond=0))


@pytest.mark.fault(18)
@pytest.mark.parametrize("value", NOT_A_NUMBER, ids=repr)
@pytest.mark.parametrize("convert", [decimal_text, cny_yuan, cny_fen, quantity, epoch_s, epoch_ms])
def test_numbers_are_never_guessed(convert: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        convert(value)


@pytest.mark.parametrize("value", [1.0, True, None, [], {}, b"x"], ids=repr)
@pytest.mark.parametrize("name", ["text", "unescaped", "ident", "beijing_time", "iso_time"])
def test_text_is_never_made_of_something_else(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        CONVERTERS[name](value)


@pytest.mark.fault(18)
@settings(deadline=None)
@given(CENTS)
@example(99_999_999_999_999_999)
def test_yuan_are_read_to_the_cent_in_every_form(cents: int) -> None:
    exact = Decimal(cents).scaleb(-2)
    for form in (f"{exact:.2f}", f" {exact:.2f} ", exact, f"{exact:.2f}00"):
        assert cny_yuan(form) == exact
    assert cny_fen(cents) == cny_fen(str(cents)) == exact
    assert cny_yuan(exact).as_tuple().exponent == -2


def test_amounts_below_one_fen_are_kept() -> None:
    assert cny_yuan("0.005") == Decimal("0.005")


@pytest.mark.parametrize("value", [Decimal("1E+300"), Decimal(10) ** 18, 10**40, "9" * 19], ids=str)
def test_amounts_beyond_all_money_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        cny_yuan(value)


@pytest.mark.parametrize("value", ["1.5", 1.9, Decimal("1.5"), "1.0"], ids=repr)
def test_quantities_are_whole(value: Any) -> None:
    with pytest.raises(ValueError, match="whole"):
        quantity(value)
    assert (quantity("3"), quantity(3), quantity(Decimal("3.0"))) == (3, 3, 3)


@settings(deadline=None)
@given(SECONDS)
def test_beijing_time_is_eight_hours_ahead_of_utc(local: datetime) -> None:
    found = beijing_time(local.strftime("%Y-%m-%d %H:%M:%S"))
    assert found is not None
    assert found.tzinfo is UTC
    assert found.replace(tzinfo=None) + timedelta(hours=8) == local


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    "value",
    ["2024-06-18", "2024-06-18T10:30:00", "2024-06-18 10:30", "2024-13-18 10:30:00", "2024-06-18 25:30:00",
     "2024-06-18 10:30:00+08:00", "1718677800"],
)  # fmt: skip
def test_other_forms_of_time_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        beijing_time(value)


@pytest.mark.fault(21)
@pytest.mark.parametrize("day", ["0001-01-01", "1970-01-01", "0000-00-00"])
def test_sentinel_dates_are_no_dates(day: str) -> None:
    assert beijing_time(f"{day} 00:00:00") is None
    assert iso_time(f"{day}T00:00:00Z") is None


@settings(deadline=None)
@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_instants_survive_every_encoding(at: datetime) -> None:
    millis = at.replace(microsecond=at.microsecond // 1000 * 1000)
    whole = at.replace(microsecond=0)
    since = datetime(1970, 1, 1, tzinfo=UTC)
    assert iso_time(at.isoformat()) == at
    assert epoch_s((whole - since) // timedelta(seconds=1)) == whole
    assert epoch_ms(str((millis - since) // timedelta(milliseconds=1))) == millis


@pytest.mark.fault(21)
def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        iso_time("2024-06-18T10:30:00")
    assert (epoch_s(0), epoch_ms(0)) == (None, None)


def test_ids_and_flags() -> None:
    assert ident(3928811212345678901) == ident(" 3928811212345678901 ") == "3928811212345678901"
    with pytest.raises(ValueError, match="empty"):
        ident("  ")
    assert [boolean(value) for value in (True, "true", "1", 1, "YES")] == [True] * 5
    assert [boolean(value) for value in (False, "false", "0", 0, "no")] == [False] * 5
    for odd in (2, "maybe", 1.0, None):
        with pytest.raises(ValueError, match="true or false"):
            boolean(odd)


@pytest.mark.fault(20)
def test_text_stays_as_it_was_written() -> None:
    assert text(" 请周末送货 🎁\n") == " 请周末送货 🎁\n"
    assert unescaped("A&amp;B") == "A&B"


ROWS = st.lists(st.fixed_dictionaries({"a": st.integers(), "b": st.integers()}), min_size=1, max_size=4)


@settings(deadline=None)
@given(ROWS, st.text("abc", min_size=1, max_size=4))
def test_a_list_is_the_same_however_it_is_wrapped(rows: list[dict[str, int]], name: str) -> None:
    assert rows_of(rows) == rows_of({name: rows}) == rows
    assert rows_of(rows[0]) == rows_of({name: rows[0]}) == rows_of([rows[0]]) == rows[:1]


@pytest.mark.parametrize("empty", [None, "", [], {}, {"row": []}], ids=repr)
def test_nothing_is_no_rows(empty: Any) -> None:
    assert rows_of(empty) == []


@settings(deadline=None)
@given(st.text(min_size=2, max_size=40), st.integers(10**6, 10**12))
def test_what_is_shown_of_a_value_does_not_tell_it(value: str, number: int) -> None:
    personal = "收件人" + value
    assert personal not in masked(personal)
    assert str(number) not in masked(number)


@pytest.mark.parametrize("read", [iso_time, beijing_time])
@pytest.mark.parametrize("told", ["收件人王小明", "wang@example.com 1381", "2024-06-18 王小明1381", "13812345678"])
def test_what_is_no_time_is_refused_without_repeating_it(read: Any, told: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        read(told)
    assert told not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("code", ["WAIT_PREPARE", "17", "TRADE.NEW-2", "x:y", "C0303"])
def test_a_strange_word_is_shown_when_it_can_be_a_code(code: str) -> None:
    assert shown_word(code) == code


@pytest.mark.parametrize(
    "person", ["13812345678", "王小明", "Wang Xiaoming", "wang@example.com", "SF13812345678", "a" * 65]
)
def test_a_strange_word_that_may_be_a_person_is_masked(person: str) -> None:
    assert person not in shown_word(person)


@pytest.mark.parametrize("value", ["1E+999999999999", "-9E-999999999999", "NaN", "-Infinity", "1" * 60, "-0"])
def test_any_number_can_be_masked(value: str) -> None:
    """Also those that no arithmetic takes: the error about a bad value must not fail itself."""
    assert masked(Decimal(value)).startswith("number of ")
