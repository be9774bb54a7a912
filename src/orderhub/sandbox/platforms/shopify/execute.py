"""GraphQL documents planned and executed against `schema`, and what they cost. Imports this folder's graphql, schema.

Planning checks every field, argument and variable and reckons the cost; executing only walks. A value is a document,
a plain list, a `Rows` (a page cut by a resolver) or a scalar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.platforms.shopify.graphql import Document, Enum, Field, Operation, Spread, Variable
from orderhub.sandbox.platforms.shopify.schema import SCALARS, SCHEMA
from orderhub.sandbox.platforms.shopify.wire import cursor, position

__all__ = ["Plan", "QueryError", "Rows", "Step", "chosen", "plan", "run", "take_page"]

Doc = dict[str, Any]
Resolver = Callable[[Any, Mapping[str, Any], Mapping[str, Any]], Any]
"""(context, arguments, directives of the field) of a root field."""
_LINE = re.compile(r"^  (\w+)(?:\(([^)]*)\))?: (\[?)(\w+)\]?(\*?)$")
_PAGING = ("first", "last", "after", "before", "reverse")


class QueryError(Exception):
    """A refusal of the whole request: `message` and `extensions.code`."""

    def __init__(self, message: str, code: str, **more: Any) -> None:
        super().__init__(message)
        self.message, self.code, self.more = message, code, more


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds: a type, and whether as connection or list."""

    type: str
    shape: str
    arguments: frozenset[str]


def _schema() -> dict[str, dict[str, Kind]]:
    found: dict[str, dict[str, Kind]] = {}
    current: dict[str, Kind] = {}
    for line in SCHEMA.split("\n"):
        if match := _LINE.match(line):
            name, given, listed, type_name, star = match.groups()
            shape = "connection" if star else "list" if listed else "one"
            current[name] = Kind(type_name, shape, frozenset((given or "").split()))
        elif line:
            current = found.setdefault(line, {})
    return found


TYPES = _schema()


@dataclass(slots=True)
class Rows:
    """One page of a connection, cut already."""

    rows: list[Any]
    cursors: list[str]
    more: bool = False
    before: bool = False


@dataclass(slots=True)
class Step:
    """One planned field."""

    key: str
    name: str
    kind: Kind
    arguments: dict[str, Any]
    directives: dict[str, dict[str, Any]]
    below: list[Step] = field(default_factory=list)
    on: str | None = None


@dataclass(slots=True)
class Plan:
    """A checked operation: `kind` query or mutation, its root steps and requested cost."""

    kind: str
    steps: list[Step]
    cost: int


def chosen(document: Document, name: str | None) -> Operation:
    """The operation of that name, or the only one."""
    for operation in document.operations:
        if operation.name == name or (name is None and len(document.operations) == 1):
            return operation
    raise QueryError(f"No operation named {name!r}" if name else "An operation name is required", "BAD_REQUEST")


