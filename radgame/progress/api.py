"""One's own settings, progress and disputes; the site's board; and for staff all disputes."""

from django.forms.models import model_to_dict
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.accounts.forms import SettingsForm
from radgame.accounts.models import MAX_ALIAS, Boards, Role, User
from radgame.rest.errors import accept
from radgame.rest.models import ANY_SCOPE, Scope
from radgame.rest.operations import Operation, answer, asked, form_data, page, person_of, sent
from radgame.rest.schema import operation
from radgame.rest.shapes import Shape, text, whole

from .boards.board import Span
from .boards.pages import Asked, BoardPage, board_context, site_page
from .boards.wishes import keep_settings
from .forms import SettleFlagForm
from .learner import progress_context
from .models import Flag, Game, PlayedDay
from .pages import dispute_rows, disputes
from .practice import due_reviews

# --- oneself --------------------------------------------------------------------


class MeShape(Shape):
    username = serializers.CharField()
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    is_guest = serializers.BooleanField()
    is_staff = serializers.BooleanField()
    time_zone = serializers.CharField()
    boards = serializers.ChoiceField(choices=Boards.choices)
    alias = serializers.CharField()
    example = {
        "username": "alice",
        "email": "alice@example.org",
        "first_name": "Alice",
        "last_name": "Meier",
        "role": "learner",
        "is_guest": False,
        "is_staff": False,
        "time_zone": "Europe/Zurich",
        "boards": "cohorts",
        "alias": "Costophrenic",
    }


class SettingsShape(Shape):
    """What is left out stays as it is."""

    first_name = text(150, required=False)
    last_name = text(150, required=False)
    time_zone = serializers.CharField(
        required=False, max_length=64, help_text="As in Europe/Zurich."
    )
    boards = serializers.ChoiceField(choices=Boards.choices, required=False)
    alias = text(4 * MAX_ALIAS, required=False)
    example = {"time_zone": "Europe/Zurich", "boards": "site", "alias": "Costophrenic"}


class Me(Operation):
    def scopes_for(self, method: str) -> tuple[Scope, ...]:
        return self.scopes if method == "PATCH" else ANY_SCOPE

    @operation("me", "Yourself", gives=MeShape)
    def get(self, request: Request) -> Response:
        """Your account, and what you wish for the boards."""
        return answer(MeShape, person_of(request))

    @operation("change_me", "Change your settings", takes=SettingsShape, gives=MeShape)
    def patch(self, request: Request) -> Response:
        """Name, clock and boards; the boards follow at once."""
        person = person_of(request)
        now = model_to_dict(person, SettingsForm.Meta.fields)
        form = SettingsForm(form_data({**now, **sent(request, SettingsShape)}), instance=person)
        accept(form)
        keep_settings(form=form)
        return answer(MeShape, person)


# --- progress -------------------------------------------------------------------


class GameShape(Shape):
    game = serializers.ChoiceField(choices=Game.choices)
    films = serializers.IntegerField(source="games", help_text="First attempts it rests on.")
    rating = serializers.IntegerField(source="value")
    low = serializers.IntegerField(help_text="Of the 95 % interval.")
    high = serializers.IntegerField()
    is_known = serializers.BooleanField(help_text="Whether it rests on enough to be shown.")
    still_needed = serializers.IntegerField()


class MasteryShape(Shape):
    finding = serializers.CharField()
    game = serializers.CharField(source="game_name")
    films = serializers.IntegerField()
    share = serializers.FloatField(
        allow_null=True, help_text="Expected on a middling film, 0 to 1; null below 20 films."
    )
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class StreakShape(Shape):
    days = serializers.IntegerField()
    freezes = serializers.IntegerField()
    longest = serializers.IntegerField()
    last = serializers.DateField(allow_null=True)


class DueShape(Shape):
    game = serializers.ChoiceField(choices=Game.choices)
    findings = serializers.IntegerField(help_text="How many are due; which, the films will say.")
    since = serializers.DateTimeField(allow_null=True)


class ProgressShape(Shape):
    games = GameShape(many=True)
    findings = MasteryShape(many=True, help_text="What needs practice first.")
    streak = StreakShape()
    due = DueShape(many=True)
    example = {
        "games": [
            {
                "game": "localize",
                "films": 143,
                "rating": 1562,
                "low": 1490,
                "high": 1634,
                "is_known": True,
                "still_needed": 0,
            }
        ],
        "findings": [
            {
                "finding": "nodule-mass",
                "game": "Localize",
                "films": 31,
                "share": 0.58,
                "low": 0.44,
                "high": 0.71,
            }
        ],
        "streak": {"days": 9, "freezes": 1, "longest": 21, "last": "2026-11-28"},
        "due": [{"game": "localize", "findings": 2, "since": "2026-11-27T06:00:00Z"}],
    }


