"""The one door to cases and films."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404

from radgame.accounts.models import User

from .models import Case, CaseSet, Image, Play

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


def get_case_set(reader: Person, slug: str, play: Play) -> CaseSet:
    """The set under this address, if the reader may start it in this game."""
    return get_object_or_404(CaseSet.objects.playable_by(reader, play), slug=slug)
