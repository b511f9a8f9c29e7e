from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "radgame.cases"
    label = "cases"
