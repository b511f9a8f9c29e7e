"""The staff's page of disputes."""

from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from radgame.accounts.access import reader_required, staff_required
from radgame.accounts.models import User
from radgame.tables import FileKind, file_response

from .forms import SettleFlagForm
from .learner import day_rows, progress_context
from .models import Flag
from .pages import dispute_rows, disputes

PER_PAGE = 25


@reader_required
@require_safe
@never_cache
def progress(request: HttpRequest) -> HttpResponse:
    """How one's own reading goes."""
    return render(request, "progress/progress.html", progress_context(cast(User, request.user)))


@reader_required
@require_safe
@never_cache
def days_file(request: HttpRequest, kind: FileKind) -> HttpResponse:
    """The table behind the page's charts."""
    return file_response(kind, "radgame-days", *day_rows(cast(User, request.user)))


@staff_required
@require_safe
@never_cache
def flags(request: HttpRequest) -> HttpResponse:
    """What learners dispute, the open ones first asked for."""
    status = request.GET.get("status", Flag.Status.OPEN)
    rows = disputes()
    if status in Flag.Status.values:
        rows = rows.filter(status=status)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "staff/flags.html",
        {
            "page": page,
            "disputes": dispute_rows(page),
            "status": status,
            "statuses": Flag.Status.choices,
        },
    )


@staff_required
@require_POST
def settle_flag(request: HttpRequest, flag_id: int) -> HttpResponse:
    """Uphold or dismiss one dispute, with a reply for the learner."""
    form = SettleFlagForm(request.POST)
    flag = get_object_or_404(Flag, pk=flag_id)
    if not form.is_valid():
        return render(request, "staff/flag_refused.html", {"form": form, "flag": flag}, status=422)
    form.settle(flag, cast(User, request.user))
    return redirect("staff_flags")
