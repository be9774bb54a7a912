"""Connectors and carriers found through entry points; a broken one breaks nothing else. Imports `kit`, `errors`.

Built-in names win: a second entry of the same name is one warning.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from orderhub.errors import ConfigurationError
from orderhub.kit.spec import API, Connector

__all__ = ["CARRIERS", "CONNECTORS", "find", "names"]

CONNECTORS = "orderhub.connectors"
CARRIERS = "orderhub.carriers"
_log = logging.getLogger("orderhub.plugins")


@lru_cache(maxsize=8)
def _entries(group: str) -> dict[str, EntryPoint]:
    """Entry points by name; ours first, a duplicate is told once."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: not entry.value.startswith("orderhub.")):
        if entry.name in found and entry.value != found[entry.name].value:
            _log.warning("duplicate plug-in name, the first wins", extra={"plugin": entry.name, "ignored": entry.value})
        found.setdefault(entry.name, entry)
    return found


def names(group: str = CONNECTORS) -> tuple[str, ...]:
    """What is registered, loadable or not."""
    return tuple(sorted(_entries(group)))


@lru_cache(maxsize=64)
def find(name: str, group: str = CONNECTORS) -> Connector:
    """The connector called `name`.

    Raises:
        ConfigurationError: Unknown (the message lists what there is), or it cannot be loaded.
    """
    entry = _entries(group).get(name)
    if entry is None:
        raise ConfigurationError(
            f"no {group.split('.')[1].removesuffix('s')} {name!r}; installed: {', '.join(names(group))}"
        )
    try:
        loaded = entry.load()
    except Exception as error:
        _log.warning("plug-in cannot be loaded", extra={"plugin": name, "reason": type(error).__name__})
        raise ConfigurationError(
            f"plug-in {name!r} ({entry.value}) cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(loaded, Connector):
        raise ConfigurationError(f"plug-in {name!r} ({entry.value}) is not an orderhub.kit Connector")
    if loaded.api != API:
        raise ConfigurationError(
            f"plug-in {name!r} ({entry.value}) was written for version {loaded.api} of the connector kit; "
            f"this is version {API}: install a release of it that fits"
        )
    return loaded
