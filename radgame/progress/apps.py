from django.apps import AppConfig


class ProgressConfig(AppConfig):
    name = "radgame.progress"
    label = "progress"

    def ready(self) -> None:
        from .own_data import register_progress

        register_progress()
