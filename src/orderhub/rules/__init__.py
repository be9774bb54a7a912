"""One rule engine: rules are data, words are discoverable, every decision explains itself. No I/O, no clock.

May import `kit`, `ports`, `flow`, `models`, `errors`. What the words mean is declared where the facts are:
`orders.facts` (audit, routing, notification), `logistics.rules` (carriers).
"""

from __future__ import annotations

from orderhub.rules.check import Problem, bind, check, problems
from orderhub.rules.choose import CHOICES, Choice, choose
from orderhub.rules.decide import Chosen, Decision, applying, decide, holds
from orderhub.rules.explain import Node
from orderhub.rules.model import Condition, Effect, Rule, RuleSet
from orderhub.rules.read import read_rules
from orderhub.rules.vocabulary import KINDS, OPERATORS, Action, Argument, Fact, Facts, Vocabulary, facts_of

__all__ = [
    "CHOICES", "KINDS", "OPERATORS", "Action", "Argument", "Choice", "Chosen", "Condition", "Decision", "Effect",
    "Fact", "Facts", "Node", "Problem", "Rule", "RuleSet", "Vocabulary", "applying", "bind", "check", "choose",
    "decide", "facts_of", "holds", "problems", "read_rules",
]  # fmt: skip
