"""Below a cohort's address, in its names (``classroom:follow``)."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.findings, name="follow"),
    path("findings.<file_kind:kind>", views.findings_file, name="follow_file"),
    path("cases/", views.cases, name="follow_cases"),
    path("cases.<file_kind:kind>", views.cases_file, name="follow_cases_file"),
    path("time/", views.times, name="follow_times"),
    path("time.<file_kind:kind>", views.times_file, name="follow_times_file"),
    path("time-steps.<file_kind:kind>", views.time_steps_file, name="follow_time_steps_file"),
    path("curves/", views.curves, name="follow_curves"),
    path("curves.<file_kind:kind>", views.curves_file, name="follow_curves_file"),
    path("false/", views.false_findings, name="follow_false"),
    path("false.<file_kind:kind>", views.false_findings_file, name="follow_false_file"),
    path("ledger.<file_kind:kind>", views.ledger_file, name="follow_ledger_file"),
    path("learners/<int:membership_id>/", views.learner, name="learner"),
    path(
        "learners/<int:membership_id>/assignments.<file_kind:kind>",
        views.learner_given_file,
        name="learner_given_file",
    ),
    path(
        "learners/<int:membership_id>/cases.<file_kind:kind>",
        views.learner_cases_file,
        name="learner_cases_file",
    ),
    path(
        "learners/<int:membership_id>/findings.<file_kind:kind>",
        views.learner_findings_file,
        name="learner_findings_file",
    ),
]
