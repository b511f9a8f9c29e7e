"""The ledger of outcomes: what every attempt at every game was worth."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Case, Finding

from . import badges


class Game(models.TextChoices):
    LOCALIZE = "localize", _("Localize")
    REPORT = "report", _("Report")


class Outcome(models.Model):
    """One attempt's result. Games write it through ``services`` and ``statements`` only."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="outcomes")
    game = models.CharField(max_length=10, choices=Game)
    case = models.ForeignKey(Case, models.CASCADE, related_name="outcomes")
    score = models.FloatField()
    seconds = models.FloatField()
    scorer_version = models.CharField(max_length=40)
    is_first = models.BooleanField()
    occurred_at = models.DateTimeField()
    # Of an assignment, whose table lies in a room above; the ledger only keeps its key.
    assignment = models.UUIDField(null=True, blank=True, editable=False)
    # While its assignment withholds feedback, nothing that follows from the score is shown.
    is_withheld = models.BooleanField(default=False, editable=False)
    released_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When feedback on it opened.")
    )
    counted_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("Of one that is withheld: when day and streak took it in, without its score."),
    )
    booked_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When ratings, days and streaks took it in."),
    )

    class Meta:
        indexes = [
            # Small, since what is booked is not in them; in the order in which it is booked.
            models.Index(
                Coalesce("released_at", "occurred_at"),
                "id",
                condition=models.Q(booked_at__isnull=True, is_withheld=False),
                name="outcome_to_book",
            ),
            models.Index(
                fields=["occurred_at", "id"],
                condition=models.Q(counted_at__isnull=True)
                & (models.Q(is_withheld=True) | models.Q(released_at__isnull=False)),
                name="outcome_to_count",
            ),
            models.Index(
                fields=["assignment", "reader"],
                condition=models.Q(is_withheld=True),
                name="outcome_withheld",
            ),
            models.Index(fields=["reader", "game", "-occurred_at"], name="outcome_by_reader"),
            models.Index(fields=["case", "game"], name="outcome_by_case"),
            models.Index(
                fields=["assignment"],
                condition=models.Q(assignment__isnull=False),
                name="outcome_by_assignment",
            ),
        ]
        constraints = [
            # First attempts rate, replays never do: the database itself keeps it at one.
            models.UniqueConstraint(
                fields=["reader", "game", "case"],
                condition=models.Q(is_first=True),
                name="one_first_attempt",
            ),
            models.CheckConstraint(
                condition=models.Q(score__gte=0, score__lte=1), name="outcome_score_in_0_1"
            ),
            models.CheckConstraint(
                condition=models.Q(seconds__gte=0), name="outcome_seconds_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.game} {self.score:.2f}"


class OutcomeLine(models.Model):
    """What happened with one finding of the attempt.

    ``finding``: of the taxonomy, where it has one. ``concept``: what a report was read as, which is
    finer and knows more; the two name the same thing where both are set.
    """

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="lines")
    finding = models.ForeignKey(
        Finding, models.PROTECT, null=True, blank=True, related_name="outcome_lines"
    )
    concept = models.CharField(max_length=60, blank=True)
    result = models.CharField(max_length=20)
    weight = models.FloatField(default=1.0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(finding__isnull=False) | ~models.Q(concept=""),
                name="line_is_about_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.concept or self.finding_id}: {self.result}"


class Flag(models.Model):
    """A learner disputes something on a feedback page; staff look at it."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("The learner was right")
        DISMISSED = "dismissed", _("The mark stands")

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="flags")
    line = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Number of the outcome line; empty for the whole case.")
    )
    # The ledger knows no game's words, and rescoring may number the lines otherwise.
    about = models.CharField(
        max_length=300, blank=True, help_text=_("That line as it stood when it was disputed.")
    )
    comment = models.TextField(max_length=2000)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    reply = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["status", "-created_at"], name="flag_by_status")]

    def __str__(self) -> str:
        return f"{self.status}: {self.comment[:40]}"


class BaseRating(models.Model):
    """A Glicko-2 rating. ``scope``: a finding's slug, or empty for the whole game."""

    game = models.CharField(max_length=10, choices=Game)
    scope = models.CharField(max_length=60, blank=True)
    value = models.FloatField()
    deviation = models.FloatField()
    volatility = models.FloatField()
    games = models.PositiveIntegerField(default=0, help_text=_("First attempts it rests on."))
    rated_at = models.DateTimeField()

    class Meta:
        abstract = True


class ReaderRating(BaseRating):
    """How well a reader reads, in a game and for each finding met in it."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ratings")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reader", "game", "scope"], name="reader_rating_once")
        ]
        indexes = [
            models.Index(
                fields=["game", "-value"],
                condition=models.Q(scope=""),
                name="reader_rating_board",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.game} {self.scope} {self.value:.0f}"


class CaseRating(BaseRating):
    """How hard a case is, as a whole and for each finding on it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="ratings")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "game", "scope"], name="case_rating_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.game} {self.scope} {self.value:.0f}"


