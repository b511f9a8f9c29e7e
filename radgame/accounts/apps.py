from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "radgame.accounts"
    label = "accounts"

    def ready(self) -> None:
        from .own_data import register_accounts

        register_accounts()
