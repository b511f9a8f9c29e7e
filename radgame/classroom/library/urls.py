from django.urls import path

from . import views

app_name = "library"
urlpatterns = [
    path("", views.sets, name="sets"),
    path("new/", views.create, name="create"),
    path("of-cases/", views.create_of_cases, name="create_of_cases"),
    path("search/", views.search, name="search"),
    path("rule/", views.rule, name="rule"),
    path("cases/<uuid:public_id>/", views.case, name="case"),
    path("set/<slug:slug>/", views.case_set, name="set"),
    path("set/<slug:slug>/describe/", views.describe, name="describe"),
    path("set/<slug:slug>/add/", views.add, name="add"),
    path("set/<slug:slug>/place/", views.place, name="place"),
    path("set/<slug:slug>/duplicate/", views.duplicate, name="duplicate"),
    path("set/<slug:slug>/archive/", views.archive, name="archive"),
    path("set/<slug:slug>/delete/", views.delete, name="delete"),
]
