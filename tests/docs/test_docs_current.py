"""Generated blocks say what the code says; every public name and every reference into the docs leads somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from tool_modules import tool

import orderhub
from orderhub import errors, models
from orderhub.hub.registry import connectors
from orderhub.kit.verbs import CARRIER_VERBS, CHANNEL_VERBS
from orderhub.plugins import CARRIERS, names

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEXT = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(DOCS.rglob("*.md"))}
REFERENCE = re.compile(r"docs/((?:platforms|reference|how-to|explanation)/[\w/-]+\.md)((?:,? ?#[\w-]+)*)")
ANCHOR = re.compile(r"\{#([\w-]+)\}")


def generator() -> ModuleType:
    return tool("docs")


def test_every_generated_block_is_current() -> None:
    assert generator().stale() == []


def test_a_block_that_differs_is_found(tmp_path: Path) -> None:
    tool, page = generator(), tmp_path / "page.md"
    page.write_text("# X\n<!-- generated: verbs channel -->\nold\n<!-- end -->\nkept\n", "utf-8")
    named = f"{tmp_path.name}/page.md"
    assert tool.stale(tmp_path) == [named]
    assert "old" in page.read_text("utf-8")
    assert tool.stale(tmp_path, write=True) == [named]
    assert tool.stale(tmp_path) == []
    assert "`get_order`" in page.read_text("utf-8")
    assert page.read_text("utf-8").endswith("<!-- end -->\nkept\n")
    page.write_text("<!-- generated: nonsense -->\n<!-- end -->\n", "utf-8")
    with pytest.raises(SystemExit, match="nonsense"):
        tool.stale(tmp_path)


def test_every_public_name_error_and_verb_is_mentioned() -> None:
    everything = "\n".join(TEXT.values())
    wanted = {*orderhub.__all__, *errors.__all__, *CHANNEL_VERBS, *CARRIER_VERBS} - {"__version__"}
    assert {name for name in wanted if not re.search(rf"\b{name}\b", everything)} == set()


@pytest.mark.parametrize("name", ["Order", "LineItem", "Recipient", "Refund", "Listing", "Dispatch", "Shipment"])
def test_every_field_of_a_model_is_documented(name: str) -> None:
    page = TEXT["docs/reference/models.md"]
    assert {field for field in getattr(models, name).model_fields if f"`{field}`" not in page} == set()


def test_every_connector_and_carrier_has_its_pages() -> None:
    for name in (*connectors(), *names(CARRIERS)):
        assert f"docs/platforms/{name}.md" in TEXT
        assert f"docs/reference/connectors/{name}.md" in TEXT


def slugs(text: str) -> set[str]:
    """Anchors of a page: explicit ones, and those made of its headings."""
    headings = re.findall(r"^#+ (.+?)(?: \{#[\w-]+\})?$", text, re.M)
    made = {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    return made | set(ANCHOR.findall(text))


def test_what_the_code_says_about_the_docs_is_there() -> None:
    """Also "page.md#one, #two": a list of anchors on one page."""
    lost = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for found in REFERENCE.finditer(path.read_text("utf-8")):
            page = TEXT.get(f"docs/{found[1]}")
            anchors = re.findall(r"#([\w-]+)", found[2])
            gone = [] if page is None else [anchor for anchor in anchors if anchor not in slugs(page)]
            if page is None or gone:
                lost.append(f"{path.relative_to(ROOT)}: {found[0]}")
    assert lost == []


def test_tables_name_sources_that_exist() -> None:
    for name, connector in connectors().items():
        spec = connector.spec
        sources = [table.source for table in spec.tables.values()] + [words.source for words in spec.words.values()]
        sources += [spec.errors.source] if spec.errors else []
        for source in sources:
            page, _, anchor = source.partition("#")
            assert anchor in slugs(TEXT[page]), (name, source)


def test_the_docs_speak_of_the_project_alone() -> None:
    for name, text in TEXT.items():
        assert not re.search(r"/tmp/|/home/|/root/", text), name


def test_every_marketplace_has_its_steps_to_production_and_they_name_sections_that_exist() -> None:
    steps = tomllib.loads((ROOT / "tools" / "production.toml").read_text("utf-8"))
    assert set(steps) == set(connectors()) - {"file"}
    for name, rows in steps.items():
        assert f"docs/how-to/production/{name}.md" in TEXT
        assert {row["see"] for row in rows} <= slugs(TEXT[f"docs/platforms/{name}.md"]), name
        settings = {setting.name for setting in connectors()[name].spec.settings} | {"base_url", "rates"}
        named = {word for row in rows for word in re.findall(r"`([a-z_]+)(?: = [^`]+)?`", row["en"])}
        given = {"app_secret", "previous_secrets", "refresh_token"}  # what `connect` takes beside settings
        known = {*settings, *given, "oaid", "read_orders", "read_all_orders", "skus"}
        assert named <= known, (name, named - known)
        code = re.compile(r"`[^`]+`")
        assert all(sorted(code.findall(row["en"])) == sorted(code.findall(row["zh"])) for row in rows), name


def test_pages_load_nothing_from_other_hosts() -> None:
    for name, text in TEXT.items():
        assert not re.search(r"!\[[^\]]*\]\(https?:|<(?:img|script|link|iframe|source)\b[^>]*https?:", text), name
