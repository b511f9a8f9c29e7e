from django.apps import AppConfig


class ClassroomConfig(AppConfig):
    name = "radgame.classroom"
    label = "classroom"

    def ready(self) -> None:
        from .own_data import register_classroom

        register_classroom()
