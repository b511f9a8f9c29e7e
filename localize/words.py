"""What a page shows of a model's words: under which line, as whose, and how long it waits."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from django.db import connections, router
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.prepared import ColumnSlot, IsAmong, PreparedGet, Slot, field_of

from .explaining import Wanted, ask_soon, fingerprints_of, is_on, wanted_of
from .models import Attempt, Explanation, ExplanationFlag

# Seconds from one question of an open page to its next, by how long it has waited; then it stops.
PATIENCE_S: Final = ((20, 2), (60, 5), (180, 10))
# As much of a commit's name as tells it from others.
SHORT_REVISION: Final = 12
# Models that are known by a name of their own, by a part of their address.
KNOWN_AS: Final = {"medgemma": "MedGemma"}


@dataclass(frozen=True, slots=True)
class Words:
    """The place for a model's words under one line.

    ``key``: of the explanation that is shown; None while it is still being written.
    ``is_late``: the page has stopped to ask for it.
    """

    line: int
    key: int | None = None
    text: str = ""
    source: str = ""
    is_flagged: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """What an open page still waits for, and when it asks again."""

    lines: tuple[int, ...]
    waited_s: int
    delay_s: int

    @property
    def next_waited_s(self) -> int:
        return self.waited_s + self.delay_s


def words_of(attempt: Attempt, person: User) -> dict[int, Words]:
    """The words under the lines of a submitted attempt, by line, in one query.

    None at all, and no query, where the site has no model or the assignment wants none.

    What should have been asked for and was not, because the process died after the commit, is
    asked for now. What was dropped, has failed or was withdrawn has no place.
    """
    if not is_on() or not attempt.sitting.shows_explanations:
        return {}
    wanted = _one_line_each(wanted_of(attempt))
    rows = {row.fingerprint: row for row in _rows(wanted, person)} if wanted else {}
    if any(one.calls and one.fingerprint not in rows for one in wanted):
        ask_soon(attempt)
    places = (_place(one, rows.get(one.fingerprint)) for one in wanted)
    return {words.line: words for words in places if words is not None}


def words_shown(case: Case) -> dict[str, SafeString]:
    """What a model has said of a case's reference standard by now, by finding; it is not asked."""
    if not is_on():
        return {}
    slugs = {fingerprint: slug for slug, fingerprint in fingerprints_of(case).items()}
    return {
        slugs[row.fingerprint]: format_html(
            '<div class="explanation words"><p>{}</p><p class="source">{}</p></div>',
            row.text,
            source_of(row.model, row.revision),
        )
        for row in Explanation.objects.filter(fingerprint__in=slugs)
        if row.is_shown
    }


def _one_line_each(wanted: Collection[Wanted]) -> list[Wanted]:
    """Two lines about the same thing share its words: they stand under the first that calls."""
    first: dict[str, Wanted] = {}
    for one in sorted(wanted, key=lambda one: not one.calls):
        first.setdefault(one.fingerprint, one)
    return list(first.values())


def _rows(wanted: Collection[Wanted], person: User) -> Collection[Explanation]:
    fingerprints = [one.fingerprint for one in wanted]
    if connections[router.db_for_read(Explanation)].vendor == "postgresql":
        return _ROWS.all(reader=person.pk, fingerprints=fingerprints)
    return _flagged(person.pk).filter(fingerprint__in=fingerprints)


def _flagged(reader: Any) -> "QuerySet[Explanation]":
    """What a place shows of explanations, and whether this reader has flagged these words."""
    about_these_words = ExplanationFlag.objects.filter(
        explanation=OuterRef("pk"), reader=reader, created_at__gte=OuterRef("finished_at")
    )
    return Explanation.objects.annotate(is_flagged=Exists(about_these_words)).only(
        *("fingerprint", "state", "withdrawn_at", "text", "model", "revision")
    )


_ROWS = PreparedGet(
    lambda: _flagged(Slot("reader", field_of(User, "id"))).filter(
        IsAmong("fingerprint", ColumnSlot("fingerprints", field_of(Explanation, "fingerprint")))
    )
)


def _place(one: Wanted, row: Explanation | None) -> Words | None:
    if row is not None and row.is_shown:
        return Words(
            line=one.line,
            key=row.pk,
            text=row.text,
            source=source_of(row.model, row.revision),
            is_flagged=row.is_flagged,  # type: ignore[attr-defined]
        )
    is_coming = row is None or (row.is_open and row.withdrawn_at is None)
    # Who found it does not wait for words about it.
    return Words(line=one.line) if one.calls and is_coming else None


def source_of(model: str, revision: str) -> str:
    """Whose words these are.

    >>> source_of("google/medgemma-4b-it", "0123456789abcdef")
    "MedGemma (google/medgemma-4b-it, revision 0123456789ab): a model's words; it can be wrong."
    """
    # Of a folder only the last name: where it lies is no reader's business.
    address = PurePath(model).name if model.startswith(("/", ".", "~")) else model
    name = next((own for part, own in KNOWN_AS.items() if part in address.lower()), "")
    version = _("revision %(revision)s") % {"revision": revision[:SHORT_REVISION]}
    details = ", ".join(part for part in (name and address, revision and version) if part)
    told = f"{name or address} ({details})" if details else address
    return _("%(model)s: a model's words; it can be wrong.") % {"model": told}


# --- waiting -----------------------------------------------------------------------


def wait_for(lines: Collection[int], waited_s: int) -> Wait | None:
    """When to ask for these lines again; None when there is nothing to wait for, or no use."""
    delay_s = next((delay for until, delay in PATIENCE_S if waited_s < until), None)
    if not lines or delay_s is None:
        return None
    return Wait(tuple(sorted(lines)), waited_s, delay_s)


def awaited(words: dict[int, Words]) -> list[int]:
    return [line for line, one in words.items() if one.key is None]


# --- markup ------------------------------------------------------------------------


def slots_of(words: dict[int, Words], attempt: Attempt, person: User) -> dict[int, SafeString]:
    """The places as markup, by line; what is in one is swapped, the place itself stays."""
    # The same in every place that waits.
    waiting = told(Words(line=0), attempt, person) if awaited(words) else SafeString("")
    return {
        line: format_html(
            '<div class="explanation words" id="words-{}" aria-live="polite">{}</div>',
            line,
            waiting if one.key is None and not one.is_late else told(one, attempt, person),
        )
        for line, one in words.items()
    }


def told(words: Words, attempt: Attempt, person: User) -> SafeString:
    """What stands in a place."""
    return render_to_string(
        "localize/words.html",
        {"words": words, "attempt": attempt, "is_own": attempt.reader_id == person.pk},
    )
