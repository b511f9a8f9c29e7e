"""From two texts to one mark."""

import json
import re
from pathlib import Path

import pytest

from scoring.reports import VERSION, ReportMark, rules_judge, score_report
from scoring.reports.evaluation import (
    Evaluation,
    JudgeFailed,
    Match,
    ReadingContext,
    ReportFinding,
    Significance,
)

REFERENCE = "Small left pleural effusion. Mild cardiomegaly. No pneumothorax."


def test_a_resident_is_told_what_she_got_and_what_she_missed():
    mark = score_report(REFERENCE, "small L effusion, ptx on the right")
    assert mark.counts.matched == 1
    assert mark.counts.missing == 1
    assert mark.counts.false == 1
    # 0.5 found; 1 there and an urgent 1 claimed beside it.
    assert mark.score == pytest.approx(0.5 / 2)
    assert sum(term.credit for term in mark.terms) == pytest.approx(mark.score)
    assert mark.style.parts


def test_the_same_words_are_worth_the_same_every_time():
    first = score_report(REFERENCE, "big heart", ReadingContext(age_years=40))
    assert score_report(REFERENCE, "big heart", ReadingContext(age_years=40)) == first


def test_the_mark_names_its_judge_and_its_whole_version():
    mark = score_report(REFERENCE, REFERENCE)
    assert mark.judge == "rules"
    assert mark.version == f"{VERSION}+{rules_judge().version}"


def test_a_mark_survives_json():
    mark = score_report(REFERENCE, "Right effusion, unchanged. No cardiomegaly.")
    assert ReportMark.from_json(json.loads(json.dumps(mark.to_json()))) == mark


@pytest.mark.parametrize("text", ["", " ", "\n", "???", "x" * 5000, "🫁 ∅ İ ﬁ \u0000"])
def test_any_text_at_all_gets_a_mark(text):
    assert score_report(REFERENCE, text).score == 0
    assert score_report(text, text).score == 1


class FixedJudge:
    name = "fixed"
    version = "1"

    def judge(self, reference, candidate, context):
        if not candidate:
            raise JudgeFailed("Nothing came back.")
        finding = ReportFinding("R1", "x", Significance.URGENT)
        said = ReportFinding("P1", "x", Significance.URGENT)
        return Evaluation((finding,), (said,), (Match("R1", "P1"),))


def test_any_judge_may_judge():
    mark = score_report("a", "b", judge=FixedJudge())
    assert (mark.score, mark.judge, mark.version) == (1, "fixed", f"{VERSION}+1")


def test_a_judge_that_fails_is_not_covered_up():
    with pytest.raises(JudgeFailed, match="Nothing came back"):
        score_report("a", "", judge=FixedJudge())


DOCUMENT = Path(__file__).parents[3] / "docs" / "scoring-reports.md"


def test_the_document_is_of_this_version():
    assert f"Version `{VERSION}`" in DOCUMENT.read_text(encoding="utf-8")


def test_the_example_of_the_document_is_what_comes_out():
    text = DOCUMENT.read_text(encoding="utf-8")
    reference, said = (
        " ".join(quoted.split())
        for quoted in re.findall(r': "([^"]+)"', text.split("An example")[1])
    )
    mark = score_report(reference, said, ReadingContext(age_years=71))
    rows = re.findall(r"^\| .+ \| .+ \| ([\d.]+) \| ([+−]?[\d.]+) \|$", text, re.M)
    told = [(float(weight), credit) for weight, credit in rows]
    assert told == [(t.weight, _signed(t.credit)) for t in mark.terms]
    assert f"**{mark.score:.4f}**" in text
    assert mark.crimson == pytest.approx(0.4)


def _signed(credit):
    return f"{credit:+.4f}".replace("-", "−") if credit else "0.0000"