class _Planner:
    def __init__(self, document: Document, given: Mapping[str, Any], first_max: int, mutation_cost: int) -> None:
        self._fragments, self._first_max, self._mutation_cost = document.fragments, first_max, mutation_cost
        self._given: Mapping[str, Any] = given
        self._depth = 0

    def variables(self, operation: Operation) -> None:
        """Values of all variables that were declared; a required one without a value is refused."""
        found = {}
        for name, (kind, has, default) in operation.variables.items():
            if name in self._given:
                found[name] = self._given[name]
            elif has:
                found[name] = default
            if kind.endswith("!") and found.get(name) is None:
                text = f"Variable ${name} of type {kind} was provided invalid value"
                raise QueryError(text, "INVALID_VARIABLE")
        self._given = {"": operation.variables, **found}

    def value(self, told: Any) -> Any:
        """A literal with its variables filled in; enumeration words become text."""
        if isinstance(told, Variable):
            if told.name not in self._given[""]:
                raise QueryError(f"Variable ${told.name} is not declared", "variableNotDefined")
            return self._given.get(told.name)
        if isinstance(told, list):
            return [self.value(one) for one in told]
        if isinstance(told, dict):
            return self.values(told)
        return str(told) if isinstance(told, Enum) else told

    def values(self, told: Mapping[str, Any]) -> Doc:
        """Arguments; a variable without a value counts as not given."""
        return {
            name: self.value(one) for name, one in told.items()
            if not (isinstance(one, Variable) and one.name in self._given[""] and one.name not in self._given)
        }  # fmt: skip

    def _wanted(self, directives: Mapping[str, Mapping[str, Any]]) -> bool:
        skip, include = directives.get("skip"), directives.get("include")
        if skip is not None and self.values(skip).get("if"):
            return False
        return include is None or bool(self.values(include).get("if"))

    def steps(self, type_name: str, selections: list[Field | Spread], on: str | None = None) -> tuple[list[Step], int]:
        """Checked steps of one type and their cost."""
        self._depth += 1
        if self._depth > 50:
            raise QueryError("the query is nested too deep", "MAX_DEPTH")
        found: list[Step] = []
        cost = 0
        for one in selections:
            if not self._wanted(one.directives):
                continue
            if isinstance(one, Field):
                step, price = self._step(type_name, one)
                step.on = on
                more = [step]
            else:
                more, price = self._spread(type_name, one)
            found.extend(more)
            cost += price
        self._depth -= 1
        return found, cost

    def _spread(self, type_name: str, one: Spread) -> tuple[list[Step], int]:
        on, selections = one.on, one.selections
        if one.fragment is not None:
            if one.fragment not in self._fragments:
                raise QueryError(f"Fragment {one.fragment} was used, but not defined", "useAndDefineFragment")
            fragment = self._fragments[one.fragment]
            on, selections = fragment.on, fragment.selections
        narrower = on not in (None, type_name, "Node")
        inner = on if on in TYPES and type_name == "Node" else type_name
        return self.steps(str(inner), selections, on if narrower else None)

    def _step(self, type_name: str, one: Field) -> tuple[Step, int]:
        if one.name == "__typename":
            return Step(one.key, one.name, Kind("String", "one", frozenset()), {}, {}), 0
        kind = TYPES.get(type_name, {}).get(one.name)
        if kind is None and type_name == "Node" and one.name == "id":
            kind = Kind("ID", "one", frozenset())
        if kind is None:
            raise QueryError(f"Field '{one.name}' doesn't exist on type '{type_name}'", "undefinedField")
        if strange := set(one.arguments) - kind.arguments:
            text = f"Field '{one.name}' doesn't accept argument '{min(strange)}'"
            raise QueryError(text, "argumentNotAccepted")
        step = Step(one.key, one.name, kind, self.values(one.arguments), {
            name: self.values(given) for name, given in one.directives.items()})  # fmt: skip
        if kind.type in SCALARS:
            if one.selections:
                raise QueryError(f"Selections can't be made on scalars (field '{one.name}')", "selectionMismatch")
            return step, 0
        if not one.selections:
            raise QueryError(
                f"Field must have selections (field '{one.name}' returns {kind.type})", "selectionMismatch"
            )
        if kind.shape == "connection":
            return self._connection(step, one)
        step.below, cost = self.steps(kind.type, one.selections)
        own = self._mutation_cost if type_name == "Mutation" else 1
        return step, own + cost * self._width(step)

    def _width(self, step: Step) -> int:
        first = step.arguments.get("first")
        return first if step.kind.shape == "list" and isinstance(first, int) and 0 < first <= self._first_max else 1

    def _connection(self, step: Step, one: Field) -> tuple[Step, int]:
        size = step.arguments.get("first", step.arguments.get("last"))
        if size is None:
            raise QueryError(f"you must provide one of first or last (field '{one.name}')", "BAD_REQUEST")
        if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= self._first_max:
            raise QueryError(f"{size} is not between 0 and {self._first_max} (field '{one.name}')", "BAD_REQUEST")
        cost = 0
        for part in self._parts(one.selections):
            if not self._wanted(part.directives):
                continue
            inner, price = self._part(step, part)
            step.below.append(inner)
            cost += price * (1 if part.name == "pageInfo" else size)
        return step, 1 + cost

    def _parts(self, selections: list[Field | Spread]) -> list[Field]:
        """Fields of a connection, fragments opened."""
        found: list[Field] = []
        for one in selections:
            if isinstance(one, Field):
                found.append(one)
            else:
                inner = self._fragments[one.fragment].selections if one.fragment in self._fragments else one.selections
                found.extend(self._parts(inner))
        return found

    def _part(self, step: Step, part: Field) -> tuple[Step, int]:
        item = Kind(step.kind.type, "one", frozenset())
        if part.name == "nodes":
            below, cost = self.steps(step.kind.type, part.selections)
            return Step(part.key, "nodes", item, {}, {}, below), 1 + cost
        if part.name == "pageInfo":
            below, cost = self.steps("PageInfo", part.selections)
            return Step(part.key, "pageInfo", Kind("PageInfo", "one", frozenset()), {}, {}, below), cost
        if part.name == "edges":
            below, cost = [], 0
            for one in self._parts(part.selections):
                if one.name == "node":
                    inner, price = self.steps(step.kind.type, one.selections)
                    below.append(Step(one.key, "node", item, {}, {}, inner))
                    cost += 1 + price
                elif one.name in ("cursor", "__typename"):
                    below.append(Step(one.key, one.name, Kind("String", "one", frozenset()), {}, {}))
                else:
                    raise QueryError(f"Field '{one.name}' doesn't exist on an edge", "undefinedField")
            return Step(part.key, "edges", item, {}, {}, below), cost
        if part.name == "__typename":
            return Step(part.key, "__typename", Kind("String", "one", frozenset()), {}, {}), 0
        raise QueryError(f"Field '{part.name}' doesn't exist on a connection", "undefinedField")


