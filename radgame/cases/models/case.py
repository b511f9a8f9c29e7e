import uuid
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from .dataset import Audience, Dataset
from .study import Image, Study

if TYPE_CHECKING:
    from radgame.accounts.models import User


def audiences_of(reader: "User | AnonymousUser") -> list[str]:
    """The audiences a person belongs to, narrowest last."""
    audiences = [Audience.EVERYONE.value]
    if reader.is_authenticated and not getattr(reader, "is_guest", False):
        audiences.append(Audience.SIGNED_IN.value)
    if getattr(reader, "may_teach", False):
        audiences.append(Audience.INSTRUCTORS.value)
    if reader.is_authenticated and reader.is_staff:
        audiences.append(Audience.STAFF.value)
    return audiences


class Play(models.TextChoices):
    """What a case can be played as; the ledger's games have the same values."""

    LOCALIZE = "localize", _("Localize")
    REPORT = "report", _("Report")


class CaseQuerySet(models.QuerySet["Case"]):
    def ready(self) -> "CaseQuerySet":
        return self.filter(status=Case.Status.READY)

    def playable_as(self, play: Play) -> "CaseQuerySet":
        """The cases that are ready and have what this game compares an answer with."""
        return self.ready().filter(**{f"for_{play.value}": True})

    def open_to(self, reader: "User | AnonymousUser") -> "CaseQuerySet":
        """The cases whose films this person may see, in whatever game."""
        return self.ready().filter(dataset__audience__in=audiences_of(reader))

    def closed_to_learners(self) -> "CaseQuerySet":
        """Those whose datasets are not open to everybody who has signed up."""
        return self.exclude(dataset__audience__in=[Audience.EVERYONE, Audience.SIGNED_IN])

    def playable_by(self, reader: "User | AnonymousUser", play: Play) -> "CaseQuerySet":
        """The cases this person may open in this game."""
        return self.playable_as(play).filter(dataset__audience__in=audiences_of(reader))


