"""Chinese pages say as much as the English ones, with the same code; so what runs on one page runs on both."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from tool_modules import tool

DOCS = Path(__file__).parents[2] / "docs"
PENDING: set[str] = set()
"""Pages that are not translated yet; an entry whose page came is refused."""


def chinese() -> ModuleType:
    return tool("chinese")


def test_tutorial_and_how_to_pages_exist_in_chinese() -> None:
    assert set(chinese().missing(DOCS)) == PENDING


def test_every_chinese_page_translates_one() -> None:
    pages = {page.relative_to(DOCS / "zh") for page in (DOCS / "zh").rglob("*.md")}
    assert {page.as_posix() for page in pages if not (DOCS / page).exists()} == set()


def test_blocks_tables_and_sections_are_those_of_the_english_page() -> None:
    assert chinese().differences(DOCS) == []


def test_blocks_are_copied_and_other_blocks_are_told(tmp_path: Path) -> None:
    tool, english = chinese(), "# A\n```python\nx = 1\n```\n## B\n```toml\ny = 2\n```\n"
    draft = "# 甲\n```python\n```\n## 乙\n```toml\nold\n```\n"
    assert tool.filled(draft, english) == "# 甲\n```python\nx = 1\n```\n## 乙\n```toml\ny = 2\n```\n"
    torn = draft.replace("```toml\nold\n```\n", "")
    assert tool.filled(torn, english) == torn
    for folder, text in ((tmp_path / "zh", torn), (tmp_path, english)):
        folder.mkdir(exist_ok=True)
        (folder / "page.md").write_text(text, "utf-8")
    assert tool.differences(tmp_path) == ["zh/page.md: other code blocks"]


def test_pages_are_written_in_chinese() -> None:
    tool = chinese()
    for page in tool.pairs(DOCS):
        prose = tool.FENCE.sub("", page.read_text("utf-8"))
        assert sum("\u4e00" <= sign <= "\u9fff" for sign in prose) > 100, page


def test_ends_of_chinese_lines_are_no_spaces() -> None:
    joined = tool("mkdocs_lines").joined
    assert joined("甲，\n乙 `x`\n丙\nabc\n\n丁\n") == "甲，乙 `x`\n丙\nabc\n\n丁\n"
    assert joined("```\n甲\n乙\n```\n") == "```\n甲\n乙\n```\n"