def plan(
    document: Document, name: str | None, variables: Mapping[str, Any], *, first_max: int, mutation_cost: int
) -> Plan:
    """Check one operation; raises `QueryError`."""
    operation = chosen(document, name)
    planner = _Planner(document, variables, first_max, mutation_cost)
    planner.variables(operation)
    steps, cost = planner.steps("Query" if operation.kind == "query" else "Mutation", operation.selections)
    for step in steps:
        step.directives = step.directives or {key: planner.values(one) for key, one in operation.directives.items()}
    return Plan(operation.kind, steps, cost)


def take_page(rows: list[Any], arguments: Mapping[str, Any], place: Callable[[int, Any], str]) -> Rows:
    """The page of a whole list that `first`/`last`, `after`/`before` and `reverse` ask for; cursors name places."""
    marks = [place(index, row) for index, row in enumerate(rows)]
    if arguments.get("reverse"):
        rows, marks = rows[::-1], marks[::-1]
    low, high = 0, len(rows)
    if arguments.get("after"):
        low = _place(marks, arguments["after"]) + 1
    if arguments.get("before"):
        high = _place(marks, arguments["before"])
    if arguments.get("first") is not None:
        high, top = min(high, low + arguments["first"]), high
        return Rows(rows[low:high], marks[low:high], high < top, low > 0)
    low, bottom = max(low, high - (arguments.get("last") or 0)), low
    return Rows(rows[low:high], marks[low:high], high < len(rows), low > bottom)


def _place(marks: list[str], wanted: Any) -> int:
    try:
        position(wanted)
        return marks.index(wanted)
    except ValueError:
        raise QueryError("Invalid cursor for current pagination sort.", "BAD_REQUEST") from None


class _Run:
    def __init__(self, context: Any, inner: Mapping[tuple[str, str], Callable[..., Any]]) -> None:
        self._context, self._inner = context, inner
        self.spent = 0

    def one(self, type_name: str, source: Doc, steps: list[Step]) -> Doc:
        """One object."""
        self.spent += 1
        told: Doc = {}
        typename = source.get("__typename", type_name)
        for step in steps:
            if step.on is not None and step.on != typename:
                continue
            if step.name == "__typename":
                told[step.key] = typename
                continue
            resolver = self._inner.get((type_name, step.name))
            value = source.get(step.name) if resolver is None else resolver(self._context, source, step.arguments)
            shown = self.value(step, value)
            if isinstance(shown, dict) and isinstance(told.get(step.key), dict):
                told[step.key] = {**told[step.key], **shown}
            else:
                told[step.key] = shown
        return told

    def value(self, step: Step, value: Any) -> Any:
        """What a field holds, as selected."""
        if step.kind.shape == "connection":
            rows = value if isinstance(value, Rows) else take_page(
                list(value or ()), step.arguments, lambda index, row: cursor("i", index))  # fmt: skip
            return self._connection(step, rows)
        if value is None or not step.below:
            return value
        if isinstance(value, list):
            first = step.arguments.get("first")
            return [self._item(step, row) for row in (value if first is None else value[:first])]
        return self._item(step, value)

    def _item(self, step: Step, row: Doc) -> Doc:
        kind = step.kind.type if step.kind.type != "Node" else str(row.get("id", "")).split("/")[-2]
        return self.one(kind, row, step.below)

    def _connection(self, step: Step, page: Rows) -> Doc:
        told: Doc = {}
        for part in step.below:
            if part.name == "nodes":
                told[part.key] = [self.one(step.kind.type, row, part.below) for row in page.rows]
            elif part.name == "edges":
                pairs = zip(page.rows, page.cursors, strict=True)
                told[part.key] = [self._edge(step, part, row, mark) for row, mark in pairs]
            elif part.name == "pageInfo":
                ends = (page.cursors[0], page.cursors[-1]) if page.cursors else (None, None)
                told[part.key] = self.one("PageInfo", {
                    "hasNextPage": page.more, "hasPreviousPage": page.before, "startCursor": ends[0],
                    "endCursor": ends[1]}, part.below)  # fmt: skip
            else:
                told[part.key] = f"{step.kind.type}Connection"
        return told

    def _edge(self, step: Step, part: Step, row: Doc, mark: str) -> Doc:
        return {
            one.key: self.one(step.kind.type, row, one.below) if one.name == "node"
            else mark if one.name == "cursor" else f"{step.kind.type}Edge"
            for one in part.below
        }  # fmt: skip


def run(
    planned: Plan, context: Any, roots: Mapping[str, Resolver], inner: Mapping[tuple[str, str], Callable[..., Any]]
) -> tuple[Doc, int]:
    """(data, actual cost). Root fields go to `roots`; below, `inner` answers where a document alone does not."""
    runner, told = _Run(context, inner), Doc()
    for step in planned.steps:
        if step.name == "__typename":
            told[step.key] = "QueryRoot" if planned.kind == "query" else "Mutation"
            continue
        told[step.key] = runner.value(step, roots[step.name](context, step.arguments, step.directives))
    return told, runner.spent