class PlayedDay(models.Model):
    """What a reader did in a game on one day of their own calendar, and the rating at its end."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="played_days")
    game = models.CharField(max_length=10, choices=Game)
    day = models.DateField()
    attempts = models.PositiveIntegerField(default=0)
    firsts = models.PositiveIntegerField(default=0)
    score_sum = models.FloatField(default=0.0, help_text=_("Of the first attempts."))
    seconds = models.FloatField(default=0.0)
    value = models.FloatField()
    deviation = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reader", "game", "day"], name="played_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.game} {self.day}"


class ReaderStreak(models.Model):
    """Days in a row; see ``streak.py`` for the rule."""

    reader = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="streak"
    )
    days = models.PositiveIntegerField(default=0)
    last = models.DateField(null=True, blank=True)
    freezes = models.PositiveSmallIntegerField(default=0)
    longest = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.reader_id}: {self.days}"


class Badge(models.Model):
    """Something that a reader has reached; see ``badges.py`` for the rules. It stays."""

    class Kind(models.TextChoices):
        NORMALS = badges.Kind.NORMALS, _("Normal films in a row")
        FIRSTS = badges.Kind.FIRSTS, _("Films read")
        MASTERED = badges.Kind.MASTERED, _("Mastered")
        TURNED_ROUND = badges.Kind.TURNED_ROUND, _("Turned round")
        KEPT = badges.Kind.KEPT, _("Kept")
        STREAK = badges.Kind.STREAK, _("Days in a row")

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="badges")
    kind = models.CharField(max_length=12, choices=Kind)
    game = models.CharField(max_length=10, choices=Game, blank=True)
    scope = models.CharField(max_length=60, blank=True, help_text=_("A finding's slug."))
    earned_at = models.DateTimeField()
    figures = models.JSONField(default=dict, help_text=_("What its sentence tells."))

    class Meta:
        ordering = ["-earned_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["reader", "kind", "game", "scope"], name="badge_once")
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.kind} {self.scope}"


class ReaderTally(models.Model):
    """What the rules of badges must remember of a reader (``badges.Tally``)."""

    reader = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="tally"
    )
    state = models.JSONField()

    def __str__(self) -> str:
        return f"{self.reader_id}"


class Standing(models.Model):
    """What boards need of a reader in a game who has first attempts enough (``boards``).

    ``is_public``: on the site's boards, by the reader's own wish. Kept beside the points, so that
    a board's order is one index.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="standings")
    game = models.CharField(max_length=10, choices=Game)
    points = models.IntegerField(help_text=_("The rating, rounded: who shows the same is tied."))
    deviation = models.FloatField()
    points_before = models.IntegerField(
        null=True, blank=True, help_text=_("Seven days earlier; empty when on no board then.")
    )
    is_weekly = models.BooleanField(help_text=_("Enough first attempts in the last seven days."))
    is_public = models.BooleanField()
    as_of = models.DateField(help_text=_("The day that the last seven days end with, in UTC."))
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "game"], name="standing_once")]
        indexes = [
            models.Index(
                fields=["game", "-points", "reader"],
                condition=models.Q(is_public=True),
                name="standing_board",
            ),
            models.Index(
                fields=["game", "-points", "reader"],
                condition=models.Q(is_public=True, is_weekly=True),
                name="standing_board_week",
            ),
            models.Index(fields=["as_of"], name="standing_to_roll"),
            models.Index(fields=["changed_at"], name="standing_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.game} {self.points}"


class ReviewCard(models.Model):
    """When a finding that a reader once missed should come back, on another film.

    ``card``: the state of the package ``fsrs``, as it writes it.
    """

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="review_cards"
    )
    game = models.CharField(max_length=10, choices=Game)
    scope = models.CharField(max_length=60, help_text=_("The finding's slug."))
    card = models.JSONField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reader", "game", "scope"], name="review_card_once")
        ]
        indexes = [models.Index(fields=["reader", "due_at"], name="review_card_due")]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.game} {self.scope}"