class Case(models.Model):
    """A study prepared for play."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        READY = "ready", _("Ready")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="cases")
    study = models.ForeignKey(Study, models.CASCADE, related_name="cases")
    key = models.CharField(max_length=160, help_text=_("Names the case within its dataset."))
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    for_localize = models.BooleanField(
        default=False, help_text=_("Experts looked for findings here, so marks can be compared.")
    )
    for_report = models.BooleanField(
        default=False, help_text=_("There is a radiologist's report that a learner could write.")
    )
    is_normal = models.BooleanField(
        null=True, help_text=_("An expert called it normal; empty where nobody said.")
    )
    scored_findings = models.JSONField(
        default=list,
        blank=True,
        help_text=_(
            "Slugs of the findings the experts looked for on this film; silence on any "
            "other finding is not a negative."
        ),
    )
    source_fingerprint = models.CharField(
        max_length=64, blank=True, help_text=_("Of the record and the files it was made from.")
    )
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Counts changes of films or reference standard.")
    )
    images: "models.ManyToManyField[Image, CaseImage]" = models.ManyToManyField(
        Image, through="CaseImage", related_name="cases"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "key"], name="case_once_per_dataset")
        ]
        indexes = [
            models.Index(
                fields=["dataset"],
                condition=models.Q(status="ready", for_localize=True),
                name="case_for_localize",
            ),
            models.Index(
                fields=["dataset"],
                condition=models.Q(status="ready", for_report=True),
                name="case_for_report",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}/{self.public_id}"


class CaseImage(models.Model):
    """Which films of the study are shown, in what order."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="case_images")
    image = models.ForeignKey(Image, models.CASCADE, related_name="case_images")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="case_image_position"),
            models.UniqueConstraint(fields=["case", "image"], name="case_image_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}[{self.position}]"


class CaseSetQuerySet(models.QuerySet["CaseSet"]):
    def standing(self) -> "CaseSetQuerySet":
        """The newest versions that are not archived: what lists show and new sittings get."""
        return self.filter(superseded_at__isnull=True, archived_at__isnull=True)

    def playable_by(self, reader: "User | AnonymousUser", play: Play) -> "CaseSetQuerySet":
        """The sets this person may start in this game; each case is asked again when opened.

        Of an older version, or an archived set, only what they have begun and not finished.
        """
        may = models.Q(made_for__isnull=True, audience__in=audiences_of(reader))
        offered = models.Q(superseded_at__isnull=True, archived_at__isnull=True)
        if reader.is_authenticated:
            may |= models.Q(made_for=reader) | models.Q(made_for__isnull=True, owner=reader)
            offered |= models.Q(models.Exists(_open_sittings(reader, play)))
        return self.filter(may, offered, **{f"{play.value}_size__gt": 0})

    def read_by(self, person: "User") -> "CaseSetQuerySet":
        """The sets this person may look into; that they teach is the door's to ask."""
        shared = models.Q(audience__in=audiences_of(person))
        return self.filter(shared | models.Q(owner=person), made_for__isnull=True)

    def edited_by(self, person: "User") -> "CaseSetQuerySet":
        """The sets this person may change: their own, in their newest version.

        A dataset's own set has no owner: imports keep it, and who wants another duplicates it.
        """
        return self.filter(owner=person, made_for__isnull=True, superseded_at__isnull=True)


def _open_sittings(reader: "User", play: Play) -> models.QuerySet[models.Model]:
    # The games lie above: an app is labelled as its game is called (radgame.playing.models).
    sittings: models.Manager[models.Model] = apps.get_model(play.value, "Sitting")._default_manager
    # One for an assignment is gone on with from there, not from the lists.
    return sittings.filter(
        case_set=models.OuterRef("pk"),
        reader=reader,
        finished_at__isnull=True,
        assignment__isnull=True,
    )


class CaseSet(models.Model):
    """An ordered list of cases, of which each game plays those that it can.

    ``size`` counts the places, ``localize_size`` and ``report_size`` the cases that can be
    played there; ``services.append_cases`` and ``services.count_case_sets`` keep all three.

    A set that somebody plays or was assigned is not rewritten: its next ``version`` is another row,
    which ``supersedes`` it (``versions.edit_case_set``). The set of a whole dataset, which has no
    owner, is the exception: it grows with its dataset.
    """

    slug = models.SlugField(unique=True, max_length=80)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.SIGNED_IN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="case_sets"
    )
    made_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="sets_made_for",
        help_text=_("The one person who can play it: a set put together for their practice."),
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    supersedes = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="superseded_by",
    )
    superseded_at = models.DateTimeField(null=True, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    size = models.PositiveIntegerField(default=0, editable=False)
    localize_size = models.PositiveIntegerField(default=0, editable=False)
    report_size = models.PositiveIntegerField(default=0, editable=False)
    asks_impression = models.BooleanField(
        default=False, help_text=_("Report: ask for an impression beside the findings.")
    )
    shows_checklist = models.BooleanField(
        default=True, help_text=_("Report: show the list of regions beside the text.")
    )
    model_judge_counts = models.BooleanField(
        default=False,
        help_text=_("Report: the judge by model, where the site has one, gives the final mark."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CaseSetQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            # Of two who edit one version at once, one makes the next.
            models.UniqueConstraint(fields=["supersedes"], name="set_superseded_once"),
            models.CheckConstraint(condition=models.Q(version__gt=0), name="set_version_from_one"),
        ]

    def __str__(self) -> str:
        return self.title


class CaseSetItem(models.Model):
    case_set = models.ForeignKey(CaseSet, models.CASCADE, related_name="items")
    case = models.ForeignKey(Case, models.CASCADE, related_name="set_items")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["case_set", "position"], name="set_position_once"),
            models.UniqueConstraint(fields=["case_set", "case"], name="set_case_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_set_id}[{self.position}]"
