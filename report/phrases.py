"""The words of the report game that stand for codes; {names} are filled in by the scripts."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.reports.evaluation import ErrorType, Gravity, RemarkKind, Significance
from scoring.reports.style import StyleName

from .outcomes import FindingOutcome


def checklist() -> tuple[str, ...]:
    """The regions of a chest film in the order it is read; the same on every case."""
    return (
        _("Tubes, lines and devices"),
        _("Airway and mediastinum"),
        _("Heart and great vessels"),
        _("Hila"),
        _("Lungs"),
        _("Pleura and diaphragm"),
        _("Bones and soft tissue"),
        _("Below the diaphragm"),
    )


def reading_strings() -> dict[str, str]:
    """While the report is written."""
    return {
        "draft-long": _("Too long to be saved on the server; kept in this browser."),
        "submit-empty": _("Nothing is written yet. If the film is normal, say so."),
        "submit-long": _(
            "{field}: {over} characters too many. Shorten it, then submit; nothing is cut off."
        ),
        "paste-long": _(
            "Not pasted: the text has {size} characters and there is room for {room}. It is still "
            "on your clipboard."
        ),
        "room": _("{used} of {limit}"),
        "room-over": _("{over} too many"),
    }


_HEADLINE = {
    FindingOutcome.MATCHED: gettext_lazy("Found: %(finding)s."),
    FindingOutcome.PARTLY: gettext_lazy("Partly right: %(finding)s."),
    FindingOutcome.MISSED: gettext_lazy("Missed: %(finding)s."),
    FindingOutcome.FALSE: gettext_lazy("Not in the radiologist's report: %(finding)s."),
}


def headline(outcome: FindingOutcome, finding: str, *, synthetic: bool = False) -> str:
    """What became of a finding, as the first line of its card."""
    names = {"finding": _within_a_sentence(finding)}
    if synthetic and outcome is FindingOutcome.FALSE:
        return _("Not drawn into this film: %(finding)s.") % names
    return str(_HEADLINE[outcome]) % names


_OUTCOME = {
    FindingOutcome.MATCHED: gettext_lazy("found"),
    FindingOutcome.PARTLY: gettext_lazy("partly right"),
    FindingOutcome.MISSED: gettext_lazy("missed"),
    FindingOutcome.FALSE: gettext_lazy("not in the report"),
}


def outcome_word(outcome: FindingOutcome) -> str:
    return str(_OUTCOME[outcome])


_RADIOLOGIST = re.compile(r"\b([Tt])he radiologist\b")


def without_radiologist(sentence: str) -> str:
    """A judge's sentence about a reference report that no radiologist wrote."""
    told = sentence.replace("the radiologist reports", "the reference report says")
    return _RADIOLOGIST.sub(r"\1he reference report", told)


def both_normal(*, synthetic: bool) -> str:
    if synthetic:
        return _("This film is synthetic and was drawn without findings; you reported none.")
    return _("The radiologist reported nothing abnormal, and neither did you.")


def reference_normal(*, synthetic: bool) -> str:
    if synthetic:
        return _("This film is synthetic and was drawn without findings.")
    return _("The radiologist reported nothing abnormal.")


def all_reported(*, synthetic: bool) -> str:
    if synthetic:
        return _("You reported everything that was drawn into this film.")
    return _("You reported everything the radiologist did.")


# "Moderate effusion" is lowered; "PICC", "R effusion" and "Kerley B lines" are names.
_SENTENCE_START = re.compile(
    r"(?!(?:Kerley|Swan|Hickman|Dobhoff|Ghon|Hampton|Pancoast|Bochdalek|Morgagni|Sengstaken)\b)"
    r"(?:A |[A-Z][a-z]+(?![\w-]))"
)


def _within_a_sentence(finding: str) -> str:
    if _SENTENCE_START.match(finding):
        return finding[0].lower() + finding[1:]
    return finding


_SIGNIFICANCE = {
    Significance.URGENT: gettext_lazy("Urgent"),
    Significance.ACTIONABLE: gettext_lazy("Needs action, not at once"),
    Significance.NOT_ACTIONABLE: gettext_lazy("Needs no action"),
    Significance.BENIGN: gettext_lazy("Not counted"),
}


def significance_label(significance: Significance) -> str:
    return str(_SIGNIFICANCE[significance])


