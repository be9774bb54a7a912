"""Opening a database again in one process leaves it the locks it holds: another process is never the last one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import orderhub
from orderhub.errors import ConfigurationError
from orderhub.inventory import open_ledger
from orderhub.stores.sql_sqlite import create_private, open_sqlite

VISIT = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select count(*) from sqlite_master'); c.close()"
)


@pytest.mark.parametrize("again", [
    lambda path: open_sqlite(path).dispose, lambda path: open_ledger(f"sqlite:///{path}").close,
    lambda path: orderhub.Hub(database=f"sqlite:///{path}").close,
])  # fmt: skip
def test_a_second_opening_drops_no_lock(tmp_path: Path, again: Callable[[Path], Callable[[], None]]) -> None:
    path = tmp_path / "hub.db"
    with orderhub.Hub(database=f"sqlite:///{path}") as hub:
        hub.orders()
        close = again(path)
        subprocess.run([sys.executable, "-c", VISIT, str(path)], check=True)
        assert path.with_name("hub.db-wal").exists(), "a visitor took itself for the last one and removed the log"
        close()
    assert path.stat().st_mode & 0o077 == 0


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no file"):
        create_private(tmp_path)
    with pytest.raises(ConfigurationError, match="create its folder"):
        create_private(tmp_path / "none" / "hub.db")
