from django.urls import include, path

from . import data_views, views

urlpatterns = [
    # Before allauth's own, so that a guest is not sent away from them.
    path("signup/", views.signup, name="account_signup"),
    path("login/", views.sign_in, name="account_login"),
    path("data/", data_views.own_data, name="account_data"),
    path("data/export/", data_views.export, name="account_data_export"),
    path("delete/", data_views.delete, name="account_delete"),
    path("second-factor/", include("radgame.accounts.second_factor_urls")),
    path("", include("allauth.account.urls")),
]
