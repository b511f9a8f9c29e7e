from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "radgame.accounts"
    label = "accounts"
