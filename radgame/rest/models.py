"""Tokens: how a program says for whom it asks."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What a token may be used for; never more than its owner may do."""

    PLAY = "play", _("Play, and see my own progress and cohorts")
    TEACH = "teach", _("Teach: my cohorts, assignments and case sets")
    STAFF = "staff", _("Staff: disputes")


# For what is open whatever a token was made for.
ANY_SCOPE: Final = tuple(Scope)


class AccessToken(models.Model):
    """A key that a person made for a program. Only its digest is kept (ADR 16).

    ``start``: its first characters, by which its owner knows it again.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_tokens"
    )
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    start = models.CharField(max_length=12, editable=False)
    scopes = models.JSONField(default=list)
    is_read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.start}… of {self.person_id}"

    def is_open(self, now: datetime) -> bool:
        return now < self.expires_at

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]
