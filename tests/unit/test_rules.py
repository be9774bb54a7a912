"""The rule engine: validation names rule and place, decisions explain themselves, shadows decide and do not act."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.rules import (
    CHOICES,
    OPERATORS,
    Action,
    Argument,
    Condition,
    Effect,
    Fact,
    Rule,
    RuleSet,
    Vocabulary,
    applying,
    bind,
    choose,
    decide,
    facts_of,
    holds,
    read_rules,
)

WORDS = Vocabulary.of(
    "test",
    "for the tests",
    (
        Fact("total", "number", "amount"),
        Fact("city", "text", "city", fold=str.strip),
        Fact("labels", "words", "labels"),
        Fact("phone", "text", "phone", private=True),
        Fact("is_cod", "flag", "cash"),
    ),
    (
        Action(
            "hold",
            "stop it",
            {"code": Argument("text", "the code"), "level": Argument(choices=("low", "high"), required=False)},
        ),
        Action("mark", "mark it"),
        *CHOICES,
    ),
)
TOML = """
name = "t"
vocabulary = "test"
mode = "all"
[[rules]]
name = "dear"
when = [{fact = "total", operator = "gt", value = 99.5}]
then = [{action = "hold", code = "dear"}]
[[rules]]
name = "far or paid on delivery"
shadow = true
when = [{any = [{fact = "city", value = " Lhasa "}, {fact = "is_cod", value = true}]}]
then = [{action = "mark"}]
"""


def test_toml_json_and_yaml_read_to_equal_sets():
    from_toml = read_rules(TOML, WORDS)
    value = from_toml.rules[0].when[0].value
    assert value == Decimal("99.5") and type(value) is Decimal
    text = json.dumps({
        "name": "t", "vocabulary": "test", "rules": [
            {"name": "dear", "when": [{"fact": "total", "operator": "gt", "value": 99.5}],
             "then": [{"action": "hold", "arguments": {"code": "dear"}}]},
            {"name": "far or paid on delivery", "shadow": True, "then": [{"action": "mark"}],
             "when": [{"any": [{"fact": "city", "value": "Lhasa"}, {"fact": "is_cod", "value": True}]}]},
        ],
    })  # fmt: skip
    assert read_rules(text, WORDS) == read_rules(text, WORDS, format="yaml") == from_toml
    yaml = """
name: t
vocabulary: test
rules:
  - name: dear
    when: [{fact: total, operator: gt, value: 99.5}]
    then: [{action: hold, code: dear}]
  - name: far or paid on delivery
    shadow: true
    when:
      - any:
          - {fact: city, value: Lhasa}
          - {fact: is_cod, value: true}
    then: [{action: mark}]
