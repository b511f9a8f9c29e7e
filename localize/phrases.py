"""What the page's scripts say, so that gettext can translate it; {names} are filled in there."""

from django.utils.translation import gettext as _


def reading_strings() -> dict[str, str]:
    """While the film is read."""
    return {
        "mark-unnamed": _("Which finding?"),
        "mark-label": _("{finding}, box {number}"),
        "submit-unnamed": _("One mark has no finding yet. Choose one, or delete the mark."),
        "submit-empty": _(
            "Nothing is marked. If you read the film as normal, press Normal film first."
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


def shown_strings() -> dict[str, str]:
    """Where nobody answered: no outcome is told of a region."""
    shown = {name: _("shown") for name in review_strings() if name.startswith("outcome-")}
    return {**review_strings(), "regions-label": _("Reference: {finding}"), **shown}
