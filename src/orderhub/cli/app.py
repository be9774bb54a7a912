"""Every command, by importing the modules that register them; how the program is started. Imports `cli`.

Commands live in `about`, `collecting`, `ordering`, `stocking`, `watching`, `report` and `running`; what they print is
documented in `catalogue`, what they end with in `exits`.
"""

from __future__ import annotations

from orderhub.cli import about, collecting, ordering, report, running, stocking, watching
from orderhub.cli.base import app

__all__ = ["MODULES", "app", "run"]

MODULES = (about, collecting, ordering, report, running, stocking, watching)
"""Where commands are."""


def run() -> None:
    """Run the command of this process and exit with a code of `cli.exits`."""
    app()
