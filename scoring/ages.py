"""Ages as they stand in headers and spreadsheets."""

import re
from typing import Final

DAYS_A_YEAR: Final = 365.25
YEARS_PER_UNIT: Final = {"Y": 1.0, "M": 1 / 12, "W": 7 / DAYS_A_YEAR, "D": 1 / DAYS_A_YEAR}
OLDEST_PLAUSIBLE_YEARS: Final = 130

_AGE: Final = re.compile(r"(\d{1,3})(?:\.0*)?\s*([YMWD]?)", re.IGNORECASE | re.ASCII)


def parse_age(text: str | None) -> float | None:
    """Read an Age String (PS3.5 6.2) or bare years: '057Y', '003M', '012W', '045D', '62'.

    Returns years in [0, 130], or None for an empty, redacted ('[AGE]') or implausible age.
    """
    match = _AGE.fullmatch((text or "").strip())
    if match is None:
        return None
    years = int(match[1]) * YEARS_PER_UNIT[match[2].upper() or "Y"]
    return years if years <= OLDEST_PLAUSIBLE_YEARS else None
