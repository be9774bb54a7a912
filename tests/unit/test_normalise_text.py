"""Matching forms of text and phones: tables of strings, and laws."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.normalise.contact import parse_contact
from orderhub.normalise.phone import PhoneKind, parse_phone
from orderhub.normalise.text import clean, matching_form, simplified

CLEANED = {
    "": "", " ": "", "　": "", "abc": "abc", " a  b ": "a b", "a\tb\r\nc": "a b c", "ＡＢＣ１２３": "ABC123",
    "（上海）": "(上海)", "！？：；，": "!?:;,", "％＃＠＆": "%#@&", "￥１２．５０": "¥12.50", "ｱｲｳ": "アイウ", "①②③": "123",
    "㎏": "kg", "㈱": "(株)", "ﬁne": "fine", "a\u200bb": "ab", "a\u200cb": "ab", "a\ufeffb": "ab", "\ufeff张三": "张三",
    "张\u200e三\u200f": "张三", "张\u202a三\u202c": "张三", "a\u00adb": "ab", "a\u2060b": "ab", "a\u00a0b": "a b",
    "a\u2003b": "a b", "a\u3000b": "a b", "a\u0000b": "ab", "a\u001bb": "ab", "a\u007fb": "ab", "a\ue000b": "ab",
    "张\u3164三": "张三", "\u2800\u2800": "", "\u115f收货": "收货", "a\u2028b": "a b", "&amp;": "&", "&lt;b&gt;": "<b>",
    "&quot;a&quot;": '"a"', "&#39;": "'", "&#x27;": "'", "&nbsp;a": "a", "&amp;amp;": "&", "&amp;#39;": "'", "&#20320;&#22909;": "你好",
    "A&B": "A&B", "A & B": "A & B", "R&D;": "R&D;", "&unknownentity;": "&unknownentity;", "&;": "&;", "&#;": "&#;",
    "你好😀": "你好😀", "👨\u200d👩\u200d👧": "👨\u200d👩\u200d👧", "𠮷野家": "𠮷野家", "é": "é", "e\u0301": "é", "한국": "한국",
    "a\n\n\nb": "a b", "\u202e反": "反", "¼": "1⁄4", "Ⅷ号楼": "VIII号楼", "３号楼　２单元": "3号楼 2单元",
}  # fmt: skip
WITHOUT_EMOJI = {
    "你好😀": "你好", "😀你好😀": "你好", "送货☎️请打电话": "送货 请打电话", "👨\u200d👩\u200d👧家": "家", "1️⃣号": "1号", "🇨🇳": "", "❤️": "",
    "a😀😀b": "a b", "👍🏽好": "好", "㊙️": "", "无": "无", "①": "1",
}  # fmt: skip
MATCHED = {
    "张 三": "张三", "張三": "张三", "ＺＨＡＮＧ": "zhang", "O'Neil": "oneil", "臺灣省": "台湾省", "廣東 · 廣州": "广东广州", "STRASSE": "strasse",
    "straße": "strasse", "3号-2": "3号2", "😀张三😀": "张三", "&#24352;三": "张三", "a_b": "ab",
}  # fmt: skip


@pytest.mark.fault(20)
@pytest.mark.parametrize(("text", "wanted"), CLEANED.items())
def test_cleaning(text: str, wanted: str) -> None:
    assert clean(text) == wanted


@pytest.mark.parametrize(("text", "wanted"), WITHOUT_EMOJI.items())
def test_emoji_are_dropped_on_request(text: str, wanted: str) -> None:
    assert clean(text, emoji="drop") == wanted


@pytest.mark.parametrize(("text", "wanted"), MATCHED.items())
def test_matching_forms(text: str, wanted: str) -> None:
    assert matching_form(text) == wanted


def test_there_are_eighty_strings() -> None:
    assert len(CLEANED) + len(WITHOUT_EMOJI) + len(MATCHED) >= 80


def test_emoji_can_be_marked_where_a_printer_has_none() -> None:
    assert clean("好😀😀评", emoji="mark") == "好□评"


@given(st.text(max_size=60))
@settings(max_examples=400, deadline=None)
def test_cleaning_once_is_enough_for_what_is_no_entity(text: str) -> None:
    once = clean(text.replace("&", "＋"))
    assert clean(once) == once
    assert not any(letter in once for letter in "\u200b\u200e\ufeff\u0000\u3000")
    form = matching_form(once)
    assert matching_form(form) == form or "ß" in once or not form.isascii()


@given(st.characters())
@settings(max_examples=300, deadline=None)
def test_one_letter_never_fails(letter: str) -> None:
    assert len(simplified(letter)) == 1
    clean(letter, emoji="drop")
    parse_phone(letter)


PHONES = {
    "13800138000": (PhoneKind.MOBILE, "13800138000", None), "+86 138 0013 8000": (PhoneKind.MOBILE, "13800138000", None),
    "0086-13800138000": (PhoneKind.MOBILE, "13800138000", None), "86-138-0013-8000": (PhoneKind.MOBILE, "13800138000", None),
    "１３８００１３８０００": (PhoneKind.MOBILE, "13800138000", None), "13800138000-1234": (PhoneKind.MOBILE, "13800138000", "1234"),
    "13800138000转1234": (PhoneKind.MOBILE, "13800138000", "1234"), "13800138000 转 1234": (PhoneKind.MOBILE, "13800138000", "1234"),
    "13800138000转接1234": (PhoneKind.MOBILE, "13800138000", "1234"), "13800138000,1234": (PhoneKind.MOBILE, "13800138000", "1234"),
    "13800138000#1234": (PhoneKind.MOBILE, "13800138000", "1234"), "13800138000[1234]": (PhoneKind.MOBILE, "13800138000", "1234"),
    "13800138000_1234": (PhoneKind.MOBILE, "13800138000", "1234"), "18000000000ext.12": (PhoneKind.MOBILE, "18000000000", "12"),
    "13800138000分机88": (PhoneKind.MOBILE, "13800138000", "88"), "010-62345678": (PhoneKind.LANDLINE, "01062345678", None),
    "010-62345678-801": (PhoneKind.LANDLINE, "01062345678", "801"), "(0755)86123456": (PhoneKind.LANDLINE, "075586123456", None),
    "0755-86123456转1001": (PhoneKind.LANDLINE, "075586123456", "1001"), "+86 10 62345678": (PhoneKind.LANDLINE, "01062345678", None),
    "0571 8765 4321": (PhoneKind.LANDLINE, "057187654321", None), "400-820-8820": (PhoneKind.SERVICE, "4008208820", None),
    "800-810-8888": (PhoneKind.SERVICE, "8008108888", None), "95338": (PhoneKind.SERVICE, "95338", None),
    "400-820-8820-123": (PhoneKind.SERVICE, "4008208820", "123"),
    "138****8000": (PhoneKind.MASKED, None, None), "1380013****": (PhoneKind.MASKED, None, None), "***********": (PhoneKind.MASKED, None, None),
    "138****8000-1234": (PhoneKind.MASKED, None, "1234"),
    "~AgAAAAKx8FkEk0RTIQB9u1bZQ==~1~": (PhoneKind.ENCRYPTED, None, None),
    "$aBcDeF0123456789aBcDeF==$1$": (PhoneKind.ENCRYPTED, None, None),
    "+852 9123 4567": (PhoneKind.INTERNATIONAL, "+85291234567", None), "85291234567": (PhoneKind.INTERNATIONAL, "+85291234567", None),
    "00853-66123456": (PhoneKind.INTERNATIONAL, "+85366123456", None), "+886 912 345 678": (PhoneKind.INTERNATIONAL, "+886912345678", None),
    "+1 650-253-0000": (PhoneKind.INTERNATIONAL, "+16502530000", None), "+49 30 123456": (PhoneKind.INTERNATIONAL, "+4930123456", None),
    "12345": (PhoneKind.INVALID, None, None), "1380013800": (PhoneKind.INVALID, None, None), "138001380000": (PhoneKind.INVALID, None, None),
    "电话": (PhoneKind.INVALID, None, None), "": (PhoneKind.ABSENT, None, None), "  ": (PhoneKind.ABSENT, None, None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), PHONES.items())
def test_phones(text: str, wanted: tuple[PhoneKind, str | None, str | None]) -> None:
    found = parse_phone(text)
    assert (found.kind, found.number, found.extension) == wanted
    assert found.text == text
    assert found.is_callable is (wanted[1] is not None)
    assert not text.strip() or text not in repr(found)


def test_two_spellings_are_one_number() -> None:
    forms = {
        parse_phone(text).matching_form for text in ("13800138000转1234", "+86 138 0013 8000-1234", "13800138000#1234")
    }
    assert forms == {"13800138000-1234"}
    assert parse_phone("138****8000").matching_form is None


def test_numbers_of_other_regions_need_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_phone("(650) 253-0000 x12", region="US").matching_form == "+16502530000-12"
    assert parse_phone("12", region="US").kind is PhoneKind.INVALID
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    assert parse_phone("(650) 253-0000", region="US").kind is PhoneKind.INVALID
    assert parse_phone("+1 650-253-0000", region="US").number == "+16502530000"
    assert parse_phone("+85291234567").number == "+85291234567"


CONTACTS = {
    "张三 13800138000 广东省深圳市南山区科技园1号": ("张三", "13800138000", None, "440305"),
    "广东省深圳市南山区科技园1号，李四，13800138000转12": ("李四", "13800138000", "12", "440305"),
    "收货人：王小明\n电话：138-0013-8000\n地址：上海市 静安区 恒丰路1号": ("王小明", "13800138000", None, "310106"),
    "欧阳女士,021-55550100,上海市静安区恒丰路1号": ("欧阳女士", "02155550100", None, "310106"),
    "John Smith|+86 13800138000|北京市朝阳区建国路88号": ("John Smith", "13800138000", None, "110105"),
    "13800138000 北京市朝阳区建国路88号": (None, "13800138000", None, "110105"),
    "北京市朝阳区建国路88号 海淀": (None, None, None, "110105"),
    "张三 李四 北京市朝阳区建国路88号": ("张三", None, None, "110105"),
    "张三 138****8000 鼓楼区五四路": ("张三", None, None, None),
    "": (None, None, None, None),
}


@pytest.mark.parametrize(("text", "wanted"), CONTACTS.items())
def test_a_receiver_in_one_piece(text: str, wanted: tuple[str | None, str | None, str | None, str | None]) -> None:
    found = parse_contact(text)
    assert (found.name, found.phone.number, found.phone.extension, found.located.address.division_code) == wanted
    assert not found.name or found.name not in repr(found)
