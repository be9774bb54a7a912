"""What has to be done before real shops of a platform are connected: a list by hand, the rest from its tables.

`production(name, language)` writes the body of a page below `docs/how-to/production`. The list by
hand is `production.toml` beside this file. Imports `orderhub` alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from orderhub.kit.spec import Connector
from orderhub.kit.verbs import CHANNEL_VERBS
from orderhub.models.channel import Rate

__all__ = ["CHECKS", "doubts", "production"]

PAGES = Path(__file__).parents[1] / "docs" / "platforms"

CHECKS: Mapping[str, list[dict[str, str]]] = tomllib.loads(
    (Path(__file__).parent / "production.toml").read_text("utf-8")
)
"""Platform -> its steps: `en`, `zh`, and `see`, the section of its page."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "list": "Before the first real call", "step": "step", "why": "why",
        "settings": "Settings to decide", "none": "There are none.", "tables": "All settings stand in ",
        "reference": "the reference", "quotas": "Quotas", "operation": "operation", "calls": "calls",
        "per": "counted by", "everything": "every other",
        "documented": "What the documents say, and what calls wait for by themselves. Say what you were granted as "
                      "`rates` of the shop.",
        "unlisted": "No figure has a source. Refusals are heeded, and heard by all workers; `rates` of the shop says "
                    "what you were granted.",
        "proof": "What is proven", "evidence": "verbs", "by": "proven by",
        "proof_is": "Nothing below was tried on a live account. The first real reply of each kind is worth a look.",
        "doubts": "What nobody could verify", "page": "what is known of the platform",
        "doubts_are": "Look at these with the first real orders; each is a setting, or left out. The whole page: ",
    },
    "zh": {
        "list": "第一次真实调用之前", "step": "步骤", "why": "依据",
        "settings": "需要决定的设置", "none": "没有。", "tables": "全部设置见", "reference": "参考手册",
        "quotas": "配额", "operation": "接口", "calls": "次数", "per": "按什么计", "everything": "其余全部",
        "documented": "文档中的频率，调用会自行等待；实际获批的写在店铺的 `rates`。",
        "unlisted": "没有任何有来源的数字。被拒绝时会放慢，并让全体工作进程知道；获批的频率写在店铺的 `rates`。",
        "proof": "验证程度", "evidence": "操作", "by": "由什么验证",
        "proof_is": "以下均未在真实账号上试过。每一类真实应答第一次出现时都值得看一眼。",
        "doubts": "无人能核实的内容", "page": "该平台的已知事实",
        "doubts_are": "拿到第一批真实订单时请逐条查看（英文原文）；每条要么是设置，要么没有实现。完整页面：",
    },
}  # fmt: skip
EVIDENCE = {
    "documented": "文档", "vector_tested": "签名向量", "emulator_tested": "仿真器", "live_verified": "真实账号",
}  # fmt: skip


def production(connector: Connector, language: str = "en") -> str:
    """The body of one page."""
    spec, words = connector.spec, WORDS[language]
    up = "../../../" if language == "zh" else "../../"
    parts = [
        f"## {words['list']}", steps(spec.platform, language, up),
        f"## {words['settings']}", open_settings(connector, language, up),
        f"## {words['quotas']}", quotas(connector, language),
        f"## {words['proof']}", words["proof_is"], proven(connector, language),
        f"## {words['doubts']}",
        f"{words['doubts_are']}[{words['page']}]({up}platforms/{spec.platform}.md){'.' if language == 'en' else '。'}",
        "\n".join(doubts(spec.platform, up)) or words["none"],
    ]  # fmt: skip
    return "\n\n".join(parts)


def steps(name: str, language: str, up: str) -> str:
    """The list by hand."""
    words = WORDS[language]
    rows = [f"| ☐ {one[language]} | [#{one['see']}]({up}platforms/{name}.md#{one['see']}) |" for one in CHECKS[name]]
    return "\n".join([f"| {words['step']} | {words['why']} |", "| --- | --- |", *rows])


def open_settings(connector: Connector, language: str, up: str) -> str:
    """Settings that have no default, so that somebody has to think of them."""
    words = WORDS[language]
    bare = [one for one in connector.spec.settings if one.default in (None, "", {}, ())]
    found = [f"- `{one.name}`: {one.doc}" for one in bare] or [words["none"]]
    link = f"[{words['reference']}]({up}reference/connectors/{connector.spec.platform}.md#settings)"
    return "\n".join([*found, "", f"{words['tables']}{link}{'.' if language == 'en' else '。'}"])


def quotas(connector: Connector, language: str) -> str:
    """Rates by operation on the wire."""
    words = WORDS[language]
    if not connector.spec.rates:
        return words["unlisted"]
    rows = [
        f"| {words['everything'] if name == '*' else f'`{name}`'} | {', '.join(map(rate_words, rates))} |"
        f" {', '.join(dict.fromkeys(rate.per for rate in rates))} |"
        for name, rates in connector.spec.rates.items()
    ]
    head = [f"| {words['operation']} | {words['calls']} | {words['per']} |", "| --- | --- | --- |"]
    return "\n".join([words["documented"], "", *head, *rows])


def rate_words(rate: Rate) -> str:
    """10/s, 100 in 10 s, one in 180 s."""
    span = "s" if rate.seconds == 1 else f"{rate.seconds:g} s"
    burst = f" (burst {rate.burst:g})" if rate.burst else ""
    return f"{rate.calls:g} / {span}{burst}"


def proven(connector: Connector, language: str) -> str:
    """Verbs by what proves them."""
    words, found = WORDS[language], connector.capabilities(CHANNEL_VERBS)
    kinds: dict[str, list[str]] = {}
    for verb, told in found.items():
        if told.available:
            kinds.setdefault(told.evidence, []).append(f"`{verb}`")
    rows = [
        f"| {EVIDENCE[kind] if language == 'zh' else kind.replace('_', ' ')} | {', '.join(verbs)} |"
        for kind, verbs in kinds.items()
    ]
    return "\n".join([f"| {words['by']} | {words['evidence']} |", "| --- | --- |", *rows])


def doubts(name: str, up: str) -> Iterable[str]:
    """Every sentence of the platform's page that calls something UNVERIFIED, with the section where it stands."""
    section, anchor = "", ""
    for block in blocks(PAGES / f"{name}.md"):
        if heading := re.match(r"#+ (.+?)(?: \{#([\w-]+)\})?$", block):
            section, anchor = heading[1], heading[2] or re.sub(r"[^\w-]+", "-", heading[1].lower()).strip("-")
            continue
        for sentence in sentences(block):
            if "UNVERIFIED" in sentence and "**UNVERIFIED**" not in sentence:
                told = re.sub(r"\]\(#", f"]({up}platforms/{name}.md#", sentence)
                told = re.sub(r"\]\((?:\.\./)(?=how-to|reference|explanation)", f"]({up}", told)
                yield f"- [{section}]({up}platforms/{name}.md#{anchor}): {told}"


def blocks(path: Path) -> Iterable[str]:
    """Headings, paragraphs, rows of tables and items of lists, each on one line."""
    gathered: list[str] = []
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        begins = re.match(r"#+ |\||[-*] |\d+\. ", line)
        if begins or not line.strip():
            if gathered:
                yield " ".join(gathered)
            gathered = []
        if line.strip():
            gathered.append(line.strip())


def sentences(block: str) -> list[str]:
    """A row of a table is one sentence, without its bars; other texts end at stops."""
    if block.startswith("|"):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", block.strip("|"))]
        return [" · ".join(cell for cell in cells if cell)]
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`\[])", re.sub(r"^(?:[-*]|\d+\.) ", "", block))
