"""Cases as an instructor knows them again: by film, name, and what is on it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Case, CaseImage, ReferenceFinding


@dataclass(frozen=True, slots=True)
class Face:
    """``findings``, ``preview_url`` and ``url`` are empty where the case is not open to one."""

    name: str
    findings: str
    preview_url: str
    url: str


def faces_of(person: User, cases: Collection[int]) -> dict[int, Face]:
    """By primary key, in four queries; what is not open to this person has a name and no more."""
    rows = Case.objects.filter(pk__in=cases).select_related("dataset")
    is_open = set(Case.objects.open_to(person).filter(pk__in=cases).values_list("pk", flat=True))
    films: dict[int, tuple[str, str]] = {}
    for case, token, rendition in (
        CaseImage.objects.filter(case__in=is_open)
        .order_by("case", "-position")
        .values_list("case_id", "image__token", "image__rendition")
    ):
        # The first film comes last, and stays.
        films[case] = (token, rendition)
    findings: dict[int, list[str]] = {}
    for case, name in (
        ReferenceFinding.objects.filter(image__cases__in=is_open)
        .order_by("finding__position", "finding__name")
        .values_list("image__cases", "finding__name")
    ):
        if name not in findings.setdefault(case, []):
            findings[case].append(name)
    return {row.pk: _face(row, row.pk in is_open, films, findings) for row in rows}


def _face(
    case: Case,
    is_open: bool,
    films: dict[int, tuple[str, str]],
    findings: dict[int, list[str]],
) -> Face:
    name = f"{case.dataset.name} · {case.key}"
    if not is_open:
        return Face(name, "", "", "")
    said = ", ".join(findings.get(case.pk, []))
    film = films.get(case.pk)
    return Face(
        name=name,
        findings=said or (_("Normal") if case.is_normal else _("Nothing stated")),
        preview_url=reverse("films:preview", args=film) if film else "",
        url=reverse("library:case", args=[case.public_id]),
    )
