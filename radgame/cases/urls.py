from django.urls import path

from . import views

app_name = "films"
urlpatterns = [
    path("<str:token>/preview.webp", views.preview, name="preview"),
    path("<str:token>/pixels", views.pixels, name="pixels"),
]
