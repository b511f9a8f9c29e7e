from django.apps import AppConfig
from django.core import checks


class ReportConfig(AppConfig):
    name = "report"

    def ready(self) -> None:
        from radgame import jobs
        from radgame.watching import cuda

        from .checks import check_game_judge
        from .judges import loads_model
        from .models import Judgement
        from .own_data import register_report
        from .tasks import judge

        jobs.register(jobs.JobKind("judgement", Judgement, judge))
        checks.register(check_game_judge)
        cuda.register(loads_model)
        register_report()
