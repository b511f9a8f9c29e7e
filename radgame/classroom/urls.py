from django.urls import include, path

from . import boards, files, views

app_name = "classroom"
urlpatterns = [
    path("", views.cohorts, name="cohorts"),
    path("new/", views.create, name="create"),
    path("join/", views.join, name="join"),
    path("join/<str:code>/", views.join, name="join_by_link"),
    path("<uuid:cohort_id>/", views.cohort, name="cohort"),
    path("<uuid:cohort_id>/board/", boards.board, name="board"),
    path("<uuid:cohort_id>/follow/", include("radgame.classroom.following.urls")),
    path("<uuid:cohort_id>/edit/", views.edit, name="edit"),
    path("<uuid:cohort_id>/archive/", views.archive, name="archive"),
    path("<uuid:cohort_id>/leave/", views.leave, name="leave"),
    path("<uuid:cohort_id>/links/", views.create_link, name="create_link"),
    path("<uuid:cohort_id>/links/<int:link_id>/revoke/", views.revoke_link, name="revoke_link"),
    path("<uuid:cohort_id>/instructors/", views.add_instructor, name="add_instructor"),
    path("<uuid:cohort_id>/people/<int:membership_id>/remove/", views.remove, name="remove"),
    path("<uuid:cohort_id>/members.<file_kind:kind>", files.members, name="members_file"),
    path("<uuid:cohort_id>/assign/", views.assign, name="assign"),
    path("<uuid:cohort_id>/studies/", include("radgame.classroom.studies.cohort_urls")),
    path("studies/", include("radgame.classroom.studies.urls")),
    path("assignments/", views.own_assignments, name="own_assignments"),
    path("assignments/<uuid:assignment_id>/edit/", views.edit_assignment, name="edit_assignment"),
    path("assignments/<uuid:assignment_id>/", views.assignment, name="assignment"),
    path("assignments/<uuid:assignment_id>/results.csv", views.assignment_csv, name="results"),
    path("assignments/<uuid:assignment_id>/results.xlsx", files.results_xlsx, name="results_xlsx"),
    path("assignments/<uuid:assignment_id>/withdraw/", views.withdraw, name="withdraw"),
]
