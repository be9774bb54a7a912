"""What is installed: connectors and their capabilities. Imports `plugins`, `kit`."""

from __future__ import annotations

from orderhub.errors import ConfigurationError
from orderhub.kit.spec import Connector
from orderhub.plugins import CONNECTORS, find, names

__all__ = ["broken", "connectors"]


def connectors(group: str = CONNECTORS) -> dict[str, Connector]:
    """Every connector found through entry points, by name; those that cannot be loaded are left out with a warning."""
    found = {}
    for name in names(group):
        try:
            found[name] = find(name, group)
        except ConfigurationError:
            continue  # told by the log and by `broken`
    return found


def broken(group: str = CONNECTORS) -> dict[str, str]:
    """Registered plug-ins that cannot be loaded, with the reason."""
    told = {}
    for name in names(group):
        try:
            find(name, group)
        except ConfigurationError as error:
            told[name] = error.message
    return told
