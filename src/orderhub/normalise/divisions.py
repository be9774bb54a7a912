"""Chinese divisions by code and by name, old names and places included. Pure data; imports this room.

Codes are those of GB/T 2260; below Hong Kong, Macau and Taiwan, where the standard has none, the code of the region is
given. `data/divisions.csv` is made by tools/divisions.py and names its sources and version in its first line;
`data/aliases.csv` holds what people write besides.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from orderhub.normalise.text import simplified

__all__ = ["Division", "Form", "Gazetteer", "gazetteer"]

_BEYOND = frozenset({"71", "81", "82"})
_SEATS = ("11", "12", "31", "50")
_LIKE_PROVINCES = ("省", "市")
_SHORT_LENGTH_MIN = 2
_KINDS = ("full", "alias", "short", "old", "old_short")


@dataclass(frozen=True, slots=True)
class Division:
    """One division as it is today.

    Attributes:
        key: Unique here; the GB/T 2260 code except below Hong Kong, Macau and Taiwan.
        level: 1 province, 2 city (prefecture), 3 county or district.
        parent: Key of what it lies in, empty for provinces.
    """

    key: str
    name: str
    level: int
    parent: str

    @property
    def code(self) -> str:
        """The six digits of GB/T 2260."""
        return self.key[:2] + "0000" if self.key[:2] in _BEYOND else self.key


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a division.

    Attributes:
        key: The division meant, in today's table.
        level: On which level the name stood, which may differ from that of the division meant.
        within: Keys of what it lies or lay in, today's parents included.
        kind: full, alias, short (without 市, 县, 区 and the like), old (a name of former years), old_short.
        last: The last year of a former name; for today's names the year of the table.
        was: Codes of dissolved divisions that were called so; others may have lain in them.
    """

    key: str
    level: int
    within: frozenset[str]
    kind: str
    last: int
    was: frozenset[str] = frozenset()

    @property
    def is_short(self) -> bool:
        """Whether it may be part of another word, a street's name for instance."""
        return self.kind in ("short", "old_short")

    @property
    def is_old(self) -> bool:
        """Whether nothing is called so today."""
        return self.kind in ("old", "old_short")


class Gazetteer:
    """Every division, and every name by which one may be meant."""

    def __init__(self, version: str, divisions: Mapping[str, Division], forms: Mapping[str, tuple[Form, ...]]) -> None:
        self.version, self.divisions, self.forms = version, divisions, forms
        self.length_max = max(map(len, forms))

    def chain(self, key: str) -> tuple[Division, ...]:
        """The division and what it lies in, largest first."""
        found: list[Division] = []
        while key:
            division = self.divisions[key]
            found.append(division)
            key = division.parent
        return tuple(reversed(found))

    def names(self, key: str) -> tuple[str, str | None, str | None]:
        """Province, city and district as addresses write them.

        A municipality is its own city; a county that lies directly in its province stands where the city stands.
        """
        chain = self.chain(key)
        province, rest = chain[0], chain[1:]
        if province.key[:2] in _SEATS:
            return province.name, province.name, rest[-1].name if rest else None
        if len(rest) == 1 and rest[0].level == 3:
            return province.name, rest[0].name, None
        return province.name, rest[0].name if rest else None, rest[1].name if len(rest) > 1 else None

    def has_districts(self, key: str) -> bool:
        """Whether something lies below it."""
        return key in self._parents

    @property
    def _parents(self) -> frozenset[str]:
        return _parents_of(self)


@lru_cache(maxsize=4)
def _parents_of(table: Gazetteer) -> frozenset[str]:
    return frozenset(division.parent for division in table.divisions.values())


@dataclass(frozen=True, slots=True)
class _Row:
    code: str
    name: str
    short: str
    parent: str
    last: int
    now: str

    @property
    def level(self) -> int:
        return 1 if not self.parent else 2 if self.code.endswith("00") else 3


def _read(name: str) -> str:
    return resources.files("orderhub.normalise").joinpath("data", name).read_text("utf-8")


def _rows(lines: list[str]) -> Iterator[_Row]:
    for row in csv.DictReader(lines):
        yield _Row(row["code"], row["name"], row["short"], row["parent"], int(row["last"]), row["now"])


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The table that is shipped; read once, about 50 ms."""
    head, *lines = _read("divisions.csv").splitlines()
    rows = [row for row in _rows(lines) if row.now != "-"]
    today = max(row.last for row in rows)
    divisions = {
        row.code: Division(row.code, row.name, row.level, row.parent)
        for row in rows if not row.now and row.last == today
    }  # fmt: skip
    forms: dict[str, dict[str, Form]] = {}
    for row in rows:
        key = row.now or row.code
        if key in divisions:
            for name, kind in _names(row, today):
                _add(forms, name, _form(row, key, kind, divisions))
    for row_of_alias in csv.DictReader(_read("aliases.csv").splitlines()):
        key = row_of_alias["code"]
        _add(forms, row_of_alias["alias"], _here(key, "alias", today, divisions))
    return Gazetteer(head.lstrip("# "), divisions, {name: tuple(found.values()) for name, found in forms.items()})


def _add(forms: dict[str, dict[str, Form]], name: str, form: Form) -> None:
    """One form per name and division: places are joined, the plainest kind wins."""
    found = forms.setdefault(simplified(name), {})
    had = found.get(form.key)
    if had is None:
        found[form.key] = form
        return
    plainer = min(had, form, key=lambda each: _KINDS.index(each.kind))
    found[form.key] = Form(
        form.key, plainer.level, had.within | form.within, plainer.kind, max(had.last, form.last), had.was | form.was
    )


def _names(row: _Row, today: int) -> Iterator[tuple[str, str]]:
    old = row.last < today
    yield row.name, "old" if old else "full"
    if len(row.short) >= _SHORT_LENGTH_MIN and row.short != row.name:
        yield row.short, "old_short" if old else "short"
        if row.level == 1:
            for ending in _LIKE_PROVINCES:
                yield row.short + ending, "short"
        elif row.name.endswith("自治州"):
            yield f"{row.short}州", "short"
        elif row.name.endswith("自治县"):
            yield f"{row.short}县", "short"


def _form(row: _Row, key: str, kind: str, divisions: Mapping[str, Division]) -> Form:
    here = _here(key, kind, row.last, divisions)
    was = {row.parent} if row.parent else set()
    above = divisions.get(row.parent)
    within = here.within | was | ({above.parent} if above and above.parent else set())
    return Form(key, row.level, within, kind, row.last, frozenset({row.code}) if row.now else frozenset())


def _here(key: str, kind: str, last: int, divisions: Mapping[str, Division]) -> Form:
    within, parent = set(), divisions[key].parent
    while parent:
        within.add(parent)
        parent = divisions[parent].parent
    return Form(key, divisions[key].level, frozenset(within), kind, last)
