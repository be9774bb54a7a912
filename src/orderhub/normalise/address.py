"""Free text to province, city, district with codes and a confidence. Pure; imports this room and `models`.

Names are read from the front, longest reading first, each within the one before: a city's name inside a street's name
never counts. Every reading is tried and the one that explains most of the text wins; when several explain as much, what
they agree on is answered and no more. `street` is what follows the last name, cleaned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from orderhub.models.person import Address
from orderhub.normalise.divisions import Form, Gazetteer, gazetteer
from orderhub.normalise.folded import Folded

__all__ = ["CERTAIN", "Located", "locate", "parse_address"]

CERTAIN = 80
"""Confidence from which a division may be used without asking anybody."""

_PENALTIES = {
    "short_name": 3, "old_name": 5, "level_skipped": 10, "not_anchored": 10, "stops_at_city": 15,
    "stops_at_province": 45, "ambiguous": 25, "contradiction": 35, "lone_short_name": 40, "province_inferred": 5,
}  # fmt: skip
"""What each remark takes off a confidence of 100."""
_SKIPPED = re.compile(
    r"(?:中国|中华人民共和国|市辖区|省直辖县级行政区划|自治区直辖县级行政区划|省直辖县|自治区直辖|直辖县|其[它他]区)"
)
_COUNTY_LAYER = "县"
_PART_OF_A_WORD = re.compile(
    r"[东南西北中前后上下新老大小内外一二三四五六七八九十]{0,2}"
    r"(?:环?路|大?街|镇|乡|大?道|巷|弄|胡同|里(?!屯|程)|村|屯|桥|门|站|(?:国际)?机场|火车站|高铁|港|码头|大学|学院|中学|小学|医院|银行|酒店"
    r"|饭店|宾馆|大厦|公寓|花园|花苑|家园|公园|山庄|小区|新村|湾|苑|府|庄|会馆|湖|江|河|海岸|市场|商城|百货)"
)
_AFTER_FULL = "场"
_TOWN = re.compile(
    r"[^\d号弄]{1,10}?街道(?!口)(?:办事处)?"
    r"|[^\d路街巷弄号]{1,12}?(?:地区办事处|(?<!新)镇(?!政府|江|海|[东西南北]路)|(?<!新|故|城)乡(?!路|村|下|里|镇)|苏木)"
)
_HEAD = re.compile(r"(?:收货|收件|详细|送货|寄送?|邮寄)?地址|寄到|送到|所在地区")
_POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class Located:
    """Where an address lies.

    Attributes:
        address: Official names of today; `street` is the rest of the text.
        confidence: 0 to 100; from `CERTAIN` on it needs nobody's eye.
        remarks: What speaks against certainty, words of `_PENALTIES`.
        candidates: Codes that fit as well, when the text does not decide.
    """

    address: Address
    confidence: int
    remarks: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether the division may be used as it is."""
        return self.confidence >= CERTAIN


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read the front of a text."""

    forms: tuple[Form, ...] = ()
    start: int = 0
    end: int = 0
    letters: int = 0
    contradicts: bool = False

    @property
    def key(self) -> str:
        return self.forms[-1].key if self.forms else ""

    @property
    def age(self) -> tuple[int, int]:
        """Former names in it, and how long the last of them is gone."""
        return sum(form.is_old for form in self.forms), -min(form.last for form in self.forms)

    @property
    def weight(self) -> int:
        """Explained letters, one less where they contradict what stands before."""
        return self.letters - self.contradicts


def parse_address(text: str, *, within: str | None = None) -> Located:
    """Read one address.

    Args:
        text: As it was written, names and separators in any width or script.
        within: A division code that is known to hold, for texts that leave the upper levels out.
    """
    folded = Folded.of(text)
    table = gazetteer()
    readings = _best(_readings(table, folded, _known(table, within)))
    if not readings:
        return Located(Address(street=text.strip() or None), 0)
    if len({reading.key for reading in readings}) > 1:
        return _ambiguous(table, folded, readings)
    return _located(table, folded, readings[0], bool(within))


def locate(address: Address) -> Located:
    """The divisions of an address whose parts are given, some of them wrong, short, old or missing.

    The parts are read together, so that a city that stands in the district's place is found. `town` and `street` help
    only where the upper parts leave something open, and stay as they are.
    """
    upper = [part for part in (address.province, address.city, address.district) if part]
    found = parse_address(" ".join(upper))
    lower = " ".join(part for part in (address.town, address.street) if part)
    if lower and (not upper or found.candidates or "stops" in " ".join(found.remarks)):
        whole = parse_address(" ".join([*upper, lower]))
        found = whole if whole.confidence >= found.confidence else found
    kept = {"town": address.town, "street": address.street, "postal_code": address.postal_code}
    named = {name: getattr(found.address, name) for name in ("province", "city", "district", "division_code")}
    given = {name: value or getattr(address, name) for name, value in named.items()}
    town = kept["town"] or found.address.town if not address.street else kept["town"]
    return replace(found, address=Address(**{**kept, **given, "town": town, "country": address.country}))


def _known(table: Gazetteer, within: str | None) -> str:
    return within if within in table.divisions and within else ""


def _readings(table: Gazetteer, folded: Folded, within: str) -> Iterator[_Reading]:
    for start in _starts(folded):
        found = list(_walk(table, folded, _Reading(start=start, end=start), within))
        yield from found
        if any(each.forms[0].level == 1 and not table.has_districts(each.key) for each in found):
            return  # from province to the last level: nothing further behind can explain it better


def _starts(folded: Folded) -> Iterator[int]:
    """Where an address may begin: at the front, after what introduces it, after each separator."""
    yield from sorted({0, *folded.breaks, *(found.end() for found in _HEAD.finditer(folded.text))} - {len(folded.text)})


def _walk(table: Gazetteer, folded: Folded, so_far: _Reading, within: str) -> Iterator[_Reading]:
    """Every way to go on from here, and stopping here."""
    node = so_far.key or within
    for at in _skips(folded, so_far.end):
        for form, end in _forms(table, folded, at):
            if so_far.forms and (form.key == node or form.key in _above(table, node)):
                repeated = replace(so_far, end=end)
                yield from _walk(table, folded, repeated, within)
            elif not node or node in form.within or (so_far.forms and so_far.forms[-1].was & form.within):
                following = replace(so_far, forms=(*so_far.forms, form), end=end, letters=so_far.letters + end - at)
                yield from _walk(table, folded, following, within)
            elif _may_contradict(table, so_far, form):
                other = _Reading((form,), so_far.start, end, end - at, True)
                yield from (r for r in _walk(table, folded, other, "") if len(r.forms) > 1 or not form.is_short)
    if so_far.forms:
        yield so_far


def _may_contradict(table: Gazetteer, so_far: _Reading, form: Form) -> bool:
    """A full city or county right behind a province that it does not lie in: the smaller unit is believed."""
    if so_far.contradicts or form.is_short or not so_far.forms:
        return False
    return table.divisions[so_far.key].level == 1 and table.divisions[form.key].level > 1


def _skips(folded: Folded, at: int) -> Sequence[int]:
    """Positions after what may stand between two names."""
    found = [at]
    while skipped := _SKIPPED.match(folded.text, found[-1]):
        found.append(skipped.end())
    if folded.text.startswith(_COUNTY_LAYER, found[-1]) and at:
        found.append(found[-1] + len(_COUNTY_LAYER))
    return found


def _forms(table: Gazetteer, folded: Folded, at: int) -> Iterator[tuple[Form, int]]:
    for length in range(min(table.length_max, len(folded.text) - at), 1, -1):
        end = at + length
        for form in table.forms.get(folded.text[at:end], ()):
            if not _swallowed(table, folded, form, end):
                yield form, end


def _swallowed(table: Gazetteer, folded: Folded, form: Form, end: int) -> bool:
    """Whether the name is only the beginning of a longer word: 南京 in 南京东路, 北京市 in 北京市场.

    It is not when a name of something within it follows: 石家庄 stands for itself in 石家庄桥西区.
    """
    if end in folded.breaks or end == len(folded.text):
        return False
    if not form.is_short:
        return folded.text[end] in _AFTER_FULL
    return bool(_PART_OF_A_WORD.match(folded.text, end)) and not any(
        form.key in inner.within for inner, _ in _forms(table, folded, end)
    )


@lru_cache(maxsize=8192)
def _above(table: Gazetteer, key: str) -> frozenset[str]:
    return frozenset(division.key for division in table.chain(key)[:-1]) if key else frozenset()


def _best(readings: Iterator[_Reading]) -> list[_Reading]:
    """The readings that explain most; of equal ones those that start first, at the larger unit, in today's names."""
    found = list(readings)
    if not found:
        return []
    most = max(reading.weight for reading in found)
    best = [reading for reading in found if reading.weight == most]
    ranks = [(reading.contradicts, reading.start, reading.forms[0].level, reading.age) for reading in best]
    chosen = [reading for reading, rank in zip(best, ranks, strict=True) if rank == min(ranks)]
    before = any(each.end <= chosen[0].start and not each.forms[-1].is_short for each in found)
    return [replace(reading, contradicts=True) for reading in chosen] if before else chosen


