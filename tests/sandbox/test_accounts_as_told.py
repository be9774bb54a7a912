"""An account of the sandbox connects as it is told, and of many accounts the one that is wrong is named."""

from __future__ import annotations

import shlex
import stat
from pathlib import Path

import pytest

import orderhub
from orderhub.cli import doctor_machine
from orderhub.cli.exits import hint_of
from orderhub.cli.sandbox_config import write_config
from orderhub.errors import ConfigurationError
from orderhub.hub.settings import load_settings
from orderhub.sandbox import World


def test_every_carrier_connects_with_its_account_unchanged() -> None:
    world = World(seed=1, platforms=["taobao"], orders=1)
    accounts = world.carrier_accounts()
    with orderhub.Hub(carriers=accounts, transport=world.transport()) as hub:
        assert len(hub.carriers) == len(accounts)
        assert repr(orderhub.carrier(**accounts[0], transport=world.transport())) == repr(hub.carriers["sf"])


def test_a_credential_has_one_name_at_a_time() -> None:
    with pytest.raises(ConfigurationError, match="app_key or partner_id"):
        orderhub.carrier("sf", app_key="a", app_secret="b", partner_id="c")
    with pytest.raises(ConfigurationError, match="which carrier"):
        orderhub.carrier(app_key="a", app_secret="b")


@pytest.mark.parametrize(("given", "named"), [
    ({"shops": [{"platform": "taobao", "shop_id": "one"}]}, "shop taobao:one: app_key"),
    ({"carriers": [{"carrier": "sf", "app_key": "a", "app_secret": "b", "colour": "red"}]}, "carrier sf: .*colour"),
    ({"shops": [{"platform": "jd", "app_key": "sandbox-a", "app_secret": "b"}]}, "shop jd: these are sandbox"),
])  # fmt: skip
def test_of_many_accounts_the_wrong_one_is_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(orderhub.OrderHubError, match=named):
        orderhub.Hub(**given)  # type: ignore[arg-type]


def test_a_reference_that_leads_nowhere_says_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "orderhub.toml"
    shops = [f'[[shops]]\nplatform = "taobao"\nshop_id = "{n}"\napp_secret = "env:NOT_THERE"\n' for n in range(2)]
    file.write_text(shops[0].replace("env:NOT_THERE", "") + shops[1], "utf-8")
    with pytest.raises(ConfigurationError, match=r"^shops\[1\]\.app_secret: the environment has no variable NOT_THERE"):
        load_settings(file)


def test_sqlite_is_asked_for_what_it_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `orderhub[demo]` brings is enough for a database in a file."""
    monkeypatch.setattr(doctor_machine, "_there", lambda module: module not in {"psycopg", "redis"})
    asked = {
        url: [row["check"] for row in doctor_machine.look_at_extras({"database": url}) if row["state"] == "bad"]
        for url in ("sqlite:///hub.db", "postgresql://db/x", "memory:")
    }
    assert asked == {"sqlite:///hub.db": [], "postgresql://db/x": ["extra sql"], "memory:": []}
    rows = doctor_machine.look_at_extras({"database": "sqlite:///hub.db", "quotas": "redis://db"})
    assert [row["check"] for row in rows if row["state"] == "bad"] == ["extra redis"]


def test_a_missing_package_is_no_fault_of_the_configuration() -> None:
    missing = hint_of(ConfigurationError('Excel files need openpyxl: pip install "orderhub[excel]"'))
    wrong = hint_of(ConfigurationError("orderhub.toml: unknown key"))
    assert missing is not None
    assert wrong is not None
    assert (missing[0].split()[0], wrong[0].split()[0]) == ("install", "correct")


def test_the_written_configuration_opens_a_hub_of_every_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No secret stands in the file; the variables beside it, read as a shell would, make it whole."""
    world, file = World(seed=1, orders=1, base_url="http://127.0.0.1:8700"), tmp_path / "orderhub.toml"
    variables = write_config(world, file)
    assert stat.S_IMODE(variables.stat().st_mode) == 0o600
    told = dict(shlex.split(row)[1].split("=", 1) for row in variables.read_text("utf-8").splitlines())
    assert len(told) > 80 and not [name for name, secret in told.items() if f'"{secret}"' in file.read_text("utf-8")]
    for name, secret in told.items():
        monkeypatch.setenv(name, secret)
    settings = load_settings(file)
    shops = [{name: value for name, value in row.items() if name in account}
             for row, account in zip(settings.shops, world.shops(), strict=True)]  # fmt: skip
    assert shops == world.shops() and list(settings.carriers) == world.carrier_accounts()
    with orderhub.Hub.from_config(file, transport=world.transport()) as hub:
        assert len(hub.shops) == len(world.shops()) and len(hub.carriers) == len(world.carrier_accounts())
    with pytest.raises(ConfigurationError, match="is there already"):
        write_config(world, file)
