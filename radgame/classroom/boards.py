"""The board of a cohort: its learners, for its learners and instructors."""

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from radgame.accounts.access import reader_required
from radgame.accounts.models import User
from radgame.progress.boards.pages import Asked, board_context, cohort_page

from .access import get_shared
from .models import Membership


@reader_required
@require_safe
@never_cache
def board(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Who learns in it now; somebody who leaves is gone from it with the next page."""
    reader = cast(User, request.user)
    own = get_shared(reader, cohort_id)
    learns = own.role == Membership.Role.MEMBER
    learners = Membership.objects.learners().filter(cohort=own.cohort_id)
    page = cohort_page(reader, Asked.of(request.GET), learners.values("person"))
    context = board_context(page, reader, is_site=False, may_be_on=learns)
    context |= {"cohort": own.cohort, "teaches": not learns}
    return render(request, "classroom/board.html", context)
