"""What is asked of studies in a cohort."""

from django.urls import path

from . import views

urlpatterns = [path("new/", views.create, name="create_study")]
