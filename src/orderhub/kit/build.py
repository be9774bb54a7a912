"""Models out of values, validated or trusted, and what models of one kind can share. Imports `models`.

`make` is `model_validate` for what a field table decoded. Two things are different: models that were given the same
fields share one set of their names, which is half of what an order weighs; and a shop that trusts its tables gets the
same objects without the checks. Trust is for documents that were decoded before, such as those of an archive: the types
of values are then what the tables make of them, and a document that validation would refuse may pass.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from pydantic_core import PydanticUndefined

from orderhub.models.base import Model, Word

__all__ = ["make"]

M = TypeVar("M", bound=Model)
Maker = Callable[[Any], Any]

_NONE = type(None)
_SETS_MAX = 4096
_sets: dict[tuple[str, ...], set[str]] = {}
"""Names that were given -> the set that all models share which were given these; a copy of a model copies its set."""
_put = object.__setattr__


def make(model: type[M], values: dict[str, Any], *, trusted: bool = False) -> M:
    """One model.

    Args:
        values: Field -> canonical value; nested models as dictionaries.
        trusted: Leave out the checks.
    Raises:
        ValidationError: As `model_validate`, unless trusted.
    """
    if trusted:
        return typing.cast(M, _maker(model)(values))
    made = model.model_validate(values)
    _share(made, values)
    return made


def _share(made: Model, values: Mapping[str, Any]) -> None:
    """Let a model and the rows in it share the names of the fields that were given."""
    _put(made, "__pydantic_fields_set__", _names(tuple(values)))
    for name in _rows_of(type(made)):
        for row, given in zip(getattr(made, name), values.get(name, ()), strict=False):
            if type(given) is dict:
                _put(row, "__pydantic_fields_set__", _names(tuple(given)))


def _names(order: tuple[str, ...]) -> set[str]:
    found = _sets.get(order)
    if found is None:
        found = set(order)
        if len(_sets) < _SETS_MAX:
            _sets[order] = found
    return found


@lru_cache(maxsize=64)
def _rows_of(model: type[Model]) -> tuple[str, ...]:
    """Fields that are tuples of models."""
    hints = typing.get_type_hints(model)
    return tuple(name for name in model.model_fields if _row_model(hints[name]) is not None)


def _row_model(hint: Any) -> type[Model] | None:
    parts = typing.get_args(hint)
    is_row = typing.get_origin(hint) is tuple and len(parts) == 2 and isinstance(parts[0], type)
    return parts[0] if is_row and issubclass(parts[0], Model) else None


@lru_cache(maxsize=64)
def _maker(model: type[Model]) -> Maker:
    """One straight function: defaults, given values, nested models, the four slots of an instance."""
    hints = typing.get_type_hints(model)
    defaults = {name: None if info.default is PydanticUndefined else info.default
                for name, info in model.model_fields.items()}  # fmt: skip
    scope: dict[str, Any] = {
        "model": model, "defaults": defaults, "new": object.__new__, "put": _put, "names": _names, "given": _sets.get,
    }  # fmt: skip
    lines = ["def build(values):", "    if type(values) is model: return values", "    found = {**defaults, **values}"]
    for at, (name, hint) in enumerate(hints.items()):
        if name in model.model_fields and (nested := _nested(hint)) is not None:
            scope[f"nested{at}"] = nested
            lines.append(f"    if {name!r} in values: found[{name!r}] = nested{at}(values[{name!r}])")
    lines += [
        "    order = tuple(values)",
        "    made = new(model)",
        "    put(made, '__dict__', found)",
        "    put(made, '__pydantic_fields_set__', given(order) or names(order))",
        "    put(made, '__pydantic_extra__', None)",
        "    put(made, '__pydantic_private__', None)",
        "    return made",
    ]
    exec("\n".join(lines), scope)  # noqa: S102 # nosec B102  # names are repr()-quoted fields of the model itself
    return typing.cast(Maker, scope["build"])


def _nested(hint: Any) -> Maker | None:
    """What makes the value of a field that holds models, words or a sequence, of which tables may give another kind."""
    parts = typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType) and len(parts) == 2 and _NONE in parts:
        inner = _nested(next(part for part in parts if part is not _NONE))
        return inner and (lambda value: None if value is None else inner(value))
    if (row := _row_model(hint)) is not None:
        one = _maker(row)
        return lambda rows: tuple([one(each) for each in rows])
    if isinstance(hint, type) and issubclass(hint, Model):
        return _maker(hint)
    if isinstance(hint, type) and issubclass(hint, Word):
        return lambda word: word if type(word) is hint else hint(word)
    return {tuple: tuple, frozenset: frozenset}.get(typing.get_origin(hint))
