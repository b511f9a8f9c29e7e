"""The shelf: measures of generated reports as the literature uses them, beside our own score.

Each is optional and comes from its authors' or a kept package. None decides anything in the game.
"""

from scoring.reports.metrics.base import MetricUnavailable, Scorer
from scoring.reports.metrics.shelf import METRICS, Metric, get_metric

__all__ = ["METRICS", "Metric", "MetricUnavailable", "Scorer", "get_metric"]