def _ambiguous(table: Gazetteer, folded: Folded, readings: Sequence[_Reading]) -> Located:
    """What all readings agree on, and the codes that they differ in."""
    chains = [table.chain(reading.key) for reading in readings]
    shared = [parts[0].key for parts in zip(*chains, strict=False) if len({part.key for part in parts}) == 1]
    candidates = tuple(sorted({table.divisions[reading.key].code for reading in readings}))
    if not shared:
        return Located(Address(street=folded.original.strip()), 0, ("ambiguous",), candidates)
    reading = replace(readings[0], forms=(*readings[0].forms[:-1], replace(readings[0].forms[-1], key=shared[-1])))
    found = _located(table, folded, reading, False)
    remarks = (*found.remarks, "ambiguous")
    rest = folded.rest(min(each.end for each in readings))
    return replace(
        found, confidence=_confidence(remarks), remarks=remarks, candidates=candidates,
        address=found.address.model_copy(update={"street": rest or None}),
    )  # fmt: skip


def _located(table: Gazetteer, folded: Folded, reading: _Reading, hinted: bool) -> Located:
    province, city, district = table.names(reading.key)
    town_end = _town(folded, reading.end)
    town = folded.slice(reading.end, town_end) or None
    remarks = tuple(_remarks(table, reading, hinted))
    address = Address(
        province=province, city=city, district=district, town=town, street=folded.rest(town_end) or None,
        postal_code=_postcode(folded.original), division_code=table.divisions[reading.key].code,
    )  # fmt: skip
    return Located(address, _confidence(remarks), remarks)


