from django.apps import AppConfig


class LocalizeConfig(AppConfig):
    name = "localize"

    def ready(self) -> None:
        from radgame import jobs

        from . import checks  # noqa: F401
        from .models import Explanation
        from .own_data import register_localize
        from .tasks import explain

        jobs.register(jobs.JobKind("explanation", Explanation, explain))
        register_localize()
