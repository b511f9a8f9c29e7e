from django.apps import AppConfig
from django.core import checks


class ReportConfig(AppConfig):
    name = "report"

    def ready(self) -> None:
        from radgame import jobs

        from .checks import check_game_judge
        from .models import Judgement
        from .own_data import register_report
        from .tasks import judge

        jobs.register(jobs.JobKind("judgement", Judgement, judge))
        checks.register(check_game_judge)
        register_report()
