"""What each shop may show: the most specific rule, pools, dedicated units, bundles, and what nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orderhub
from orderhub.errors import ConfigurationError
from orderhub.hub.settings import load_settings
from orderhub.inventory import (
    ChannelPolicy,
    ChannelRule,
    ChannelRules,
    ChannelView,
    Level,
    Pool,
    SafetyStock,
    StockSnapshot,
)
from orderhub.models import Warehouse

SHOPS = ("taobao:a", "jd:b", "suning:c")
LEVELS = (Level("A", "sh", 10), Level("A", "gz", 6, 1), Level("A", "vip", 7), Level("B", "sh", 3), Level("C", "fba", 9))
WAREHOUSES = (*(Warehouse(code=code) for code in ("sh", "gz", "vip")), Warehouse(code="fba", kind="platform"))


def view(*rules: dict[str, Any], pools: tuple[Pool, ...] = (), **more: Any) -> ChannelView:
    given: dict[str, Any] = {"warehouses": WAREHOUSES, **more}
    return ChannelView(StockSnapshot(7, LEVELS), SHOPS, rules=ChannelRules.of(rules, pools), **given)


def shown(seen: ChannelView, sku: str = "A") -> list[int | None]:
    return [seen.shown(shop, sku).quantity for shop in SHOPS]


def test_without_rules_everybody_is_shown_everything_that_sells() -> None:
    assert shown(view()) == [22, 22, 22]
    assert view().shown("jd:b", "A").version == 7
    assert view().total("A") == 22
    assert view().total("A", "gz") == 5
    assert view().places("A") == ("gz", "sh", "vip")


def test_the_most_specific_rule_counts_whole() -> None:
    rules = (
        {"cap": 20},
        {"sku": "A", "cap": 15},
        {"shop": "jd:*", "cap": 10},
        {"shop": "jd:*", "sku": "A", "percentage": 50},
        {"shop": "jd:b", "cap": 3},
    )
    assert shown(view(*rules)) == [15, 3, 15]
    assert shown(view(*rules[:4])) == [15, 11, 15]
    assert shown(view(*rules[:3])) == [15, 10, 15]
    assert shown(view(*rules[:4]), "B") == [3, 3, 3]


def test_a_pool_is_what_its_shops_see_and_an_exclusive_one_is_hidden_from_the_others() -> None:
    east, vip = Pool("east", ("sh",)), Pool("vip", ("vip",), exclusive=True)
    seen = view({"shop": "taobao:a", "pool": "east"}, {"shop": "jd:b", "pool": "vip"}, pools=(east, vip))
    assert shown(seen) == [10, 7, 15]
    assert seen.total("A") == 22
    assert shown(seen, "B") == [3, 0, 3], "a known SKU that a pool does not hold is sold out there"


def test_dedicated_units_are_kept_for_their_shop() -> None:
    seen = view({"shop": "taobao:a", "dedicated": 9}, {"shop": "jd:b", "dedicated": 4, "pooled": False})
    assert shown(seen) == [9 + 9, 4, 9]
    scarce = ChannelView(
        StockSnapshot(1, (Level("A", "sh", 6),)), SHOPS,
        rules=ChannelRules.of(({"shop": "taobao:a", "dedicated": 5}, {"shop": "jd:b", "dedicated": 5})),
    )  # fmt: skip
    assert shown(scarce) == [5, 1, 0], "granted in the order of the shops, the rest gets nothing"


def test_bundles_follow_their_scarcest_part_as_the_shop_sees_it() -> None:
    seen = view({"shop": "jd:b", "pool": "south"}, {"shop": "taobao:a", "sku": "SET", "cap": 1},
                pools=(Pool("south", ("gz", "sh")),), bundles={"SET": {"A": 4, "B": 1}, "TWO": {"SET": 2}})  # fmt: skip
    assert shown(seen, "SET") == [1, 3, 3]
    assert shown(seen, "TWO") == [1, 1, 1]


def test_what_is_unknown_is_no_zero() -> None:
    seen = view(bundles={"ODD": {"A": 1, "Z": 1}})
    assert [(seen.shown("jd:b", sku).quantity, seen.shown("jd:b", sku).reason) for sku in ("Z", "ODD", "C")] == [
        (None, "availability_unknown"), (None, "availability_unknown"), (None, "platform_stock"),
    ]  # fmt: skip
    assert view({"sku": "A", "push": False}).shown("jd:b", "A").reason == "not_pushed"
    assert seen.total("Z") is None
    assert view({"oversell": 5}).shown("jd:b", "Z").quantity is None, "a permission to oversell is no availability"
    elsewhere = ChannelView(StockSnapshot(1, (Level("A", "old", 5),)), SHOPS, warehouses=WAREHOUSES)
    assert elsewhere.shown("jd:b", "A").quantity is None, "stock where nothing is sold from tells nothing"


def test_safety_stock_and_oversell_act_on_what_is_shown_alone() -> None:
    seen = view({"shop": "jd:b", "oversell": 2}, safety=SafetyStock(default=6))
    assert shown(seen) == [5, 7, 5]
    assert seen.total("A") == 5


UNITS = st.integers(0, 12)
RULES = st.lists(
    st.builds(
        ChannelRule, st.sampled_from((*SHOPS, "jd:*", "*")), st.sampled_from(("A", "*")),
        st.builds(ChannelPolicy, st.integers(0, 3), st.integers(0, 100), st.none() | UNITS, st.integers(0, 2)),
        st.sampled_from((None, "p", "q")), UNITS, st.booleans(),
    ),
    max_size=6, unique_by=lambda rule: (rule.shop, rule.sku),
)  # fmt: skip
POOLS = (Pool("p", ("sh", "gz"), exclusive=True), Pool("q", ("gz", "vip")))


@given(st.lists(UNITS, min_size=3, max_size=3), RULES)
def test_laws_of_sharing(units: list[int], rules: list[ChannelRule]) -> None:
    """No shop is shown more than there is and it may oversell; all dedicated units together exist."""
    levels = tuple(Level("A", code, each) for code, each in zip(("sh", "gz", "vip"), units, strict=True))
    table = ChannelRules(tuple(rules), POOLS)
    seen = ChannelView(StockSnapshot(1, levels), SHOPS, rules=table)
    total, alone = sum(units), 0
    for shop in SHOPS:
        rule, quantity = table.find(shop, "A"), seen.shown(shop, "A").quantity
        assert quantity is not None
        assert 0 <= quantity <= total + rule.policy.oversell
        assert rule.policy.cap is None or quantity <= rule.policy.cap
        if not rule.pooled and rule.policy == ChannelPolicy():
            assert quantity <= rule.dedicated
            alone += quantity
    assert alone <= total
    more = ChannelView(StockSnapshot(2, (Level("A", "sh", units[0] + 1), *levels[1:])), SHOPS, rules=table)
    if not any(rule.dedicated for rule in rules):
        pairs = zip(shown(more), shown(seen), strict=True)
        assert all(after >= before for after, before in pairs if after is not None and before is not None)


@pytest.mark.parametrize(
    "wrong",
    [
        ({"shop": "jd:b"}, {"shop": "jd:b"}),
        ({"pool": "nowhere"},),
        ({"dedicated": -1},),
        ({"shops": "jd:b"},),
        ({"percentage": 130},),
    ],
)
def test_senseless_rules_are_refused(wrong: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(ConfigurationError):
        ChannelRules.of(wrong)


def test_rules_come_from_the_configuration_file(tmp_path: Path) -> None:
    path = tmp_path / "orderhub.toml"
    path.write_text(
        """
        [safety_stock]
        "*" = 1
        [[pools]]
        code = "east"
        warehouses = ["sh"]
        [[channels]]
        shop = "taobao:*"
        pool = "east"
        percentage = 50
        [[alerts]]
        below = 3
        clear = 6
        [[reorder]]
        sku = "A"
        lead_days = 5
        """,
        "utf-8",
    )
    assert load_settings(path).safety_stock == {"*": 1}
    with orderhub.Hub.from_config(path) as hub:
        plan = hub.ops.plan
        assert plan.channels.find("taobao:x", "A") == ChannelRule(
            "taobao:*", policy=ChannelPolicy(percentage=50), pool="east"
        )
        assert (plan.alerts[0].below, plan.alerts[0].clear_at, plan.reorder[0].lead_days) == (3, 6, 5)
    path.write_text('[[channels]]\nshop = "a"\ncapp = 3\n', "utf-8")
    with pytest.raises(ConfigurationError, match="capp"):
        orderhub.Hub.from_config(path)
