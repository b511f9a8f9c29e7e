"""What the page's scripts say, so that gettext can translate it; {names} are filled in there."""

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


def reading_strings() -> dict[str, str]:
    """While the film is read."""
    return {
        "mark-unnamed": _("Which finding?"),
        "mark-label": _("{finding}, box {number}"),
        "draft-saving": _("Saving…"),
        "draft-saved": _("Saved"),
        "draft-kept": _("Not saved; kept in this browser"),
        "draft-lost": _("Not saved. Keep this page open."),
        "submit-unnamed": _("One mark has no finding yet. Choose one, or delete the mark."),
        "submit-empty": _(
            "Nothing is marked. If you read the film as normal, press Normal film first."
        ),
        "submit-failed": _(
            "The server could not take the reading. Everything is kept here; try again."
        ),
        "submit-offline": _(
            "The server did not answer. Everything is kept here; try again when you are connected."
        ),
    }


def review_strings() -> dict[str, str]:
    """After the commit."""
    return {
        "marks-label": _("Your mark: {finding}, {outcome}"),
        "regions-label": _("Reference: {finding}, {outcome}"),
        "outcome-hit": _("found"),
        "outcome-misplaced": _("right finding, wrong place"),
        "outcome-wrong_finding": _("right place, wrong finding"),
        "outcome-false_mark": _("false mark"),
        "outcome-missed": _("missed"),
        "outcome-not_scored": _("not scored"),
    }