_DIFFERENCE = {
    ErrorType.LOCATION: gettext_lazy("Location"),
    ErrorType.SEVERITY: gettext_lazy("Severity"),
    ErrorType.DESCRIPTOR: gettext_lazy("Description"),
    ErrorType.MEASUREMENT: gettext_lazy("Measurement"),
    ErrorType.CERTAINTY: gettext_lazy("Certainty"),
    ErrorType.UNSPECIFIC: gettext_lazy("Less specific than the film allows"),
    ErrorType.OVERINTERPRETATION: gettext_lazy("More than the film shows"),
    ErrorType.TEMPORAL: gettext_lazy("Course over time"),
}


def difference_label(kind: ErrorType) -> str:
    return str(_DIFFERENCE[kind])


_GRAVITY = {
    Gravity.SIGNIFICANT: gettext_lazy("a difference that counts"),
    Gravity.NEGLIGIBLE: gettext_lazy("a small difference: not counted"),
}


def gravity_label(gravity: Gravity) -> str:
    return str(_GRAVITY[gravity])


_REMARK = {
    RemarkKind.UNSEEN_PRIOR: gettext_lazy("A study that was not shown"),
    RemarkKind.CONTRADICTION: gettext_lazy("Contradiction"),
    RemarkKind.DENIED: gettext_lazy("Said to be absent"),
    RemarkKind.NOT_ASSESSED: gettext_lazy("Left open"),
    RemarkKind.NOT_UNDERSTOOD: gettext_lazy("Outside the vocabulary"),
}


def remark_label(kind: RemarkKind) -> str:
    return str(_REMARK[kind])


_STYLE = {
    StyleName.REGIONS: gettext_lazy("Regions covered"),
    StyleName.ORDER: gettext_lazy("Order"),
    StyleName.CLAUSES: gettext_lazy("Full clauses"),
    StyleName.WORDING: gettext_lazy("Clinical wording"),
}


def style_label(name: str) -> str:
    return str(_STYLE[StyleName(name)])


def style_words(value: float) -> str:
    """What a part of the style is worth, in words: "0 of 1" would read as a count of regions."""
    words = {0.0: _("no marks"), 0.5: _("half marks"), 1.0: _("full marks")}
    return words.get(value, f"{value:.2f}")


_JUDGE = {"rules": gettext_lazy("RadGame's own rules")}


def judge_sentence(judge: str, version: str) -> str:
    """Who compared the texts; a model is told by its own name."""
    names = {"judge": _JUDGE.get(judge, judge), "version": version}
    return _("Compared by %(judge)s, version %(version)s.") % names


def model_sentence(judge: str, version: str) -> str:
    """Which model judged; ``version``: rules of the score, model, prompt (``ReportMark``)."""
    model = version.partition("+")[2].rpartition("+")[0]
    names = {"model": model or judge, "judge": judge, "version": version}
    return _("Judged by the model %(model)s (%(judge)s), version %(version)s.") % names


def marked_by(*, asks_model: bool, model_counts: bool) -> str:
    """Told before the submit: who marks, and whose mark counts."""
    if asks_model and model_counts:
        return _("Marked by rules at once; a model judges afterwards, and its mark counts.")
    if asks_model:
        return _("Marked by rules; a model judges afterwards, for comparison.")
    return _("Marked by rules.")


def shown_version(version: str) -> str:
    """A judge's version without where on the machine its model lies: that is nobody's business."""
    parts = version.split("+")
    return "+".join(
        part.rstrip("/").rpartition("/")[2] if part.startswith(("/", "~", ".")) else part
        for part in parts
    )


_SECTION = {
    "technique": gettext_lazy("Technique"),
    "findings": gettext_lazy("Findings"),
    "impression": gettext_lazy("Impression"),
}


def section_title(section: str) -> str:
    return str(_SECTION[section])


# How reports say that there was no study to compare with: "None.", "No prior exams", "N/A".
_NO_COMPARISON = re.compile(
    r"\W*(?:$|(?:none|no|not|nil|n/?a|unavailable|without)\b)", re.IGNORECASE
)


def comparison_sentence(comparison: str) -> str:
    """Whether there was a study to compare with: never the report's own words, which may tell."""
    if _NO_COMPARISON.match(comparison):
        return _("None available.")
    return _("An earlier study exists but is not available here. Describe this one by itself.")
