from django.urls import path

from . import views

urlpatterns = [
    path("<uuid:trial_id>/", views.study, name="study"),
    path("<uuid:trial_id>/extend/", views.extend, name="extend_study"),
    path("<uuid:trial_id>/close/", views.close, name="close_study"),
    path("<uuid:trial_id>/study.json", views.document, name="study_json"),
    path("<uuid:trial_id>/<slug:table>.csv", views.table_csv, name="study_csv"),
    path("<uuid:trial_id>/<slug:table>.xlsx", views.table_xlsx, name="study_xlsx"),
    path("<uuid:trial_id>/mine/", views.taking_part, name="taking_part"),
    path("<uuid:trial_id>/mine/begin/", views.take_part, name="take_part"),
]
