"""Below a cohort's address, in its names (``classroom:follow``)."""

from django.urls import path, register_converter

from radgame.tables import FileKindConverter

from . import views

register_converter(FileKindConverter, "file_kind")

urlpatterns = [
    path("", views.findings, name="follow"),
    path("findings.<file_kind:kind>", views.findings_file, name="follow_file"),
]
