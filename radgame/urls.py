"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from radgame import views
from radgame.progress import views as progress_views

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("healthz", views.healthz, name="healthz"),
    path("accounts/", include("radgame.accounts.urls")),
    path("films/", include("radgame.cases.urls")),
    path("localize/", include("localize.urls")),
    path("report/", include("report.urls")),
    path("staff/flags/", progress_views.flags, name="staff_flags"),
    path("staff/flags/<int:flag_id>/", progress_views.settle_flag, name="staff_settle_flag"),
    path("admin/", admin.site.urls),
]