class Progress(Operation):
    @operation("progress", "Your progress", gives=ProgressShape)
    def get(self, request: Request) -> Response:
        """Ratings, findings, streak, and what is due for review."""
        reader = person_of(request)
        due = due_reviews(reader, timezone.now())
        return answer(ProgressShape, {**progress_context(reader), "due": list(due.values())})


class DayShape(Shape):
    day = serializers.DateField()
    game = serializers.ChoiceField(choices=Game.choices)
    cases = serializers.IntegerField(source="attempts")
    firsts = serializers.IntegerField(help_text="Of these, first attempts.")
    score_sum = serializers.FloatField(help_text="Of the first attempts.")
    seconds = serializers.FloatField()
    rating = serializers.FloatField(source="value", help_text="At the end of the day.")
    deviation = serializers.FloatField()
    example = {
        "day": "2026-11-28",
        "game": "localize",
        "cases": 12,
        "firsts": 10,
        "score_sum": 6.5,
        "seconds": 734.0,
        "rating": 1561.8,
        "deviation": 36.7,
    }


class Days(Operation):
    @operation("days", "Your days of play", gives=DayShape, listed=True)
    def get(self, request: Request) -> Response:
        """By your own clock, the newest first."""
        days = PlayedDay.objects.filter(reader=person_of(request)).order_by("-day", "game")
        return page(request, days, DayShape)


# --- boards ---------------------------------------------------------------------


class BoardQuestion(Shape):
    game = serializers.ChoiceField(choices=Game.choices, default=Game.LOCALIZE)
    span = serializers.ChoiceField(choices=[span.value for span in Span], default=Span.ALL.value)
    page = whole(minimum=0, default=0, maximum=999_999, help_text="Of fifty rows, from 1.")


class RowShape(Shape):
    rank = serializers.IntegerField()
    change = serializers.IntegerField(
        allow_null=True, help_text="Ranks higher than seven days ago; null: not on it then."
    )
    name = serializers.CharField()
    points = serializers.IntegerField()
    margin = serializers.IntegerField(help_text="Half the 95 % interval.")
    is_own = serializers.BooleanField()


class AbsenceShape(Shape):
    """Why you are not on it."""

    is_guest = serializers.BooleanField()
    is_wish = serializers.BooleanField()
    still_needed = serializers.IntegerField(help_text="First attempts.")


class BoardShape(Shape):
    game = serializers.ChoiceField(source="asked.game", choices=Game.choices)
    span = serializers.CharField(source="asked.span")
    count = serializers.IntegerField(source="size")
    page = serializers.IntegerField(source="number")
    pages = serializers.IntegerField()
    own_page = serializers.IntegerField(allow_null=True)
    results = RowShape(source="rows", many=True)
    around = RowShape(many=True, help_text="Your own place with its neighbours, if elsewhere.")
    absence = AbsenceShape(allow_null=True)
    example = {
        "game": "localize",
        "span": "all",
        "count": 2,
        "page": 1,
        "pages": 1,
        "own_page": 1,
        "results": [
            {
                "rank": 1,
                "change": 0,
                "name": "Costophrenic",
                "points": 1562,
                "margin": 72,
                "is_own": True,
            }
        ],
        "around": [],
        "absence": None,
    }


def board_answer(
    board: BoardPage, reader: User, *, is_site: bool, may_be_on: bool = True
) -> Response:
    """A page of a board, and for a reader who could be on it and is not, why."""
    context = board_context(board, reader, is_site=is_site, may_be_on=may_be_on)
    told = {name: getattr(board, name) for name in BoardPage.__dataclass_fields__}
    return answer(BoardShape, {**told, "absence": context["absence"]})


def board_question(request: Request) -> Asked:
    """Which board was asked for, and which of its pages."""
    question = asked(request, BoardQuestion)
    return Asked(Game(question["game"]), Span(question["span"]), question["page"])


