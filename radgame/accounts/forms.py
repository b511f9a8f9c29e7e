"""What people say of themselves."""

import re
import unicodedata
import zoneinfo
from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import MAX_ALIAS, NEUTRAL_NAME, Boards, User

# Letters of any script, digits, space, hyphen, underscore: no "@", so never an address.
_ALIAS: Final = re.compile(rf"[\w -]{{3,{MAX_ALIAS}}}")


def zone_choices() -> list[tuple[str, str]]:
    """The zones of places, in the words of the time-zone database; UTC first."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name)
    places = [name for name in names if not name.startswith(("Etc/", "SystemV/", "posix/"))]
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        choices=zone_choices,
        label=_("Time zone"),
        help_text=_("Your days of play begin and end by this clock."),
    )

    boards = forms.ChoiceField(
        choices=Boards.choices,
        label=_("Boards"),
        help_text=_(
            "Where others see your rating: on the boards of your cohorts, or also on the site's, "
            "which everybody can open. A board orders readers by rating, never by how much they "
            "play."
        ),
    )
    alias = forms.CharField(
        required=False,
        # Spaces are put in order before it is measured.
        max_length=4 * MAX_ALIAS,
        label=_("Name on boards"),
        help_text=_(
            "3 to 24 letters, digits, spaces, - and _. Empty: your cohorts see your name, and the "
            "site a made-up one. Your user name and your address are never on the site's board."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": MAX_ALIAS}),
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "time_zone", "boards", "alias"]

    def clean_alias(self) -> str:
        """Raises ``ValidationError`` for what is no name, or could be taken for somebody else's."""
        typed = unicodedata.normalize("NFKC", self.cleaned_data["alias"])
        alias = " ".join(typed.split())
        if not alias:
            return ""
        if not _ALIAS.fullmatch(alias) or not any(letter.isalpha() for letter in alias):
            raise forms.ValidationError(
                _("Use 3 to 24 letters, digits, spaces, - and _, with a letter among them.")
            )
        others = User.objects.exclude(pk=self.instance.pk)
        is_taken = (
            others.filter(alias__iexact=alias).exists()
            or others.filter(username__iexact=alias).exists()
            or NEUTRAL_NAME.fullmatch(alias) is not None
        )
        if is_taken:
            # One sentence for all: which user names exist is nobody's business.
            raise forms.ValidationError(_("This name cannot be had. Choose another."))
        return alias
