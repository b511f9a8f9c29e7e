from django.apps import AppConfig


class ProgressConfig(AppConfig):
    name = "radgame.progress"
    label = "progress"
