from django.urls import include, path

from . import views

app_name = "localize"
urlpatterns = [
    path("", views.sets, name="sets"),
    path("sets/<slug:slug>/start/", views.start, name="start"),
    path("assignments/<uuid:assignment_id>/start/", views.start_assigned, name="start_assigned"),
    path("attempts/<uuid:attempt_id>/", views.attempt, name="attempt"),
    path("attempts/<uuid:attempt_id>/draft/", views.draft, name="draft"),
    path("attempts/<uuid:attempt_id>/submit/", views.submit, name="submit"),
    path("attempts/<uuid:attempt_id>/next/", views.following, name="next"),
    path("attempts/<uuid:attempt_id>/flag/", views.flag, name="flag"),
    path("attempts/<uuid:attempt_id>/explanations/", views.explanations, name="explanations"),
    path(
        "attempts/<uuid:attempt_id>/explanations/<int:explanation_id>/flag/",
        views.flag_explanation,
        name="flag_explanation",
    ),
    path("shown/<uuid:exposure_id>/", views.shown, name="shown"),
    path("shown/<uuid:exposure_id>/leave/", views.leave, name="leave"),
    path("cohorts/<uuid:cohort_id>/follow/", include("localize.following.urls")),
    path("sittings/<uuid:sitting_id>/", views.summary, name="summary"),
]
