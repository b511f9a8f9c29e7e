"""A marking in the words of the ledger."""

import hashlib
from collections.abc import Mapping

from radgame.cases.models import Finding
from radgame.playing.services import Marked
from radgame.progress.models import Outcome
from radgame.progress.services import LedgerLine
from scoring.reports.evaluation import Evaluation
from scoring.reports.reader.lexicon import CONCEPTS

from .comparing import pair_findings
from .marking import Marking
from .outcomes import judged_findings

# A judge that names findings freely gives no concept; the ledger still counts the line.
UNNAMED = "unnamed"


def marked_by_rules(marking: Marking, ids: Mapping[str, int]) -> Marked:
    """The marking that every attempt has; ``ids``: keys of the taxonomy's findings, by slug."""
    return Marked(
        score=marking.mark.score,
        version=marking.mark.version,
        stored=marking.to_json(),
        lines=ledger_lines(marking.mark.evaluation, ids),
    )


def ledger_lines(evaluation: Evaluation, ids: Mapping[str, int]) -> list[LedgerLine]:
    """Every finding of both texts in the ledger's words, with the weight it has for the patient."""
    return [
        _line(judged.subject.concept, judged.outcome.value, judged.weight, ids)
        for judged in judged_findings(evaluation)
    ]


def lines_of_model(
    evaluation: Evaluation, by_rules: Evaluation, ids: Mapping[str, int]
) -> list[LedgerLine]:
    """The same for a judge that names findings freely: what the rules read in the same place."""
    judged = judged_findings(evaluation)
    concepts = {
        pair.second: pair.first.subject.concept
        for pair in reversed(pair_findings(judged_findings(by_rules), judged))
        if pair.first is not None and pair.second is not None
    }
    return [
        _line(
            found.subject.concept or concepts.get(found, ""), found.outcome.value, found.weight, ids
        )
        for found in judged
    ]


def _line(concept: str, result: str, weight: float, ids: Mapping[str, int]) -> LedgerLine:
    return LedgerLine(
        finding_id=_taxonomy_id(concept, ids),
        concept=concept or UNNAMED,
        result=result,
        weight=weight,
    )


def _taxonomy_id(concept: str, ids: Mapping[str, int]) -> int | None:
    known = CONCEPTS.get(concept)
    return ids.get(known.taxonomy) if known is not None else None


def taxonomy_ids() -> dict[str, int]:
    """The keys of the taxonomy's findings, by slug; one query."""
    return dict(Finding.objects.values_list("slug", "id"))


def fit_version(version: str, length: int = 0) -> str:
    """A version that fits its column: what is cut off is told apart by a digest.

    A model's name may have any length, and a database refuses what is too long.
    """
    length = length or int(Outcome._meta.get_field("scorer_version").max_length or 0)
    if len(version) <= length:
        return version
    digest = hashlib.sha256(version.encode()).hexdigest()[:8]
    return f"{version[: length - len(digest) - 1]}~{digest}"
