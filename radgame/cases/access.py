"""The one door to cases and films."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from radgame.accounts.models import User

from .models import Case, CaseSet, Dataset, Image, Play
from .models.case import audiences_of

Person = User | AnonymousUser


def get_film(reader: Person, token: str, rendition: str) -> Image:
    """The film under this address, if some case that shows it is open to the reader."""
    film = (
        Image.objects.filter(
            token=token, rendition=rendition, cases__in=Case.objects.open_to(reader)
        )
        .only("id", "preview", "pixels")
        .first()
    )
    if film is None:
        raise Http404
    return film


def datasets_of(reader: Person) -> QuerySet[Dataset]:
    """The datasets of which this person may play cases; those without a case are left out."""
    has_cases = Case.objects.ready().filter(dataset=OuterRef("pk"))
    return Dataset.objects.filter(Exists(has_cases), audience__in=audiences_of(reader))


def get_case_set(reader: Person, slug: str, play: Play) -> CaseSet:
    """The set under this address, if the reader may start it in this game.

    Under an older version's address there is the newest, but for who is still playing the older.
    """
    playable = CaseSet.objects.playable_by(reader, play)
    found = playable.filter(slug=slug).first()
    return found or get_object_or_404(playable, pk=newest_version_of(slug))


def newest_version_of(slug: str) -> int | None:
    """The primary key of the newest version of the set under this address."""
    keys = CaseSet.objects.values_list("pk", flat=True)
    key = keys.filter(slug=slug).first()
    while key is not None and (following := keys.filter(supersedes=key).first()) is not None:
        key = following
    return key
