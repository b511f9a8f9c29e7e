"""What a page of a board is given: reads only, in a constant number of queries."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Q, QuerySet

from radgame.accounts.models import Boards, ReaderKind, User
from radgame.progress.models import Game, ReaderRating, Standing

from . import sorted_sets
from .board import Board, Place, SmallStore, Span, Store
from .standings import ENOUGH, OVERALL, WEEKLY

PER_PAGE: Final = 50
# Neighbours shown above and below one's own row.
NEIGHBOURS: Final = 2
# Radiologists and models that stand on a board beside the learners, the best first.
MOST_IMPORTED: Final = 50
HIDE: Final = "hidden"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which board, and which of its pages, as an address says it; what it says wrongly is left."""

    game: Game
    span: Span
    page: int
    hides_imported: bool = False

    @classmethod
    def of(cls, query: "dict[str, str] | Any") -> "Asked":
        game, span, page = query.get("game"), query.get("span"), query.get("page", "")
        return cls(
            game=Game(game) if game in Game.values else Game.LOCALIZE,
            span=Span(span) if span in set(Span) else Span.ALL,
            # Beyond this many digits is no page of anything, and no number of a database.
            page=int(page) if page.isdecimal() and len(page) < 7 else 0,
            hides_imported=query.get("readers") == HIDE,
        )

    @property
    def board(self) -> Board:
        return Board(self.game.value, self.span)

    @property
    def kept(self) -> str:
        """What every link on the page keeps in its address."""
        return f"&readers={HIDE}" if self.hides_imported else ""


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody on a board. ``margin``: half the 95 % interval of the points.

    ``change``: how many ranks higher than seven days ago; None for who was not on it then.
    A radiologist or a model has no rank, and a ``mark`` that says what it is.
    """

    reader_id: int
    rank: int | None
    change: int | None
    name: str
    points: int
    margin: int
    is_own: bool
    mark: str = ""

    @property
    def steps(self) -> int:
        return abs(self.change or 0)


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Fifty rows in order; ``around``: one's own place with its neighbours, when not among them.

    Between them stand radiologists and models (``has_imported``), who are not in ``size``.
    """

    asked: Asked
    rows: tuple[Row, ...]
    around: tuple[Row, ...]
    number: int
    pages: int
    size: int
    own_page: int | None
    has_imported: bool


@dataclass(frozen=True, slots=True)
class _Cut:
    """What the store says of a page: places with their ranks, and who is asking.

    ``before``: for each imported reader, how many places of the page stand above them; None for
    those who belong on another page.
    """

    places: list[Place]
    around: list[Place]
    ranks: dict[int, int]
    number: int
    size: int
    own: int | None
    before: list[int | None]


# --- whose rows -----------------------------------------------------------------


def site_page(reader: User, asked: Asked) -> BoardPage:
    """The site's board: who chose to be on it, under the name they chose."""
    imported = imported_standings(asked)
    cut = sorted_sets.ask(lambda store: _cut(store, asked, reader.pk, imported))
    rows = _rows_of(cut, asked).filter(
        # As they wish at this moment, whatever a store still holds.
        is_public=True,
        reader__boards=Boards.SITE,
        reader__is_active=True,
        reader__is_guest=False,
    )
    shown = _page(cut, asked, rows, reader, lambda person: person.site_board_name, sorted_sets.ask)
    return _with_imported(shown, cut, imported)


def cohort_page(reader: User, asked: Asked, people: "QuerySet[Any]") -> BoardPage:
    """The board of some people, given by their keys: all who do not wish otherwise."""
    standings = Standing.objects.filter(
        ~Q(reader__boards=Boards.OFF),
        game=asked.game.value,
        reader__in=people,
        reader__is_active=True,
        reader__is_guest=False,
    )
    store = small_store(asked.board, standings)
    imported = imported_standings(asked)
    cut = _cut(store, asked, reader.pk, imported)
    shown = _page(
        cut,
        asked,
        _rows_of(cut, asked),
        reader,
        lambda person: person.cohort_board_name,
        lambda question: question(store),
    )
    return _with_imported(shown, cut, imported)


def small_store(board: Board, standings: "QuerySet[Standing]") -> SmallStore:
    """Read in one query, so that whoever leaves or opts out is gone with the next page."""
    if board.span is Span.WEEK:
        standings = standings.filter(is_weekly=True)
    known = list(standings.values_list("reader_id", "points", "points_before"))
    return SmallStore(
        {
            board: [Place(reader, points) for reader, points, _before in known],
            _then(board): [
                Place(reader, before) for reader, _p, before in known if before is not None
            ],
        }
    )


def imported_standings(asked: Asked) -> list[Standing]:
    """Radiologists and models whose readings were brought in, best first; none when hidden.

    They are on every board, of this week too: a yardstick does not tire.
    """
    if asked.hides_imported:
        return []
    imported = User.objects.filter(~Q(kind=ReaderKind.PERSON), is_active=True)
    return list(
        Standing.objects.filter(game=asked.game.value, reader__in=imported)
        .select_related("reader")
        .order_by("-points", "reader")[:MOST_IMPORTED]
    )


# --- pages ----------------------------------------------------------------------


