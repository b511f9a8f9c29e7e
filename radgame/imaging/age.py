"""Ages between dates, and as they are shown. How they are read: `scoring.ages`."""

import math
from datetime import date

from scoring.ages import OLDEST_PLAUSIBLE_YEARS, parse_age

__all__ = ["OLDEST_SHOWN_YEARS", "age_between", "age_to_show", "parse_age"]

OLDEST_SHOWN_YEARS = 90.0


def age_between(born: date, examined: date) -> float | None:
    """Completed years between two dates, completed months below two years; None when reversed.

    Whole steps, so that the age and an examination date known from elsewhere do not give the
    birthday away.
    """
    months = (examined.year - born.year) * 12 + examined.month - born.month
    months -= examined.day < born.day
    years = months / 12 if months < 24 else float(months // 12)
    return years if 0 <= years <= OLDEST_PLAUSIBLE_YEARS else None


def age_to_show(years: float | None) -> float | None:
    """An age that identifies nobody: 90 stands for 90 and above."""
    return None if years is None or math.isnan(years) else min(years, OLDEST_SHOWN_YEARS)
