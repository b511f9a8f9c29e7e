"""What can be disputed is offered by its number."""

from dataclasses import dataclass

from radgame.progress.templatetags.disputes import dispute_options


@dataclass(frozen=True)
class Line:
    number: int | None
    headline: str


def test_each_numbered_line_is_an_option_in_the_order_of_the_page() -> None:
    lines = [Line(3, "Missed: Rib."), Line(None, "Also marked: Rib."), Line(0, "a < b & “c”")]
    assert dispute_options(lines) == (
        '<option value="3">Missed: Rib.</option><option value="0">a &lt; b &amp; “c”</option>'
    )


def test_without_lines_there_are_no_options() -> None:
    assert dispute_options([]) == ""
