"""Below a cohort's address, in its names (``classroom:follow``)."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.follow, name="follow"),
    path("findings.csv", views.follow_csv, name="follow_csv"),
]
