"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from localize import staff as explanations_staff
from radgame import views
from radgame.progress import views as progress_views
from radgame.progress.boards import views as board_views
from radgame.watching import views as watching_views

# One door for all: limits and second factors hold for the administration too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", watching_views.metrics, name="metrics"),
    path("api/v1/", include("radgame.api")),
    path("accounts/settings/", board_views.settings, name="account_settings"),
    path("accounts/tokens/", include("radgame.rest.urls")),
    path("accounts/", include("radgame.accounts.urls")),
    path("films/", include("radgame.cases.urls")),
    path("localize/", include("localize.urls")),
    path("report/", include("report.urls")),
    path("practise/<slug:game>/", views.practise, name="practise"),
    path("progress/", progress_views.progress, name="progress"),
    path("progress/days.<file_kind:kind>", progress_views.days_file, name="progress_days_file"),
    path("boards/", board_views.site_board, name="boards"),
    path("cohorts/", include("radgame.classroom.urls")),
    path("sets/", include("radgame.classroom.library.urls")),
    path("staff/flags/", progress_views.flags, name="staff_flags"),
    path("staff/flags/<int:flag_id>/", progress_views.settle_flag, name="staff_settle_flag"),
    path("staff/explanations/", explanations_staff.explanations, name="staff_explanations"),
    path(
        "staff/explanations/<int:explanation_id>/",
        explanations_staff.settle_explanation,
        name="staff_settle_explanation",
    ),
    path("staff/work/", watching_views.work, name="staff_work"),
    path("staff/work/<slug:kind>/retry/", watching_views.retry_work, name="staff_retry_work"),
    path("admin/", admin.site.urls),
]

handler500 = "radgame.outage.failed"
