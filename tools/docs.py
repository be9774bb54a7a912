"""Writes the generated blocks of the documentation from the code's own tables; `--check` only compares.

A block stands between `<!-- generated: NAME ARGUMENTS -->` and `<!-- end -->` in any page below `docs/`.
`python tools/docs.py [--check]` exits 1 when, under `--check`, a committed block differs from what the code says.
"""

from __future__ import annotations

import enum
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orderhub
from orderhub import errors, models
from orderhub.analytics.expressions.catalogue import FIGURES
from orderhub.connectors.file.spec import LINE_FIELDS, ORDER_FIELDS
from orderhub.fulfil.reconciling import DIFFERENCES
from orderhub.fulfil.states import MACHINES
from orderhub.hub.registry import connectors
from orderhub.kit.carriers import CARRIERS as CARRIER_NAMES
from orderhub.kit.convert import CONVERTERS
from orderhub.kit.spec import Connector
from orderhub.kit.table import Absent, Computed, Ignored, Row, Table
from orderhub.kit.verbs import CARRIER_VERBS, CHANNEL_VERBS
from orderhub.logistics.rate_columns import COMMON
from orderhub.logistics.rate_columns import RECORDS as RATE_RECORDS
from orderhub.logistics.rules import CARRIER
from orderhub.models import tables
from orderhub.models.channel import Limits
from orderhub.models.events import EVENT_TYPES, HubEvent
from orderhub.orders.aftersales_answers import ANSWERS, PATHS
from orderhub.orders.aftersales_rules import AFTERSALES
from orderhub.orders.aftersales_table import COMMANDS as CASE_COMMANDS
from orderhub.orders.aftersales_table import MOVES, STAGES, WHY
from orderhub.orders.audit_words import CODES as AUDIT_CODES
from orderhub.orders.audit_words import PROTECTING
from orderhub.orders.facts import VOCABULARIES
from orderhub.plugins import CARRIERS, CONNECTORS, find, names
from orderhub.rules import OPERATORS
from orderhub.sandbox.faults import FAULTS
from orderhub.telemetry import names as names_of_telemetry

sys.path.insert(0, str(Path(__file__).parent))
from abilities import abilities
from chinese import filled, pairs
from cli_page import cli_commands, cli_details, cli_exits
from diagrams import pictures
from layers import layers_picture, rooms_table
from production import production  # beside this file, which need not be on the path

from faults import ROWS as FAULT_ROWS
from faults import UNPROVEN, proofs

ROOT = Path(__file__).parents[1] / "docs"
MARK = re.compile(r"(<!-- generated: (?P<what>[^>]+?) -->\n).*?(<!-- end -->)", re.S)


