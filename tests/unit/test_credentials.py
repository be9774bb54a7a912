"""Credentials stay in the process: no pickle, no JSON, no repr; in the clear only for who asks."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

import orderhub
from orderhub.errors import ConfigurationError, SecurityError
from orderhub.hub.settings import load_settings, resolve
from orderhub.kit.spec import ShopConfig
from orderhub.models import Credentials, Token
from orderhub.plugins import find

SECRETS = ("app-secret-1", "access-1", "refresh-1", "previous-1", "previous-2")
UNTIL = datetime(2030, 1, 1, tzinfo=UTC)
TOKEN = Token("access-1", "refresh-1", UNTIL, account={"shop": "access-1"})
HELD = Credentials("key", "app-secret-1", TOKEN, 3, previous_secrets=("previous-1", "previous-2"))
CONFIG = ShopConfig.of(find("taobao").spec, "tb-1", app=HELD)


@dataclass
class Host:
    """Something of the host's that holds credentials."""

    name: str
    inside: Any


@pytest.mark.parametrize("held", [HELD, TOKEN, Host("h", HELD), [HELD], {"of": TOKEN}, Host("h", CONFIG.app)])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_wherever_they_stand(held: Any, protocol: int) -> None:
    with pytest.raises(SecurityError, match="reveal") as caught:
        pickle.dumps(held, protocol)
    assert not any(secret in str(caught.value) for secret in SECRETS)


def _writers() -> list[Callable[[Any], Any]]:
    found: list[Callable[[Any], Any]] = [json.dumps, lambda held: json.dumps(asdict(held))]
    for name, write in (("orjson", "dumps"), ("msgspec.json", "encode")):
        try:
            found.append(getattr(import_module(name), write))
        except ImportError:
            continue
    return found


@pytest.mark.parametrize("write", _writers())
@pytest.mark.parametrize("held", [HELD, Host("h", HELD)])
def test_no_json_writer_spells_them_out(held: Any, write: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        write(held)


def test_a_copy_is_the_thing_itself_and_its_repr_says_nothing() -> None:
    for held in (HELD, TOKEN):
        assert copy.copy(held) is held and copy.deepcopy(held) is held
        assert not any(secret in f"{held!r} {held!s} {Host('h', held)}" for secret in SECRETS)
    assert asdict(Host("h", HELD))["inside"] is HELD


def test_they_are_values_that_do_not_change() -> None:
    same = Credentials("key", "app-secret-1", TOKEN, 3, previous_secrets=("previous-1", "previous-2"))
    assert same == HELD and Credentials("key", "app-secret-1", TOKEN, 3) != HELD and HELD != "key"
    assert hash(HELD) == hash(same) and len({HELD, same}) == 1
    with pytest.raises(AttributeError):
        HELD.app_secret = "x"
    with pytest.raises(AttributeError):
        del HELD.app_secret
    newer = HELD.with_token(Token("t2"), 4)
    assert (newer.access_token, newer.version, newer.previous_secrets) == ("t2", 4, HELD.previous_secrets)
    assert HELD.with_token(None).access_token is None and HELD.with_token(None).version == 3


def test_who_asks_gets_what_connect_takes() -> None:
    shown = HELD.reveal()
    assert set(SECRETS) <= {*map(str, shown.values()), *shown["previous_secrets"]} and shown["expires_at"] == UNTIL
    shop = orderhub.connect("taobao", base_url="http://127.0.0.1:9", **shown)
    assert shop.ops.config.app.reveal() == shown
    assert Credentials("k", "s").reveal() == {"app_key": "k", "app_secret": "s", "previous_secrets": ()}


@pytest.mark.parametrize("given", ["old", ["", "old"], [None], [7], {"a": 1}, ["x"] * 9, 5])
def test_previous_secrets_are_a_short_list_of_texts(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="previous_secrets") as caught:
        orderhub.connect("taobao", app_key="k", app_secret="s", previous_secrets=given)
    assert "old" not in str(caught.value)


def test_a_file_refers_to_every_secret_of_a_list(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_1", "previous-1")
    place = tmp_path / "orderhub.toml"
    shop = '[[shops]]\nplatform = "taobao"\napp_key = "k"\nprevious_secrets = '
    place.write_text("message_window_s = 90\n" + shop + '["env:OLD_1"]\n')
    settings = load_settings(place)
    assert settings.shops[0]["previous_secrets"] == ["previous-1"] and settings.message_window.total_seconds() == 90
    for bad in ('["previous-1"]', '["env:OLD_1", "plain"]', '["env:OLD_9"]'):
        place.write_text(shop + bad + "\n")
        with pytest.raises(ConfigurationError, match="previous_secrets"):
            load_settings(place)
    for name in ("push_token", "webhook_secret", "sign_secret"):
        with pytest.raises(ConfigurationError, match=name):
            resolve(name, "plain")
