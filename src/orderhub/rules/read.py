"""Rules out of text: TOML, JSON, and YAML with the extra `yaml`. Imports `kit`, `errors`.

Fractions are read exactly, whatever the format; a document with a float that somebody else read is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import ValidationError

from orderhub.errors import ConfigurationError
from orderhub.kit.toml import read_toml
from orderhub.rules.check import bind
from orderhub.rules.model import RuleSet
from orderhub.rules.vocabulary import Vocabulary

__all__ = ["read_rules"]

Format = Literal["toml", "json", "yaml"]
SIZE_MAX = 1_000_000


def read_rules(source: str | Mapping[str, Any], words: Vocabulary, *, format: Format = "toml") -> RuleSet:
    """A set of rules, checked against its vocabulary and ready to decide.

    Args:
        source: The text, or the document when it was read already; text that begins with a brace is JSON.
    Raises:
        ConfigurationError: The text cannot be read, or a rule is wrong; the message names the rule and the place.
    """
    document = _document(source, format) if isinstance(source, str) else source
    try:
        return bind(RuleSet.model_validate(document), words)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = _where(first["loc"], document)
        raise ConfigurationError(f"rules: {where}: {first['msg']}", field=where) from None


def _where(place: tuple[int | str, ...], document: Any) -> str:
    """`rule 'name', when.0.fact` where the name can be read, the bare place otherwise."""
    if len(place) > 1 and place[0] == "rules" and isinstance(place[1], int):
        rows = document.get("rules") if isinstance(document, Mapping) else None
        row = rows[place[1]] if isinstance(rows, list | tuple) and place[1] < len(rows) else None
        name = row.get("name") if isinstance(row, Mapping) else None
        return f"rule {name or place[1] + 1!r}, {'.'.join(map(str, place[2:])) or 'whole'}"
    return ".".join(map(str, place)) or "document"


def _document(text: str, format: Format) -> Any:
    if len(text) > SIZE_MAX:
        raise ConfigurationError(f"rules: more than {SIZE_MAX} characters", field="document")
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text, parse_float=Decimal)
        return _yaml(text) if format == "yaml" else read_toml(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"rules cannot be read: {error}", field="document") from None


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise ConfigurationError("rules in YAML need the extra: pip install 'orderhub[yaml]'") from None

    class Exact(yaml.SafeLoader):  # type: ignore[misc]  # the package brings no types
        """Fractions as `Decimal`, no aliases (a small text could grow without bound)."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ValueError("aliases are not taken")
            return super().compose_node(parent, index)

    Exact.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(loader.construct_scalar(node)))
    try:
        return yaml.load(text, Exact)  # noqa: S506 # nosec B506  # a SafeLoader
    except (yaml.YAMLError, ArithmeticError) as error:
        raise ValueError(str(error)) from None