def grid(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def first_line(thing: object) -> str:
    """The first sentence of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def code(text: object) -> str:
    return f"`{text}`" if text not in (None, "") else "-"


def type_words(kind: Any) -> str:
    """A field's type in words that a reader of JSON understands."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return type_words(arguments[0])
    if origin in (typing.Union, types.UnionType):
        inner = [type_words(part) for part in arguments if part is not type(None)]
        return " or ".join(inner) + (" or null" if type(None) in arguments else "")
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return f"list of {type_words(arguments[0])}"
    if origin is tuple:
        return "(" + ", ".join(type_words(part) for part in arguments) + ")"
    if origin is frozenset:
        return f"set of {type_words(arguments[0])}"
    return getattr(kind, "__name__", str(kind))


def model(name: str) -> str:
    """The fields of one model with type and default, derived ones last."""
    kind = getattr(models, name)
    rows = [
        (code(field), type_words(typing.get_type_hints(kind, include_extras=True)[field]),
         "required" if info.is_required() else code(default_words(info.default)))
        for field, info in kind.model_fields.items()
    ]  # fmt: skip
    rows += [(code(field), "derived", first_line(getattr(kind, field))) for field in sorted(kind.derived)]
    return grid(("field", "type", "default"), rows)


def default_words(value: object) -> str:
    if isinstance(value, enum.Enum):
        return str(value)
    if isinstance(value, frozenset | tuple | Mapping):
        return "empty"
    return "null" if value is None else type(value).__name__ if isinstance(value, models.Model) else repr(value)


def words(name: str) -> str:
    """A closed vocabulary."""
    return ", ".join(f"`{word.value}`" for word in getattr(models, name))


def connector_of(name: str) -> Connector:
    """A platform or a carrier."""
    return find(name, CONNECTORS if name in connectors() else CARRIERS)


def entry_rows(table: Table) -> Iterable[tuple[str, str, str]]:
    for entry in table.entries:
        if isinstance(entry, Row):
            needed = ", required" if entry.required else ""
            how = getattr(entry.convert, "__name__", "")
            how = how if how in CONVERTERS else "list of sub-documents" if how == "convert" else how
            if entry.field.startswith("_"):
                yield "-", code(entry.path), f"{how}{needed}; read by other rows"
            else:
                yield code(entry.field), code(entry.path), how + needed
        elif isinstance(entry, Computed):
            fields = [code(name) for name in entry.fields if name[0] != "_"]
            yield ", ".join(fields), ", ".join(map(code, entry.reads)) or "-", "computed"
        elif isinstance(entry, Absent):
            yield code(entry.field), "-", f"absent: {entry.because}"
        elif isinstance(entry, Ignored):
            yield "-", ", ".join(map(code, entry.paths)), f"ignored: {entry.because}"


def fields(name: str, table: str) -> str:
    """One field table of a connector."""
    return grid(("canonical field", "wire field", "how"), entry_rows(connector_of(name).spec.tables[table]))


def meanings(name: str, table: str) -> str:
    """One word table of a connector."""
    found = connector_of(name).spec.words[table]
    rows = [(code(raw), code(word)) for raw, word in found.words.items()]
    return grid(("platform's word", "canonical"), [*rows, ("anything else", f"{code(found.unknown)}, with a finding")])


def error_codes(name: str) -> str:
    """The error table of a connector, the most specific entries first."""
    table = connector_of(name).spec.errors
    if table is None:
        return "None."
    groups = (("sub code", table.sub_exact), ("code", table.exact), ("sub code starts with", table.prefix))
    rows = [
        (what, code(raw), code(kind.__name__), "yes" if kind.retryable or raw in table.transient else "no")
        for what, entries in groups
        for raw, kind in entries.items()
    ]
    rows.append(("anything else", "-", code(table.otherwise.__name__), "yes" if table.otherwise.retryable else "no"))
    return grid(("by", "value", "error", "retried"), rows)


def span(value: timedelta) -> str:
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    whole = int(value.total_seconds())
    return next(f"{whole // size} {unit}" for size, unit in units if whole % size == 0 or size == 1)


def limit_words(found: Limits) -> str:
    told = []
    for name in Limits.__dataclass_fields__:
        value = getattr(found, name)
        if value not in (None, timedelta(0)):
            told.append(f"{name} {span(value) if isinstance(value, timedelta) else value}")
    return ", ".join(told) or "-"


def limits(name: str) -> str:
    """What a platform allows, verb by verb."""
    rows = [(code(verb), limit_words(found)) for verb, found in connector_of(name).spec.limits.items()]
    return grid(("operation", "limits"), rows)


def switches(name: str) -> str:
    """The named settings of a connector."""
    rows = [(code(s.name), code(s.default), ", ".join(map(code, s.choices)) or "any", s.doc)
            for s in connector_of(name).spec.settings]  # fmt: skip
    return grid(("setting", "default", "choices", "what it chooses"), rows)


def evidence(name: str) -> str:
    """What proves each verb that a connector has; nothing is proved on a live account unless it says so."""
    found = connector_of(name).capabilities(CHANNEL_VERBS)
    rows = [(code(verb), told.evidence.replace("_", " ")) for verb, told in found.items() if told.available]
    return grid(("verb", "evidence"), rows)


def columns(which: str) -> str:
    """Columns of tables of own channels."""
    rows = {"order": ORDER_FIELDS, "line": LINE_FIELDS}[which]
    return grid(("column", "read as", "what it is"), [(code(n), code(f.convert), f.about) for n, f in rows.items()])


def capabilities() -> str:
    """Which verb each platform has, or why not."""
    return abilities({name: connector.capabilities(CHANNEL_VERBS) for name, connector in sorted(connectors().items())})


def carrier_capabilities() -> str:
    """Which verb each carrier has, or why not."""
    return abilities({name: find(name, CARRIERS).capabilities(CARRIER_VERBS) for name in names(CARRIERS)})


def verbs(which: str) -> str:
    """Every verb of shops or carriers."""
    table = {"channel": CHANNEL_VERBS, "carrier": CARRIER_VERBS}[which]
    return grid(
        ("verb", "kind", "what it does"), [(code(name), verb.kind, verb.summary) for name, verb in table.items()]
    )


def error_tree() -> str:
    """Every error class with its parent, whether it is retried, and what it means."""
    kinds = [getattr(errors, name) for name in errors.__all__]
    kinds.sort(key=lambda kind: [parent.__name__ for parent in reversed(kind.__mro__)])
    rows = [
        (code(k.__name__), code(k.__mro__[1].__name__), "yes" if k.retryable else "no", first_line(k)) for k in kinds
    ]
    return grid(("error", "is a", "retryable", "meaning"), rows)


def carrier_codes() -> str:
    """Canonical carrier codes and the names they are recognised by."""
    rows = [(code(row.code), row.zh, row.en, ", ".join(row.aliases) or "-") for row in CARRIER_NAMES]
    return grid(("code", "中文", "English", "also called"), rows)


def converters() -> str:
    """What a row override may name."""
    return grid(("converter", "reads"), [(code(name), first_line(act)) for name, act in CONVERTERS.items()])


def faults() -> str:
    """Every fault of the sandbox."""
    return grid(("fault", "what happens"), [(code(name), fault.about) for name, fault in FAULTS.items()])


def public() -> str:
    """The names of the package's root."""
    return ", ".join(code(name) for name in orderhub.__all__)


def flat_table(name: str) -> str:
    """The columns of one flat table."""
    rows = [
        (code(column.name), column.kind, code(column.path) if column.path else "-", "yes" if column.derived else "")
        for column in getattr(tables, name)
    ]
    return grid(("column", "type", "in the model", "derived"), rows)


def events() -> str:
    """Every type of event that hooks may be told, and what it carries besides id, kind and instant."""
    every = set(HubEvent.model_fields) | {"type"}
    rows = [
        (code(kind.__name__), str(kind.__doc__).strip(), ", ".join(map(code, sorted(set(kind.model_fields) - every))))
        for kind in EVENT_TYPES
    ]  # fmt: skip
    return grid(("type", "what happened", "carries"), rows)


def telemetry_names(what: str) -> str:
    """Spans or attributes by name."""
    table = {"spans": names_of_telemetry.SPANS, "attributes": names_of_telemetry.ATTRIBUTES}[what]
    return grid((what.removesuffix("s"), "means"), [(code(name), means) for name, means in table.items()])


def telemetry_metrics() -> str:
    """Every metric with its kind, unit and attributes."""
    rows = [
        (code(name), metric.kind, metric.unit, metric.means, ", ".join(map(code, metric.attributes)))
        for name, metric in names_of_telemetry.METRICS.items()
    ]  # fmt: skip
    return grid(("metric", "kind", "unit", "means", "attributes"), rows)


def figures() -> str:
    """Every figure of `hub.analytics()`; the columns that name a row come first."""
    rows = [
        (code(name), found.meaning, ", ".join(map(code, list(found.columns)[: found.keys])),
         ", ".join(map(code, list(found.columns)[found.keys :])))
        for name, found in FIGURES.items()
    ]  # fmt: skip
    return grid(("figure", "what it says", "a row for each", "values"), rows)


_SHORT = {
    "orders": "orders", "refunds": "refunds", "ship": "ship", "push_stock": "stock", "listings": "listings",
    "change_address": "address", "decrypt": "decrypt", "decode_message": "push", "exchange_code": "OAuth",
}  # fmt: skip
"""What the short matrix shows: verb -> its heading."""


def matrix() -> str:
    """Platforms and the verbs that people ask for first; the whole table stands on the page of capabilities."""
    found = {name: one.capabilities(CHANNEL_VERBS) for name, one in connectors().items()}
    rows = [
        (one.spec.title, code(name), *("✓" if found[name][verb].available else "–" for verb in _SHORT))
        for name, one in connectors().items()
    ]
    return grid(("platform", "name", *_SHORT.values()), rows)


def carrier_matrix() -> str:
    """Carriers and aggregators with their verbs."""
    found = connectors(CARRIERS)
    rows = [
        (one.spec.title, code(name), ", ".join(
            verb for verb, how in one.capabilities(CARRIER_VERBS).items() if how.available))
        for name, one in found.items()
    ]  # fmt: skip
    return grid(("carrier", "name", "can"), rows)


def operators() -> str:
    """How rules compare."""
    rows = [(code(name), row.text, ", ".join(sorted(row.kinds)), row.takes) for name, row in OPERATORS.items()]
    return grid(("operator", "means", "facts of kind", "takes"), rows)


def vocabulary(name: str) -> str:
    """Facts and actions of one kind of rules."""
    words = {**VOCABULARIES, CARRIER.name: CARRIER, AFTERSALES.name: AFTERSALES}[name]
    facts = grid(("fact", "kind", "is"), [(code(f.name), f.kind, f.text) for f in words.facts.values()])
    actions = grid(("action", "does", "arguments"), [
        (code(action.name), action.text, ", ".join(
            f"`{name}`{' (list)' if argument.many else ''}{'' if argument.required else ' (may be left out)'}"
            for name, argument in action.arguments.items()) or "-")
        for action in words.actions.values()
    ])  # fmt: skip
    return f"Decides {words.text}.\n\n{facts}\n\n{actions}"


def audit_codes() -> str:
    """Every finding of the audit."""
    rows = [
        (code(name), row.severity.value, "yes" if row.stops else "no", "no" if name in PROTECTING else "yes",
         row.advice, row.advice_zh)
        for name, row in AUDIT_CODES.items()
    ]  # fmt: skip
    return grid(("code", "severity", "stops", "can be overridden", "what to do", "处理建议"), rows)


def aftersales(kind: str) -> str:
    """The stages of one kind of after-sale case: what leads on, and why everything else is refused."""
    moves = MOVES[kind]
    ends = {after for ways in moves.values() for after in ways.values()} - set(moves)
    rows = [
        (code(stage), certain, ", ".join(f"`{command}` → `{after}`" for command, after in moves.get(stage, {}).items())
         or "-", code(WHY[stage]))
        for stage, certain in STAGES.items() if stage in moves or stage in ends
    ]  # fmt: skip
    return grid(("stage", "what is certain", "allowed", "anything else is refused as"), rows)


def machine(name: str) -> str:
    """One state machine: what is certain in each state, what leads on, and why everything else is refused."""
    found = MACHINES[name]
    rows = [
        (code(state), certain, "; ".join(f"`{command}` → {', '.join(map(code, ends))}" for command, ends
                                         in found.moves[state].items()) or "-", code(found.why[state]))
        for state, certain in found.states.items()
    ]  # fmt: skip
    return grid(("state", "what is certain", "allowed → what may follow", "anything else is refused as"), rows)


def machine_commands(name: str) -> str:
    """The commands of one state machine."""
    return grid(("command", "means"), [(code(command), text) for command, text in MACHINES[name].commands.items()])


def differences() -> str:
    """What `hub.reconcile` may list."""
    rows = [(code(kind), what, heals or "a person decides") for kind, (what, heals) in DIFFERENCES.items()]
    return grid(("kind", "is", "`heal=True`"), rows)


def aftersale_commands() -> str:
    """What may be done about a case."""
    return grid(("command", "means"), [(code(name), about) for name, about in CASE_COMMANDS.items()])


def aftersale_answers() -> str:
    """What a platform may be told about a case, kind by kind: in which stages, and where that leads."""
    ways: dict[tuple[str, str], list[str]] = {}
    for (kind, stage, verb), after in PATHS.items():
        ways.setdefault((kind, verb), []).append(f"`{stage}` → `{after}`")
    kinds = dict.fromkeys(kind for kind, _, _ in PATHS)
    rows = [(code(kind), *("<br>".join(ways.get((kind, verb), ["-"])) for verb in ANSWERS)) for kind in kinds]
    return grid(("kind", *(code(verb) for verb in ANSWERS)), rows)


def fault_matrix() -> str:
    """Every row of the fault matrix with the tests that name it."""
    found = proofs()
    rows = [
        (number, row.fault, row.outcome, "<br>".join(
            [*(f"{one.words} (`{one.path}`)" for one in found.get(number, ())),
             *(["not proven, or not in full"] if number in UNPROVEN else [])]))
        for number, row in FAULT_ROWS.items()
    ]  # fmt: skip
    return grid(("row", "fault", "what must come of it", "tests"), rows)


def rate_columns(record: str) -> str:
    """The columns of one kind of row of a rate table."""
    columns = COMMON if record == "common" else RATE_RECORDS[record].columns
    rows = [(code(one.name), one.zh, one.means, "yes" if one.required else "") for one in columns]
    return grid(("column", "中文", "means", "required"), rows)


def rooms() -> str:
    """What each package holds, from the outermost to the innermost."""
    return grid(("room", "holds"), rooms_table())


def in_production(name: str, language: str = "en") -> str:
    """What has to be done before real shops of one platform are connected."""
    return production(connector_of(name), language)


BLOCKS: dict[str, Callable[..., str]] = {
    act.__name__.replace("_", "-"): act
    for act in (
        model, words, fields, meanings, error_codes, limits, switches, evidence, capabilities, carrier_capabilities,
        verbs, error_tree, carrier_codes, converters, faults, public, columns, flat_table, matrix, carrier_matrix,
        operators, vocabulary, audit_codes, aftersales, aftersale_commands, machine, machine_commands,
        differences, aftersale_answers, rate_columns, fault_matrix, figures,
        rooms, in_production, events, telemetry_names, telemetry_metrics, cli_commands, cli_details, cli_exits,
    )
}  # fmt: skip


def regenerated(text: str, page: str) -> str:
    """A page with every block written anew."""

    def block(found: re.Match[str]) -> str:
        name, *arguments = found["what"].split()
        if name not in BLOCKS:
            raise SystemExit(f"{page}: no generator {name!r}; there are {', '.join(BLOCKS)}")
        return f"{found[1]}{BLOCKS[name](*arguments)}\n{found[3]}"

    return MARK.sub(block, text)


def stale_pictures(*, write: bool = False) -> list[str]:
    """Pictures that differ from the tables that they are drawn from."""
    found = []
    for name, text in {**pictures(), "layers": layers_picture()}.items():
        path = ROOT / "assets" / "diagrams" / f"{name}.svg"
        if not path.exists() or path.read_text("utf-8") != text:
            found.append(path.relative_to(ROOT.parent).as_posix())
            if write:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    return found


def stale(root: Path = ROOT, *, write: bool = False) -> list[str]:
    """Pages whose blocks differ from the code, and pictures; with `write` they are brought up to date."""
    found = stale_pictures(write=write) if root == ROOT else []
    english = pairs(root)
    for path in (*sorted(root.rglob("*.md")), *sorted(root.parent.glob("README*.md"))):
        text = path.read_text("utf-8")
        same = filled(text, english[path].read_text("utf-8")) if path in english else text
        if (fresh := regenerated(same, path.name)) != text:
            found.append(path.relative_to(root.parent).as_posix())
            if write:
                path.write_text(fresh, "utf-8")
    return found


if __name__ == "__main__":
    checking = "--check" in sys.argv[1:]
    pages = stale(write=not checking)
    print("\n".join(f"{'stale' if checking else 'written'}: {page}" for page in pages) or "all blocks are current")
    sys.exit(bool(pages) and checking)
