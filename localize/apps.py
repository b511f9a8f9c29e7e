from django.apps import AppConfig


class LocalizeConfig(AppConfig):
    name = "localize"

    def ready(self) -> None:
        from radgame import jobs
        from radgame.watching import cuda

        from . import checks  # noqa: F401
        from .explaining import loads_model
        from .models import Explanation
        from .own_data import register_localize
        from .tasks import explain

        jobs.register(jobs.JobKind("explanation", Explanation, explain))
        cuda.register(loads_model)
        register_localize()
