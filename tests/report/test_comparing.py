"""Two judges' findings put together by where they lie in the texts."""

from hypothesis import given
from hypothesis import strategies as st

from report.comparing import Pair, pair_findings
from report.outcomes import FindingOutcome, JudgedFinding
from scoring.reports.evaluation import (
    AttributeMismatch,
    ErrorType,
    Gravity,
    ReportFinding,
    Significance,
    Span,
)


def judged(
    name: str,
    outcome: str = "matched",
    reference: Span | None = None,
    said: Span | None = None,
    significance: Significance = Significance.ACTIONABLE,
    differences: int = 0,
) -> JudgedFinding:
    def finding(span: Span | None) -> ReportFinding:
        return ReportFinding(name, name, significance, spans=(span,) if span else ())

    found = FindingOutcome(outcome)
    return JudgedFinding(
        outcome=found,
        reference=None if found is FindingOutcome.FALSE else finding(reference),
        predicted=() if found is FindingOutcome.MISSED else (finding(said),),
        differences=tuple(
            AttributeMismatch("r", "p", Gravity.SIGNIFICANT, (ErrorType.SEVERITY,))
            for _number in range(differences)
        ),
    )


def names(pairs: tuple[Pair, ...]) -> list[tuple[str, str]]:
    return [
        (
            pair.first.subject.finding if pair.first else "-",
            pair.second.subject.finding if pair.second else "-",
        )
        for pair in pairs
    ]


def test_findings_that_lie_in_the_same_place_are_one_whatever_they_are_called() -> None:
    pairs = pair_findings(
        [judged("effusion", reference=(0, 20)), judged("nodule", reference=(30, 50))],
        [judged("a shadow", reference=(32, 50)), judged("fluid", reference=(0, 18))],
    )
    assert names(pairs) == [("effusion", "fluid"), ("nodule", "a shadow")]
    assert not any(pair.differs for pair in pairs)


def test_in_one_sentence_those_go_together_that_share_most_of_it() -> None:
    pairs = pair_findings(
        [judged("effusion", reference=(0, 10)), judged("nodule", reference=(10, 40))],
        [judged("whole sentence", reference=(0, 40)), judged("fluid", reference=(0, 12))],
    )
    assert names(pairs) == [("effusion", "fluid"), ("nodule", "whole sentence")]


def test_what_one_judge_splits_goes_with_the_whole_of_the_other() -> None:
    pairs = pair_findings(
        [judged("heart and aorta", reference=(0, 40))],
        [judged("heart", reference=(0, 20)), judged("aorta", "missed", reference=(20, 40))],
    )
    assert names(pairs) == [("heart and aorta", "heart"), ("heart and aorta", "aorta")]
    assert [pair.differs for pair in pairs] == [False, True]
    backwards = pair_findings(
        [judged("heart", reference=(0, 20)), judged("aorta", reference=(20, 40))],
        [judged("heart and aorta", reference=(0, 40))],
    )
    assert names(backwards) == [("heart", "heart and aorta"), ("aorta", "heart and aorta")]


def test_what_only_one_judge_names_stands_alone() -> None:
    pairs = pair_findings(
        [judged("effusion", reference=(0, 20)), judged("hernia", "false", said=(5, 9))],
        [judged("fluid", reference=(0, 20)), judged("rib", "missed", reference=(30, 40))],
    )
    assert names(pairs) == [("effusion", "fluid"), ("hernia", "-"), ("-", "rib")]
    assert [pair.differs for pair in pairs] == [False, True, True]


def test_a_false_finding_is_the_others_match_of_the_same_words() -> None:
    pairs = pair_findings(
        [judged("effusion", "missed", reference=(0, 20)), judged("fluid", "false", said=(0, 9))],
        [judged("effusion", reference=(0, 20), said=(0, 9))],
    )
    assert names(pairs) == [("effusion", "effusion"), ("fluid", "effusion")]
    assert all(pair.differs for pair in pairs)


def test_the_places_of_one_text_are_none_of_the_other() -> None:
    [first, second] = pair_findings(
        [judged("missed", "missed", reference=(0, 20))], [judged("false", "false", said=(0, 20))]
    )
    assert (first.second, second.first) == (None, None)


def test_another_significance_or_number_of_differences_is_a_difference() -> None:
    urgent = judged("effusion", reference=(0, 9), significance=Significance.URGENT)
    plain = judged("effusion", reference=(0, 9))
    once = judged("effusion", "partly", reference=(0, 9), differences=1)
    twice = judged("effusion", "partly", reference=(0, 9), differences=2)
    assert [pair.differs for pair in pair_findings([urgent], [plain])] == [True]
    assert [pair.differs for pair in pair_findings([once], [twice])] == [True]
    assert [pair.differs for pair in pair_findings([twice], [twice])] == [False]


def test_what_weighs_nothing_with_either_judge_is_no_difference() -> None:
    spur = judged("spur", "missed", reference=(0, 9), significance=Significance.BENIGN)
    found = judged("spur", reference=(0, 9), significance=Significance.BENIGN)
    assert not pair_findings([spur], [found])[0].differs
    assert not pair_findings([spur], [])[0].differs
    assert pair_findings([spur], [judged("spur", reference=(0, 9))])[0].differs


PLACES = st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda p: (p[0], p[0] + p[1]))
FINDINGS = st.lists(
    st.builds(
        judged,
        st.uuids().map(str),
        st.sampled_from(["matched", "missed", "false"]),
        PLACES,
        PLACES,
    ),
    max_size=6,
)


@given(FINDINGS, FINDINGS)
def test_every_finding_of_either_judge_is_told_of(
    first: list[JudgedFinding], second: list[JudgedFinding]
) -> None:
    pairs = pair_findings(first, second)
    assert {id(pair.first) for pair in pairs if pair.first} == {id(one) for one in first}
    assert {id(pair.second) for pair in pairs if pair.second} == {id(one) for one in second}
    assert all(pair.first or pair.second for pair in pairs)


@given(FINDINGS)
def test_a_judge_never_differs_from_itself(found: list[JudgedFinding]) -> None:
    places = [judged.reference.spans if judged.reference else None for judged in found]
    said = [judged.predicted[0].spans if judged.predicted else None for judged in found]
    if len(set(places)) == len(places) and len(set(said)) == len(said):
        assert not any(pair.differs for pair in pair_findings(found, found))
