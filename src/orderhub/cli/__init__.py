"""The command line (extra `cli`). May import everything.

Tables and progress bars for people, `--json` for machines; exit code 0 means that all is well.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Entry point of `orderhub`; says what to install when the extra is missing."""
    try:
        import rich
        import typer
    except ImportError:
        sys.exit('the command line needs typer and rich: pip install "orderhub[cli]"')
    del rich, typer
    from orderhub.cli.app import run

    run()
