from django.urls import path

from . import views

app_name = "films"
urlpatterns = [
    path("<str:token>/<slug:rendition>/preview.webp", views.preview, name="preview"),
    path("<str:token>/<slug:rendition>/pixels", views.pixels, name="pixels"),
]
