from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "radgame.rest"
    label = "rest"

    def ready(self) -> None:
        from . import schema  # noqa: F401 - tells the schema how a token is sent
        from .own_data import register_rest

        register_rest()
