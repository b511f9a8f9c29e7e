"""The judge by rules. `rules.RulesJudge` is the entrance; the tables beside it are to be edited."""

from scoring.reports.judge.rules import RulesJudge, is_prior_shown, read_once

__all__ = ["RulesJudge", "is_prior_shown", "read_once"]
