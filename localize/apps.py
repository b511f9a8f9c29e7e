from django.apps import AppConfig


class LocalizeConfig(AppConfig):
    name = "localize"