def _then(board: Board) -> Board:
    return Board(board.game, board.span, then=True)


def _cut(store: Store, asked: Asked, reader_id: int, imported: Sequence[Standing]) -> _Cut:
    board = asked.board
    size = store.size(board)
    number = min(max(1, asked.page), _pages(size))
    start = (number - 1) * PER_PAGE
    places = store.places(board, start, PER_PAGE)
    own = store.position(board, reader_id)
    around: list[Place] = []
    if own is not None and not start <= own < start + PER_PAGE:
        first = max(0, own - NEIGHBOURS)
        around = store.places(board, first, own - first + 1 + NEIGHBOURS)
    shown = [*places, *around]
    above = store.above(board, [place.points for place in shown])
    ranks = {place.reader_id: 1 + more for place, more in zip(shown, above, strict=True)}
    above = store.above(board, [row.points for row in imported]) if imported else []
    before = [
        more - start if number == min(1 + more // PER_PAGE, _pages(size)) else None
        for more in above
    ]
    return _Cut(places, around, ranks, number, size, own, before)


def _pages(size: int) -> int:
    return max(1, -(-size // PER_PAGE))


def _rows_of(cut: _Cut, asked: Asked) -> "QuerySet[Standing]":
    return Standing.objects.filter(
        game=asked.game.value, reader__in=list(cut.ranks)
    ).select_related("reader")


Ask = Callable[[Callable[[Store], list[int]]], list[int]]


def _page(
    cut: _Cut,
    asked: Asked,
    standings: "QuerySet[Standing]",
    reader: User,
    name: Callable[[User], str],
    ask: Ask,
) -> BoardPage:
    known = {row.reader_id: row for row in standings} if cut.ranks else {}
    before = [
        (key, row.points_before) for key, row in known.items() if row.points_before is not None
    ]
    above = ask(lambda store: store.above(_then(asked.board), [points for _key, points in before]))
    earlier = {key: 1 + more for (key, _points), more in zip(before, above, strict=True)}

    def rows(places: Sequence[Place]) -> Iterable[Row]:
        for place in places:
            row = known.get(place.reader_id)
            if row is not None:
                rank = cut.ranks[place.reader_id]
                then = earlier.get(place.reader_id)
                yield Row(
                    reader_id=place.reader_id,
                    rank=rank,
                    change=None if then is None else then - rank,
                    name=name(row.reader),
                    points=place.points,
                    margin=round(1.96 * row.deviation),
                    is_own=place.reader_id == reader.pk,
                )

    return BoardPage(
        asked=asked,
        rows=tuple(rows(cut.places)),
        around=tuple(rows(cut.around)),
        number=cut.number,
        pages=_pages(cut.size),
        size=cut.size,
        own_page=None if cut.own is None else 1 + cut.own // PER_PAGE,
        has_imported=False,
    )


def _with_imported(page: BoardPage, cut: _Cut, imported: Sequence[Standing]) -> BoardPage:
    """Put each radiologist and model above the first learner who has no more points."""
    rows: list[Row] = []
    waiting = [
        (before, standing)
        for before, standing in zip(cut.before, imported, strict=True)
        if before is not None
    ]
    shown = {row.reader_id: row for row in page.rows}
    for number, place in enumerate(cut.places):
        while waiting and waiting[0][0] <= number:
            rows.append(_imported_row(waiting.pop(0)[1]))
        if place.reader_id in shown:
            rows.append(shown[place.reader_id])
    rows += [_imported_row(standing) for _before, standing in waiting]
    return replace(page, rows=tuple(rows), has_imported=bool(imported))


def _imported_row(standing: Standing) -> Row:
    reader = standing.reader
    kind = ReaderKind(reader.kind).label
    return Row(
        reader_id=reader.pk,
        rank=None,
        change=None,
        name=reader.first_name,
        points=standing.points,
        margin=round(1.96 * standing.deviation),
        is_own=False,
        mark=f"{kind}, {reader.source}" if reader.source else str(kind),
    )


def board_context(
    page: BoardPage, reader: User, *, is_site: bool, may_be_on: bool = True
) -> dict[str, Any]:
    """The page, its tabs, and for a reader who could be on it and is not, why."""
    is_absent = may_be_on and page.own_page is None
    return {
        "board": page,
        "games": Game,
        "is_week": page.asked.span is Span.WEEK,
        "enough": ENOUGH,
        "weekly": WEEKLY,
        "absence": _absence(page.asked, reader, is_site=is_site) if is_absent else None,
    }


@dataclass(frozen=True, slots=True)
class Absence:
    """Why somebody is not on a board: they are a guest, do not wish it, or played too little."""

    is_guest: bool = False
    is_wish: bool = False
    still_needed: int = 0


def _absence(asked: Asked, reader: User, *, is_site: bool) -> Absence:
    if reader.is_guest:
        return Absence(is_guest=True)
    if reader.boards == Boards.OFF or (is_site and reader.boards != Boards.SITE):
        return Absence(is_wish=True)
    games = (
        ReaderRating.objects.filter(reader=reader, game=asked.game.value, scope=OVERALL)
        .values_list("games", flat=True)
        .first()
    )
    return Absence(still_needed=max(0, ENOUGH - (games or 0)))
