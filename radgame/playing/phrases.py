"""What the scripts of every game say; {names} are filled in there."""

from django.utils.translation import gettext as _


def film_strings() -> dict[str, str]:
    """Of the film itself."""
    return {
        "film-loading": _("Full depth {percent} %"),
        "film-failed": _(
            "Full depth did not load. You are reading the 8-bit preview; reload to try again."
        ),
        "film-readout": _("L {centre}  W {width}  ·  {percent} %"),
    }


def draft_strings() -> dict[str, str]:
    """Of the draft that saves itself, and of the submit."""
    return {
        "draft-saving": _("Saving…"),
        "draft-saved": _("Saved"),
        "draft-kept": _("Not saved; kept in this browser"),
        "draft-lost": _("Not saved. Keep this page open."),
        "signed-out": _(
            "You are signed out. Everything is kept in this browser: reload the page and sign in "
            "to go on with it."
        ),
        "submit-failed": _(
            "The server could not take the reading. Everything is kept here; try again."
        ),
        "submit-offline": _(
            "The server did not answer. Everything is kept here; try again when you are connected."
        ),
    }
