"""Below the accounts' address, among its names."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.tokens, name="account_tokens"),
    path("new/", views.make, name="account_token_make"),
    path("<int:token_id>/revoke/", views.revoke, name="account_token_revoke"),
]
