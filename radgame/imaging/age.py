"""Ages as they stand in headers and spreadsheets."""

import math
import re
from datetime import date

DAYS_A_YEAR = 365.25
YEARS_PER_UNIT = {"Y": 1.0, "M": 1 / 12, "W": 7 / DAYS_A_YEAR, "D": 1 / DAYS_A_YEAR}
OLDEST_PLAUSIBLE_YEARS = 130
OLDEST_SHOWN_YEARS = 90.0

_AGE = re.compile(r"(\d{1,3})(?:\.0*)?\s*([YMWD]?)", re.IGNORECASE | re.ASCII)


def parse_age(text: str | None) -> float | None:
    """Read an Age String (PS3.5 6.2) or bare years: '057Y', '003M', '012W', '045D', '62'.

    Returns years in [0, 130], or None for an empty, redacted ('[AGE]') or implausible age.
    """
    match = _AGE.fullmatch((text or "").strip())
    if match is None:
        return None
    years = int(match[1]) * YEARS_PER_UNIT[match[2].upper() or "Y"]
    return years if years <= OLDEST_PLAUSIBLE_YEARS else None


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
