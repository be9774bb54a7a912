"""Style sheets of the report: light, dark, phone, desk, print; and in a notebook. Constants; imports nothing."""

from __future__ import annotations

__all__ = ["NOTEBOOK", "STYLE"]

STYLE = """
:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--ink:#1c2330;--soft:#626d80;--line:#e3e7ee;
--one:#2f6fed;--two:#f0a63a;--warn:#b4560a;--warnbg:#fff3e2;--good:#17724a;--goodbg:#e6f6ee}
@media (prefers-color-scheme:dark){:root{--page:#12161d;--card:#1b212b;--ink:#e8ecf3;--soft:#9aa6b8;--line:#2d3644;
--one:#6ea0ff;--two:#f2b55a;--warn:#ffc27a;--warnbg:#3a2a14;--good:#79dbac;--goodbg:#153326}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);line-height:1.5;font-size:15px;
font-family:system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:18px;margin:0 0 12px}
h3{font-size:14px;margin:18px 0 8px;color:var(--soft);font-weight:600}
p{margin:0}
.soft,.note{color:var(--soft)}.note{font-size:13px;margin-top:8px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:18px 0 0}
.card,section{background:var(--card);border:1px solid var(--line);border-radius:12px}
.card{padding:14px 16px}.card b{display:block;font-size:22px;line-height:1.3;font-variant-numeric:tabular-nums;
letter-spacing:-.01em;white-space:nowrap}
.card span{color:var(--soft);font-size:13px}.card.first{background:var(--one);border-color:var(--one);color:#fff}
.card.first span{color:#fff;opacity:.9}
@media (prefers-color-scheme:dark){.card.first,.card.first span{color:#0d1524}}
.attention{list-style:none;display:flex;flex-wrap:wrap;gap:8px;margin:16px 0 0;padding:0}
.attention li{background:var(--warnbg);color:var(--warn);border-radius:999px;padding:5px 14px;font-size:14px}
.attention .well{background:var(--goodbg);color:var(--good)}
section{padding:20px;margin-top:16px;min-width:0}
.grid{columns:2;column-gap:16px;margin-top:16px}
.grid section{margin:0 0 16px;break-inside:avoid}.wide{column-span:all}
.pair{display:grid;grid-template-columns:minmax(0,1fr);gap:16px;align-items:start}
.wide .pair.drawn{grid-template-columns:repeat(2,minmax(0,1fr));gap:24px}
.scroll{overflow-x:auto;max-height:372px;overflow-y:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:6px 10px 6px 0;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
td{unicode-bidi:isolate}
th{color:var(--soft);font-weight:600;font-size:13px;position:sticky;top:0;background:var(--card)}
th.n,td.n{text-align:right;padding:6px 0 6px 10px}tr:last-child td{border-bottom:0}
td.t{white-space:normal;overflow-wrap:break-word;min-width:5.5em;max-width:22em}
td.shade{background:color-mix(in srgb,var(--one) calc(var(--deep)*.6),transparent);padding-right:10px}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font-size:13px;fill:var(--soft);stroke:none}
svg .background{fill:none}svg .line{stroke:var(--line);fill:none}
svg .axis.x text{text-anchor:middle}svg .axis.y text{text-anchor:end}
svg .horizontal .axis.y text{fill:var(--ink)}svg .horizontal .axis .line{stroke:none}
svg .vertical .axis.x .line{stroke:none}
svg .color-0 rect{fill:var(--one)}svg .color-1 rect{fill:var(--two)}
svg .bar:hover rect{opacity:.75}svg .text-overlay{pointer-events:none}
svg .horizontal .value{text-anchor:start}svg .value{fill:var(--ink)}
.key{display:flex;gap:16px;font-size:13px;color:var(--soft);margin-bottom:6px}
.key i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px;background:var(--one)}
.key span+span i{background:var(--two)}
dl{display:grid;grid-template-columns:minmax(120px,180px) minmax(0,1fr);gap:8px 20px;margin:0;font-size:14px}
dt{font-weight:600}dd{margin:0;color:var(--soft)}
footer{margin-top:20px;color:var(--soft);font-size:13px}
@media (max-width:760px){main{padding:18px 12px 32px}h1{font-size:23px}
.cards{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}.card{padding:10px 12px}.card b{font-size:18px}
.grid{columns:1}.grid section{margin-bottom:12px}.wide .pair.drawn{grid-template-columns:minmax(0,1fr)}
section{padding:14px;border-radius:10px}
svg text{font-size:16px}th,td,th.n,td.n{padding-left:0;padding-right:8px}
th.n,td.n{padding:6px 0 6px 8px}dl{grid-template-columns:minmax(0,1fr);gap:2px}dd{margin-bottom:10px}}
@media print{body{background:#fff}section,.card{break-inside:avoid}.scroll{max-height:none}}
"""

NOTEBOOK = """
.orderhub-report svg{max-width:640px;height:auto;overflow:visible}
.orderhub-report svg text{font-size:13px;fill:currentColor;opacity:.75;stroke:none}
.orderhub-report svg .background{fill:none}
.orderhub-report svg .line{stroke:currentColor;stroke-opacity:.15;fill:none}
.orderhub-report svg .vertical .axis.x .line{stroke:none}
.orderhub-report svg .axis.x text{text-anchor:middle}.orderhub-report svg .axis.y text{text-anchor:end}
.orderhub-report svg .color-0 rect{fill:#2f6fed}
"""
"""The same chart in somebody else's page: nothing outside of the report is touched."""
