"""What is less than nothing, as pages show it; files keep the plain sign. Pure."""


def with_minus(number: str) -> str:
    """The number with a minus as wide as its figures; nothing is no less than nothing.

    >>> with_minus("-6"), with_minus("+0.5"), with_minus("-0.00")
    ('−6', '+0.5', '0.00')
    """
    return number.replace("-", "−") if number.strip("-0.") else number.lstrip("-")
