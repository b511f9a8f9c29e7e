from django.urls import include, path

from . import views

urlpatterns = [
    # Before allauth's own, so that a guest is not sent away from them.
    path("signup/", views.signup, name="account_signup"),
    path("login/", views.sign_in, name="account_login"),
    path("", include("allauth.account.urls")),
]