"""
    assert read_rules(yaml, WORDS, format="yaml") == from_toml


def one(when=(), then=({"action": "mark"},), **more):
    return {"name": "t", "vocabulary": "test", "rules": [{"name": "r1", "when": list(when), "then": list(then)} | more]}


WRONG = [
    (one([{"fact": "totl", "value": 1}]), "rule 'r1', when[0].fact: no fact 'totl'; did you mean total?"),
    (one([{"fact": "total", "operator": "above", "value": 1}]), "rule 'r1', when[0].operator: no operator 'above'"),
    (one([{"fact": "total", "value": "9"}]), "rule 'r1', when[0].value: '9' is not a whole or decimal number"),
    (one([{"fact": "total", "operator": "gt", "value": 1.5}]), "1.5 is not a whole or decimal number, no float"),
    (one([{"fact": "total", "value": True}]), "True is not a whole"),
    (one([{"fact": "is_cod", "operator": "gt", "value": True}]), "when[0].operator: 'gt' cannot compare is_cod (flag)"),
    (one([{"fact": "city", "operator": "in", "value": "Lhasa"}]), "when[0].value: takes a list"),
    (one([{"fact": "city", "operator": "in", "value": []}]), "when[0].value: takes a list"),
    (one([{"any": [{"fact": "city", "value": "x"}, {"fact": "twn", "value": 1}]}]), "when[0].any[1].fact: no fact 'twn'"),
    (one([{"fact": "city", "any": [{"fact": "city", "value": 1}]}]), "exactly one of fact, all, any, none"),
    (one([{}]), "rule 'r1', when.0"),
    (one(then=[{"action": "hld"}]), "rule 'r1', then[0].action: no action 'hld'; did you mean hold?"),
    (one(then=[{"action": "hold"}]), "rule 'r1', then[0].code: hold needs it"),
    (one(then=[{"action": "hold", "code": 3}]), "then[0].code: 3 is not text"),
    (one(then=[{"action": "hold", "code": "x", "level": "mid"}]), "'mid' is none of low, high"),
    (one(then=[{"action": "mark", "cde": "x"}]), "then[0].cde: no argument of mark 'cde'"),
    (one(then=[{"action": "prefer", "names": "sh"}]), "then[0].names: takes a list"),
    (one(then=[]), "rule 'r1', then"),
    (one(whn=[]), "rule 'r1', whn"),
    ({**one(), "vocabulary": "carrier"}, "these words are for 'test', not 'carrier'"),
    ({"name": "t", "vocabulary": "test", "rules": one()["rules"] * 2}, "rule 'r1', name: 2 rules have this name"),
    ({"vocabulary": "test"}, "rules: name"),
    ("= nonsense", "rules cannot be read"),
    ("{", "rules cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "told"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_with_rule_and_place(source, told):
    with pytest.raises(ConfigurationError) as caught:
        read_rules(source, WORDS)
    assert told in str(caught.value)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(ConfigurationError) as caught:
        read_rules(one([{"fact": "a1", "value": 1}, {"fact": "b2", "value": 1}], [{"action": "c3"}]), WORDS)
    assert all(word in str(caught.value) for word in ("a1", "b2", "c3"))


def test_groups_have_a_depth():
    condition = {"fact": "city", "value": "x"}
    for _ in range(9):
        condition = {"all": [condition]}
    with pytest.raises(ConfigurationError, match="nested deeper"):
        read_rules(one([condition]), WORDS)


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x", "a: !!python/name:os.system"])
def test_yaml_is_plain_data(text):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_rules(text, WORDS, format="yaml")


LEAVES = [
    ("total", "eq", 5, True), ("total", "ne", 5, False), ("total", "in", (4, 5), True), ("total", "not_in", (4,), True),
    ("total", "lt", 5, False), ("total", "le", 5, True), ("total", "gt", 4, True), ("total", "ge", 6, False),
    ("city", "starts", "Lh", True), ("city", "contains", "HAS", True), ("city", "has_any", ("x", "sa"), True),
    ("labels", "contains", "vip", True), ("labels", "has_any", ("a", "b"), False), ("city", "known", True, True),
]  # fmt: skip
FACTS = facts_of({"total": 5, "city": "Lhasa", "labels": frozenset({"vip"}), "is_cod": False, "phone": "13800138000"})


@pytest.mark.parametrize(("fact", "operator", "value", "expected"), LEAVES)
def test_operators(fact, operator, value, expected):
    assert holds(Condition(fact=fact, operator=operator, value=value), FACTS) is expected


def test_every_operator_has_a_case_and_says_no_to_what_is_not_known():
    assert {operator for _, operator, _, _ in LEAVES} == set(OPERATORS)
    nothing = facts_of({})
    yes = {
        o
        for _, o, v, _ in LEAVES
        if holds(Condition(fact="x", operator=o, value=False if o == "known" else v), nothing)
    }
    assert yes == {"ne", "not_in", "known"}


def test_a_fact_of_another_type_is_an_error_that_names_the_fact():
    with pytest.raises(ConfigurationError, match="condition on total: gt cannot compare str with int"):
        holds(Condition(fact="total", operator="gt", value=1), facts_of({"total": "x"}))


def test_a_decision_explains_itself_and_shows_no_private_value():
    found = read_rules(
        TOML.replace(
            'fact = "total", operator = "gt", value = 99.5', 'fact = "phone", operator = "known", value = true'
        ),
        WORDS,
    )
    decision = decide(found, facts_of({"phone": "13800138000", "is_cod": True}), WORDS)
    assert [one.effect.arguments for one in decision.acts] == [{"code": "dear"}]
    assert [one.rule for one in decision.shadowed] == ["far or paid on delivery"]
    told = str(decision.explain())
    assert "+ rule dear: hold" in told and "would: mark (shadow)" in told and "city is Lhasa: found not known" in told
    assert "13800138000" not in told + json.dumps(decision.explain().dump())
    assert decision.record() == {"rules": "t", "did": "dear: hold", "would": "far or paid on delivery: mark"}


def ruleset(rules, **more):
    return bind(RuleSet(name="t", vocabulary="test", rules=tuple(rules), **more), WORDS)


MARK = (Effect(action="mark"),)
leaf = st.sampled_from([
    Condition(fact="total", operator="gt", value=3), Condition(fact="city", value="Lhasa"),
    Condition(fact="is_cod", value=True), Condition(fact="labels", operator="contains", value="vip"),
])  # fmt: skip
groups = st.recursive(
    leaf,
    lambda inner: st.tuples(st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda made: Condition(**{made[0]: tuple(made[1])})
    ),
    max_leaves=6,
)
rules = st.lists(
    st.tuples(st.lists(groups, max_size=2), st.booleans(), st.booleans(), st.booleans()), max_size=5
).map(lambda rows: [
    Rule(name=f"r{n}", when=tuple(w), then=MARK, stop=stop, shadow=shadow, enabled=enabled)
    for n, (w, stop, shadow, enabled) in enumerate(rows)
])  # fmt: skip
subjects = st.fixed_dictionaries({
    "total": st.sampled_from([None, 1, 5]), "city": st.sampled_from([None, "Lhasa", "x"]),
    "is_cod": st.booleans(), "labels": st.sampled_from([frozenset(), frozenset({"vip"})]),
})  # fmt: skip


@given(rules, subjects, st.sampled_from(["first", "all"]))
def test_the_quick_way_and_the_explained_way_agree(made, subject, mode):
    found, facts = ruleset(made, mode=mode), facts_of(subject)
    decision = decide(found, facts, WORDS)
    assert [rule.name for rule in applying(found, facts)] == [one.rule for one in decision.chosen]
    assert len(decision.why.children) == len(made), "every rule has its line"


@given(rules, subjects, st.sampled_from(["first", "all"]))
def test_taking_shadowed_rules_out_changes_nothing_that_is_done(made, subject, mode):
    plain = [rule for rule in made if not rule.shadow]
    acts = decide(ruleset(made, mode=mode), facts_of(subject), WORDS).acts
    assert acts == decide(ruleset(plain, mode=mode), facts_of(subject), WORDS).acts
    assert decide(ruleset(made, mode=mode, shadow=True), facts_of(subject), WORDS).acts == ()


WAREHOUSES = {"sh": {"km": 10, "load": 3}, "gz": {"km": 10, "load": 1}, "bj": {"km": 90, "load": 0}, "xa": {"load": 0}}


def chooser(*effects, **more):
    return ruleset(
        [Rule(name=f"c{n}", then=(Effect(action=a, arguments=g),), **more) for n, (a, g) in enumerate(effects)]
    )


def test_the_first_rule_that_tells_candidates_apart_decides():
    nearest, free = ("lowest", {"by": "km"}), ("lowest", {"by": "load"})
    nothing = facts_of({})
    assert (choose(chooser(nearest, free), nothing, WAREHOUSES).name) == "gz"
    assert choose(chooser(free, nearest), nothing, WAREHOUSES).name == "bj", "an unknown distance is the worst"
    assert choose(chooser(("prefer", {"names": ["xx"]}), nearest), nothing, WAREHOUSES).name == "gz", "a tie goes on"
    assert choose(chooser(("avoid", {"names": ["gz"]}), nearest), nothing, WAREHOUSES).name == "sh"
    assert choose(chooser(), nothing, {}).name is None
    assert "sh left" in str(choose(chooser(("highest", {"by": "load"})), nothing, WAREHOUSES).explain())
    shadowed = choose(chooser(nearest, free, shadow=True), nothing, WAREHOUSES)
    assert (shadowed.name, shadowed.would, shadowed.by) == ("bj", "gz", None)


@given(st.permutations(sorted(WAREHOUSES)))
def test_the_order_of_candidates_does_not_matter(names):
    found = chooser(("lowest", {"by": "km"}))
    assert choose(found, facts_of({}), {name: WAREHOUSES[name] for name in names}).name == "gz"
