"""Devices that are advised, and not on the film: "needs a *drain*", "drain insertion advised"."""

from scoring.reports.reader.clauses import Clause
from scoring.reports.reader.findings import Draft

_ADVICE_BEFORE = """
need needs require requires recommend recommends suggest suggests consider advise advises insert
warrant warrants
"""
_BEFORE = frozenset(_ADVICE_BEFORE.split())
_BETWEEN_IT_AND_THE_DEVICE = """
a an any another new urgent urgently emergency immediate prompt further of to have inserting placing
for insertion placement intercostal chest left right l r sided small large wide bore needle
"""
_UP_TO_THE_DEVICE = frozenset(_BETWEEN_IT_AND_THE_DEVICE.split())
_ADVICE_AFTER = """
needed required advised recommended indicated suggested warranted necessary
"""
_AFTER = frozenset(_ADVICE_AFTER.split())
_DONE = frozenset({"inserted", "placed"})
_BETWEEN_THE_DEVICE_AND_IT = """
insertion placement is are be to should would must needs urgently now
"""
_FROM_THE_DEVICE = frozenset(_BETWEEN_THE_DEVICE_AND_IT.split())
_BEFORE_A_VERB = frozenset({",", "please", "to", "and", "then", "now", "should", "must", "needs"})
_AFTER_A_VERB = frozenset({"the", "it", "this", "that"})


def is_wanted(clause: Clause, draft: Draft) -> bool:
    """Whether a device is only advised; so is what one does to it, "*drain* the effusion"."""
    words = clause.sentence.words
    before, behind = words[clause.first : draft.first], words[draft.last : clause.last]
    if words[draft.first] == "drain" and not _AFTER_A_VERB.isdisjoint(behind[:1]):
        return not before or before[-1] in _BEFORE_A_VERB
    return _is_advised_before(before) or _is_advised_behind(behind)


def _is_advised_before(before: list[str]) -> bool:
    for word in reversed(before):
        if word in _BEFORE:
            return True
        if word not in _UP_TO_THE_DEVICE:
            break
    return False


def _is_advised_behind(behind: list[str]) -> bool:
    for place, word in enumerate(behind):
        if word in _AFTER:
            return True
        if word in _DONE:
            # "Drain placed" is there; one that is "to be placed" is not.
            return "be" in behind[:place]
        if word not in _FROM_THE_DEVICE:
            break
    return False
