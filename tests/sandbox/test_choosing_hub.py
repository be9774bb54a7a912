"""A hub learns from its own parcels how well carriers do, explains its choices, and rehearses them without a trace."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fulfil_world import CARDS, WAREHOUSES, Scene

from orderhub import AsyncHub
from orderhub.errors import ConfigurationError, WaybillRejected
from orderhub.hub.settings import load_settings
from orderhub.logistics.policy import read_selection
from orderhub.logistics.quality import QualityTable

QUOTAS = {"quotas": [{"name": "yto day", "carriers": ["yto"], "per_day": 2}]}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Orders whose numbers come from the carriers themselves."""
    found = Scene("taobao", tmp_path, carriers=("sf", "yto"))
    found.hub.ops.plan = replace(found.hub.ops.plan, platform_waybills="never")
    return found


def test_what_became_of_parcels_is_learned_and_chosen_by(scene):
    keys = [order.key for order in scene.orders(6)]
    outcomes = [outcome for outcome in scene.hub.fulfil(keys) if outcome.ok]
    assert outcomes
    scene.world.advance(6 * 24 * 3600)
    scene.hub.sync(refunds=False)
    scene.hub.track()
    rehearsed = scene.hub.learn_quality(dry_run=True)
    assert scene.hub.carrier_quality() == QualityTable(), "a dry run keeps nothing"
    table = scene.hub.learn_quality()
    assert table == rehearsed == scene.hub.carrier_quality()
    parcels = [parcel for outcome in outcomes for parcel in outcome.value.parcels]
    assert all(parcel.promised_hours for parcel in parcels)
    assert sum(tally.parcels for tally in table.lanes.values()) == len(parcels)
    assert sum(tally.timed for tally in table.lanes.values()) == len(parcels)
    assert {carrier for carrier, *_ in table.lanes} == {parcel.carrier for parcel in parcels}
    assert scene.hub.learn_quality() == table, "each parcel counts once"
    asked = next(order for order in scene.orders(1) if order.key not in keys)
    [parcel] = scene.hub.carrier_options(asked.key)
    (carrier, *_), *_ = table.lanes
    reasons = {option.carrier: option.reasons for option in parcel.selection.options}
    assert any(reason.endswith("learned") for reason in reasons[carrier])
    scene.hub.close()


def test_options_shares_and_health_are_told_alike_by_both_hubs_and_change_nothing(scene):
    key = scene.orders(1)[0].key
    told = scene.hub.carrier_options(key)
    assert told == scene.hub.carrier_options(key) and told[0].chosen is None
    assert scene.hub.carrier_shares() == [] and scene.hub.carrier_health() == {}
    assert scene.hub.stores.get_cursor(f"fulfil:{key}").position is None

    async def awaited():
        settings = {"shops": [], "warehouses": WAREHOUSES, "database": scene.database, "clock": scene.world.clock}
        carriers = [{"carrier": name, **rest} for name, rest in carriers_of(scene).items()]
        async with AsyncHub(
            **settings, carriers=carriers, transport=scene.world.async_transport(), rate_cards=[CARDS]
        ) as hub:
            return await hub.carrier_options(key), await hub.carrier_shares(), await hub.learn_quality(dry_run=True)

    assert asyncio.run(awaited()) == (told, [], scene.hub.learn_quality(dry_run=True))
    assert (
        scene.hub.fulfil([key])[0].ok and scene.hub.carrier_options(key)[0].chosen == told[0].selection.best().carrier
    )
    scene.hub.close()


def carriers_of(scene: Scene) -> dict[str, dict[str, object]]:
    names = {"partner_id": "app_key", "checkword": "app_secret"}
    return {
        row["carrier"]: {
            names.get(name, name): value for name, value in row.items() if name not in ("token_url", "carrier")
        }
        for row in scene.world.carrier_accounts()
    }


def test_a_rehearsal_draws_shares_aside(scene):
    keys = [order.key for order in scene.orders(4)]
    plan = scene.hub.ops.plan
    scene.hub.ops.plan = replace(plan, selection=read_selection(QUOTAS))
    rehearsed = scene.hub.fulfil(keys, dry_run=True)
    [use] = scene.hub.carrier_shares()
    assert (use.drawn, use.most) == (0, 2)
    done = scene.hub.fulfil(keys)
    chosen = [outcome.value.parcels[0].carrier for outcome in done if outcome.ok]
    assert chosen == [outcome.value.parcels[0].carrier for outcome in rehearsed if outcome.ok]
    [use] = scene.hub.carrier_shares()
    assert use.drawn == chosen.count("yto") <= 2
    assert scene.hub.carrier_shares(use.day - timedelta(days=1))[0].drawn == 0
    scene.hub.close()


def test_the_choice_of_carriers_stands_in_the_configuration(tmp_path):
    path = tmp_path / "orderhub.toml"
    path.write_text(
        'rate_cards = ["rates.csv"]\n[selection]\nstrategy = "balanced"\n[selection.weights]\nhour = 0.05\n'
        '[[selection.quotas]]\nname = "q"\ncarriers = ["顺丰"]\nper_day = 3\n', "utf-8",
    )  # fmt: skip
    policy = load_settings(path).selection
    assert policy.quotas[0].carriers == ("sf",) and str(policy.weights.hour) == "0.05"
    path.write_text('[selection]\nstrategy = "quick"\n', "utf-8")
    with pytest.raises(ConfigurationError, match="no strategy 'quick'"):
        load_settings(path)


def test_an_unknown_province_is_told_before_any_option(scene):
    order = scene.orders(1)[0]
    address = order.recipient.address.model_copy(update={"province": "某省", "division_code": None})
    later = order.updated_at + timedelta(seconds=1)
    bad = order.model_copy(
        update={"recipient": order.recipient.model_copy(update={"address": address}), "updated_at": later}
    )
    scene.hub.stores.put_orders([bad])
    with pytest.raises(WaybillRejected) as failure:
        scene.hub.carrier_options(order.key)
    assert (failure.value.code, failure.value.field) == ("unknown_province", "recipient.address.province")
    scene.hub.close()
