"""Below a cohort in the box game's addresses, in its names (``localize:follow_confidence``)."""

from django.urls import path

from . import views

urlpatterns = [
    path("confidence/", views.confidence, name="follow_confidence"),
    path("confidence.<file_kind:kind>", views.confidence_file, name="follow_confidence_file"),
    path("radiologists/", views.radiologists, name="follow_radiologists"),
    path(
        "each-radiologist.<file_kind:kind>",
        views.each_radiologist_file,
        name="follow_each_radiologist_file",
    ),
    path("radiologists.<file_kind:kind>", views.radiologists_file, name="follow_radiologists_file"),
]
