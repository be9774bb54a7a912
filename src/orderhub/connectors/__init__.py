"""Built-in platforms, one folder each. The package itself imports nothing of the library.

`orderhub.connectors()` lists what is installed; since the name of this package is the same, and importing a platform
puts the package in that place, the package can be called too.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _CallablePackage(ModuleType):
    """This package, which answers a call as `orderhub.hub.registry.connectors` does."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        """See `orderhub.hub.registry.connectors`; loaded by name, because connectors do not know the hub."""
        return importlib.import_module("orderhub.hub.registry").connectors(*args, **named)


sys.modules[__name__].__class__ = _CallablePackage