def _postcode(text: str) -> str | None:
    found = _POSTCODE.search(text)
    return found[0] if found else None


def _town(folded: Folded, at: int) -> int:
    found = _TOWN.match(folded.text, at)
    return found.end() if found else at


def _remarks(table: Gazetteer, reading: _Reading, hinted: bool) -> Iterator[str]:
    forms, division = reading.forms, table.divisions[reading.key]
    if any(form.is_short for form in forms):
        yield "short_name"
    if any(form.is_old for form in forms):
        yield "old_name"
    if len(forms) == 1 and forms[0].is_short and division.level == 3:
        yield "lone_short_name"
    elif not hinted and table.divisions[forms[0].key].level > 1:
        yield "province_inferred"
    levels = [table.divisions[form.key].level for form in forms]
    if levels[0] == 1 and 3 in levels and 2 not in levels and table.divisions[division.parent].level == 2:
        yield "level_skipped"
    if reading.contradicts:
        yield "contradiction"
    if division.level < 3 and table.has_districts(division.key):
        is_seat = table.names(division.key)[1] is not None
        yield "stops_at_city" if is_seat else "stops_at_province"


def _confidence(remarks: Sequence[str]) -> int:
    return max(0, 100 - sum(_PENALTIES[remark] for remark in remarks))
