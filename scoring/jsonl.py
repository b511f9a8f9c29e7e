"""JSON Lines as every scorer reads them, and a sentence for each way a line can be wrong."""

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NoReturn

# A boolean is an int to isinstance(), and no number here; hence types are compared.
NUMBER: Final = frozenset({int, float})


class LineError(ValueError):
    """A sentence about what is wrong with a line, and where."""


def lines_of(stream: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a file as they stand, without the byte-order mark that some programs put first.

    Not decoded: a bad byte is then one line's error, and the others can be read.
    """
    lines = iter(stream)
    for first in lines:
        yield first.removeprefix(codecs.BOM_UTF8)
        break
    yield from lines


def parse_object(line: str | bytes) -> dict[str, Any]:
    """The JSON object of a line, which is UTF-8 where it is bytes. Raises LineError."""
    try:
        case = _DECODER.decode(line if isinstance(line, str) else line.decode())
    except LineError:
        raise
    except UnicodeDecodeError as error:
        raise LineError(
            f"The line is not UTF-8 text: byte {error.start + 1} is "
            f"0x{error.object[error.start]:02x}."
        ) from error
    except json.JSONDecodeError as error:
        raise LineError(
            f"The line is not JSON: {error.msg} at character {error.pos + 1}."
        ) from error
    except RecursionError as error:
        raise LineError("The line is nested too deeply.") from error
    except ValueError as error:
        # Python refuses to read integers of thousands of digits.
        raise LineError(f"The line holds a number that cannot be read: {error}.") from error
    if type(case) is not dict:
        raise LineError(f"The line must be a JSON object, not {named(case)}.")
    return case


def read_id(case: dict[str, Any]) -> str | int:
    """The line's id, a string or a whole number. Raises LineError."""
    case_id = required(case, "id", "")
    if type(case_id) is str or type(case_id) is int:
        return case_id
    raise LineError(f"id must be a string or a whole number, not {named(case_id)}.")


def required(mapping: dict[str, Any], key: str, where: str) -> Any:
    """The value of a key that must be there; ``where`` stands before the key in the message."""
    if key in mapping:
        return mapping[key]
    raise LineError(f"{where}{key} is missing.")


def to_line(result: dict[str, Any]) -> str:
    """A result as a line, with its end."""
    text = _ENCODER.encode(result)
    try:
        text.encode()
    except UnicodeEncodeError:
        # An id may hold half a character, as JSON allows; so it is given back as JSON writes it.
        text = json.dumps(result)
    return text + "\n"


def named(value: Any) -> str:
    """What a wrong value is, in the words of JSON."""
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is list:
        return f"a list of {len(value)}"
    if type(value) is str:
        return "a string"
    return "an object" if type(value) is dict else "a number"


def shown(value: Any) -> str:
    """A wrong value as it stands in the line, if it is short."""
    if type(value) in {list, dict}:
        return named(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _refuse_constant(name: str) -> NoReturn:
    raise LineError(f"The line is not JSON: {name} is not a JSON number.")


# A result is made of new parts: to look for a circle in it is a sixth of the time.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False)
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
