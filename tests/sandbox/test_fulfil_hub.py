"""The commands of both hubs over the sandbox: equal outcomes, and refusals that leave everything as it was."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from fulfil_world import CARDS, START, UNITS, WAREHOUSES

from orderhub import AsyncHub, Hub
from orderhub.inventory import Receive, StockLine
from orderhub.models import Address, Recipient
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS

PERSON = Recipient(name="李四", phone="13900001234", address=Address(
    country="CN", province="广东省", city="广州市", district="天河区", street="体育西路9号"))  # fmt: skip


def arguments() -> tuple[World, dict[str, Any]]:
    made = World(seed=4, platforms=["taobao"], carriers=["sf"], shops_per_platform=1, start=START, tick=lambda: 0.0)
    made.control("POST", "/_sandbox/taobao/orders", {}, {"count": 6})
    [account] = made.carrier_accounts()
    names = {"partner_id": "app_key", "checkword": "app_secret"}
    carrier = {names.get(name, name): value for name, value in account.items() if name != "token_url"}
    return made, {"shops": made.shops(), "carriers": [carrier], "warehouses": WAREHOUSES, "clock": made.clock,
                  "rate_cards": [CARDS], "backfill": timedelta(hours=1)}  # fmt: skip


async def story(hub: Any, wait: Any) -> list[Any]:
    """What a person does, one command after the other."""
    hub.stock.apply(
        [Receive("opening", tuple(StockLine(sku, row["code"], UNITS) for sku in GOODS for row in WAREHOUSES))]
    )
    await wait(hub.sync(refunds=False))
    waiting = [order.key for order in await wait(hub.orders()) if order.is_shippable]
    first, second = waiting[:2]
    told = [*(await wait(hub.fulfil([first])))]
    for dry_run in (True, False):
        told += [await wait(hub.change_address(second, PERSON, dry_run=dry_run)),
                 await wait(hub.cancel(second, dry_run=dry_run)), await wait(hub.cancel(first, dry_run=dry_run)),
                 await wait(hub.split(second, [[("none", 1)], [("none", 1)]], dry_run=dry_run)),
                 await wait(hub.merge([first, second], dry_run=dry_run)), await wait(hub.reopen(second, dry_run=dry_run)),
                 await wait(hub.rejoin(first, dry_run=dry_run)), await wait(hub.intercept(first, dry_run=dry_run)),
                 await wait(hub.acknowledge(first, who="anna", dry_run=dry_run))]  # fmt: skip
    told += [await wait(hub.merge_candidates()), await wait(hub.assign([second])), await wait(hub.escalate())]
    levels = [(level.sku, level.warehouse, level.on_hand, level.reserved) for level in hub.stock.levels()]
    return [repr(told), levels]


def test_both_hubs_do_the_same() -> None:
    async def now(value: Any) -> Any:
        return value

    async def awaited(value: Any) -> Any:
        return await value

    made, given = arguments()
    with Hub(transport=made.transport(), **given) as hub:
        ours = asyncio.run(story(hub, now))

    async def theirs() -> list[Any]:
        other, again = arguments()
        async with AsyncHub(transport=other.async_transport(), **again) as hub:
            return await story(hub, awaited)

    assert ours == asyncio.run(theirs())
    assert all(level[3] == 0 for level in ours[1]) and all(level[2] == UNITS for level in ours[1]), "all was taken back"
