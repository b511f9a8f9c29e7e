"""The staff's page of a model's words: what learners flagged, what was withdrawn or dropped."""

from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from radgame.accounts.access import staff_required
from radgame.accounts.models import User

from . import flagging
from .forms import JudgeWordsForm
from .models import Explanation
from .staff_pages import Shelf, counts, judged, on_shelf

PER_PAGE = 20

SETTLE = {
    "keep": flagging.keep_explanation,
    "withdraw": flagging.withdraw_explanation,
    "reinstate": flagging.reinstate_explanation,
}


@staff_required
@require_safe
@never_cache
def explanations(request: HttpRequest) -> HttpResponse:
    """What a model wrote, the flagged first asked for."""
    asked = request.GET.get("shelf", "")
    shelf = Shelf(asked) if asked in Shelf.values else Shelf.FLAGGED
    page = Paginator(on_shelf(shelf), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "explanations": judged(page),
        "shelf": shelf,
        "shelves": Shelf.choices,
        "counts": counts(),
    }
    return render(request, "staff/explanations.html", context)


@staff_required
@require_POST
def settle_explanation(request: HttpRequest, explanation_id: int) -> HttpResponse:
    """Keep one, withdraw it for everyone, or show it again."""
    found = get_object_or_404(Explanation, pk=explanation_id)
    form = JudgeWordsForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    verdict = form.cleaned_data["verdict"]
    made_at = form.cleaned_data["made_at"]
    try:
        SETTLE[verdict](explanation_id=found.pk, by=cast(User, request.user), made_at=made_at)
    except flagging.WordsChanged:
        return render(request, "staff/words_changed.html", status=409)
    return redirect("staff_explanations")