class SiteBoard(Operation):
    @operation("board", "The site's board", asks=BoardQuestion, gives=BoardShape)
    def get(self, request: Request) -> Response:
        """Who chose to be seen by the whole site, by rating, under the name they chose."""
        reader = person_of(request)
        return board_answer(site_page(reader, board_question(request)), reader, is_site=True)


# --- disputes -------------------------------------------------------------------


class DisputeShape(Shape):
    """A dispute, and what it is about."""

    id = serializers.IntegerField(source="flag.pk")
    game = serializers.ChoiceField(source="flag.outcome.game", choices=Game.choices)
    attempt = serializers.UUIDField(source="attempt_id", allow_null=True)
    line = serializers.IntegerField(source="flag.line", allow_null=True)
    comment = serializers.CharField(source="flag.comment")
    status = serializers.ChoiceField(source="flag.status", choices=Flag.Status.choices)
    reply = serializers.CharField(source="flag.reply")
    created_at = serializers.DateTimeField(source="flag.created_at")
    closed_at = serializers.DateTimeField(source="flag.closed_at", allow_null=True)
    example = {
        "id": 17,
        "game": "localize",
        "attempt": "3f0f2f0e-6f0c-4b0e-9a55-0d6f1f6b0a11",
        "line": 0,
        "comment": "The nodule is the nipple shadow.",
        "status": "open",
        "reply": "",
        "created_at": "2026-11-28T09:30:00Z",
        "closed_at": None,
    }


class StaffDisputeShape(DisputeShape):
    """The same with whose it is, for who settles it."""

    learner = serializers.CharField(source="flag.outcome.reader.display_name")
    dataset = serializers.CharField(source="flag.outcome.case.dataset.slug")
    case = serializers.CharField(source="flag.outcome.case.key")
    score = serializers.FloatField(source="flag.outcome.score")
    example = {
        **DisputeShape.example,
        "learner": "Alice Meier",
        "dataset": "demo",
        "case": "demo-0007",
        "score": 0.5,
    }


class DisputesQuestion(Shape):
    status = serializers.ChoiceField(choices=Flag.Status.choices, required=False)


class SettleShape(Shape):
    verdict = serializers.ChoiceField(choices=[Flag.Status.UPHELD, Flag.Status.DISMISSED])
    reply = text(2000, required=False)
    example = {"verdict": "upheld", "reply": "You are right: the mark was corrected."}


class OwnDisputes(Operation):
    @operation("disputes", "Your disputes", asks=DisputesQuestion, gives=DisputeShape, listed=True)
    def get(self, request: Request) -> Response:
        """What you disputed in either game, the newest first, with the replies."""
        rows = disputes().filter(outcome__reader=person_of(request))
        rows = rows.filter(**asked(request, DisputesQuestion))
        return page(request, rows, DisputeShape, dispute_rows)


class StaffOperation(Operation):
    """Only staff pass."""

    scopes = (Scope.STAFF,)

    def admits(self, person: User, method: str) -> bool:
        return person.is_staff


class AllDisputes(StaffOperation):
    @operation(
        "staff_flags",
        "All disputes, for staff",
        asks=DisputesQuestion,
        gives=StaffDisputeShape,
        listed=True,
    )
    def get(self, request: Request) -> Response:
        """What learners hold to be wrong with a mark, the newest first."""
        rows = disputes().filter(**asked(request, DisputesQuestion))
        return page(request, rows, StaffDisputeShape, dispute_rows)


class Settle(StaffOperation):
    @operation("staff_settle_flag", "Settle a dispute", takes=SettleShape, gives=StaffDisputeShape)
    def post(self, request: Request, flag_id: int) -> Response:
        """Uphold or dismiss it, with a reply that the learner reads."""
        flag = get_object_or_404(disputes(), pk=flag_id)
        form = SettleFlagForm(form_data(sent(request, SettleShape)))
        accept(form)
        form.settle(flag, person_of(request))
        return answer(StaffDisputeShape, dispute_rows([flag])[0])


urlpatterns = [
    path("me/", Me.as_view(), name="me"),
    path("progress/", Progress.as_view(), name="progress"),
    path("progress/days/", Days.as_view(), name="days"),
    path("boards/", SiteBoard.as_view(), name="board"),
    path("disputes/", OwnDisputes.as_view(), name="disputes"),
    path("staff/flags/", AllDisputes.as_view(), name="staff_flags"),
    path("staff/flags/<int:flag_id>/settle/", Settle.as_view(), name="staff_settle_flag"),
]
