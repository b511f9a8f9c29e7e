from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "radgame.cases"
    label = "cases"

    def ready(self) -> None:
        from .own_data import register_cases

        register_cases()
