"""Wishes for a carrier in what buyers and sellers write: "发顺丰", "不要圆通", "加急". Imports `kit`.

Only names of the carrier table count, read clause by clause with the negations around them. Clauses about the past
("上次发圆通…") say nothing about this parcel. Whatever else a note means is left to people.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from orderhub.kit.carriers import CARRIERS, carrier_of

__all__ = ["EXPEDITE", "NEGATIONS_AFTER", "NEGATIONS_BEFORE", "NOTE_MAX", "PAST", "Wish", "wish_of"]

NOTE_MAX = 2000
NEGATIONS_BEFORE = ("不要", "不用", "不发", "不走", "不能", "别", "勿", "禁", "除了", "拒收", "拒绝")
"""Words before a name that make it one that is not wanted."""

NEGATIONS_AFTER = ("不要", "别发", "不行", "不到", "不送", "到不了", "送不了", "太慢", "太差", "除外", "停发")
"""Words after a name that do the same."""

PAST = ("上次", "上回", "之前", "以前", "昨天", "前几天")
"""Words that make a clause one about another parcel."""

EXPEDITE = ("加急", "急件", "急发", "特急")
"""Words that put speed before price."""


def _any(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


_NAMES = _any(tuple({n for row in CARRIERS if row.code != "other" for n in (row.zh, *row.aliases) if not n.isascii()}))
_NAME = f"(?:{_NAMES}|EMS)(?!快运|物流|国际|冷运)"
_VERB = "(?:再|给|我|发|用|走|寄|送|选|择){0,8}"  # bounded: a note of nothing else would take seconds
_MENTION = re.compile(
    rf"((?<![能要可])(?:{_any(NEGATIONS_BEFORE)}))?{_VERB}"
    rf"({_NAME}(?:[、和或,/ ]{_NAME})*)"
    rf"(?:快递)?((?:{_any(NEGATIONS_AFTER)})(?!{_VERB}{_NAME}))?",
    re.IGNORECASE,
)
_EACH = re.compile(_NAME, re.IGNORECASE)
_CLAUSE = re.compile(r"[,，。;；!！?？\n]")
_HURRY = re.compile(rf"(?<!不)(?<!别)(?<!不用)(?<!不要)(?<!无需)(?<!不需要)(?:{_any(EXPEDITE)})")


@dataclass(frozen=True, slots=True)
class Wish:
    """Canonical carrier codes in the order in which a note names them, and whether it asks for speed."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    expedite: bool = False


def wish_of(note: str | None) -> Wish:
    """The wish in a note (its first `NOTE_MAX` characters).

    A carrier that is named both ways counts as neither.
    """
    if not note:
        return Wish()
    folded = unicodedata.normalize("NFKC", note[:NOTE_MAX])
    clauses = [clause for clause in _CLAUSE.split(folded) if not any(word in clause for word in PAST)]
    wanted, unwanted = dict[str, None](), dict[str, None]()
    for before, names, after in (mention for clause in clauses for mention in _MENTION.findall(clause)):
        for code in map(carrier_of, _EACH.findall(names)):
            if code:
                (unwanted if before or after else wanted)[code] = None
    return Wish(
        tuple(code for code in wanted if code not in unwanted),
        tuple(code for code in unwanted if code not in wanted),
        any(_HURRY.search(clause) for clause in clauses),
    )
