"""A host's row for lines is read on every platform, not only its rows for orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import orderhub
from orderhub.plugins import find, names
from orderhub.sandbox import World

PLATFORMS = sorted(name for name in names() if name != "file" and "line" in find(name).spec.tables)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_row_of_lines_can_be_overridden(platform: str) -> None:
    world = World(seed=3, platforms=[platform], carriers=[], orders=4)
    entry: dict[str, Any] = {**find(platform).spec.samples(), **world.shops()[0]}

    def titles(**given: Any) -> list[str | None]:
        shop = orderhub.connect(**entry, transport=world.transport(), clock=world.clock, **given)
        since = world.now() - timedelta(days=25)
        return [line.title for order in shop.orders(updated_since=since) for line in order.lines]

    assert any(titles())
    replaced = titles(overrides={"line": {"title": "no_such_field"}})
    assert replaced and not any(replaced)
