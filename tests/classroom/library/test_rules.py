"""A rule as parts: by hand, and what holds for every rule."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.classroom.library.rules import Part, Rule, What, normal_count, plan

NORMAL, FINDING, ABNORMAL, ANY = What.NORMAL, What.FINDING, What.ABNORMAL, What.ANY

TABLE = [
    (
        Rule(20, 30, ("pneumothorax", "effusion")),
        [
            Part(NORMAL, 6),
            Part(FINDING, 7, "pneumothorax"),
            Part(FINDING, 7, "effusion"),
        ],
    ),
    (
        Rule(10, 30, ("a", "b")),
        [Part(NORMAL, 3), Part(FINDING, 4, "a"), Part(FINDING, 3, "b")],
    ),
    (Rule(20), [Part(ANY, 20)]),
    (Rule(20, 0), [Part(ABNORMAL, 20)]),
    (Rule(20, 100), [Part(NORMAL, 20)]),
    (Rule(20, 25), [Part(NORMAL, 5), Part(ABNORMAL, 15)]),
    (Rule(7, None, ("a", "b")), [Part(FINDING, 4, "a"), Part(FINDING, 3, "b")]),
    # Half a case counts as one.
    (Rule(1, 50), [Part(NORMAL, 1)]),
    (Rule(3, 50, ("a",)), [Part(NORMAL, 2), Part(FINDING, 1, "a")]),
    # What there is no place for has no part.
    (Rule(3, None, ("a", "b", "c", "d")), [Part(FINDING, 1, letter) for letter in "abc"]),
    (Rule(2, 100, ("a",)), [Part(NORMAL, 2)]),
]


@pytest.mark.parametrize(("rule", "parts"), TABLE)
def test_a_rule_has_these_parts(rule: Rule, parts: list[Part]) -> None:
    assert list(plan(rule)) == parts


RULES = st.builds(
    Rule,
    size=st.integers(1, 200),
    normal_percent=st.none() | st.integers(0, 100),
    findings=st.lists(st.sampled_from("abcdefghij"), unique=True).map(tuple),
)


@given(RULES)
def test_parts_add_up_to_the_size_and_none_is_empty(rule: Rule) -> None:
    parts = plan(rule)
    assert sum(part.count for part in parts) == rule.size
    assert all(part.count > 0 for part in parts)


@given(RULES)
def test_the_normal_share_is_within_one_case(rule: Rule) -> None:
    asked = Fraction(rule.size * (rule.normal_percent or 0), 100)
    assert abs(normal_count(rule) - asked) <= Fraction(1, 2)
    normal = [part.count for part in plan(rule) if part.what == NORMAL]
    assert sum(normal) == normal_count(rule)


@given(RULES)
def test_findings_share_evenly_within_one_case_and_come_once(rule: Rule) -> None:
    counts = {part.finding: part.count for part in plan(rule) if part.what == FINDING}
    assert len(counts) == sum(part.what == FINDING for part in plan(rule))
    shares = [counts.get(finding, 0) for finding in rule.findings]
    assert not shares or max(shares) - min(shares) <= 1


@pytest.mark.parametrize(
    "rule", [Rule(0), Rule(5, -1), Rule(5, 101), Rule(5, None, ("a", "a"))], ids=str
)
def test_a_rule_that_makes_no_sense_is_refused(rule: Rule) -> None:
    with pytest.raises(ValueError, match=r"."):
        plan(rule)
