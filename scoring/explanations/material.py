"""What is shown for each request, film by film, so that each film is loaded once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from scoring.explanations.contract import (
    Failed,
    FailReason,
    FilmLoader,
    FilmUnreadable,
    Request,
    Result,
)
from scoring.explanations.pictures import close_up, open_film, whole_film


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """A request by its number, the whole film (one object for all requests of a film) and the
    close-up, where there are regions."""

    number: int
    request: Request
    whole: Image.Image
    close_up: Image.Image | None


def material_of(
    requests: Sequence[Request], load_film: FilmLoader, results: dict[int, Result]
) -> Iterator[Material]:
    """The material of what can be asked; requests whose film cannot be read go to the results.

    One film after another is loaded, as its material is asked for.
    """
    of_film: dict[str, list[int]] = {}
    for number, request in enumerate(requests):
        of_film.setdefault(request.film, []).append(number)
    for key, numbers in of_film.items():
        try:
            pixels = open_film(load_film, key)
        except FilmUnreadable as error:
            for number in numbers:
                id_ = requests[number].id
                results[number] = Failed(id_, FailReason.FILM_UNREADABLE, str(error))
            continue
        whole = whole_film(pixels)
        for number in numbers:
            request = requests[number]
            shown = None
            if request.regions:
                shown = close_up(pixels, whole, request.size, request.regions)
            yield Material(number, request, whole, shown)
