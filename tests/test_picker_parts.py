from __future__ import annotations

from typing import Any

import pytest

from analytics_kit.errors import AccessDeniedError
from analytics_kit.picker.cell import NOTHING, cell
from analytics_kit.picker.choice import Choice
from analytics_kit.picker.closing import CellRuns, running_cell
from analytics_kit.picker.limits import granularities, limits
from analytics_kit.picker.rows import Sort
from analytics_kit.picker.summary import summary, summary_text
from analytics_kit.picker.texts import part_shown
from analytics_kit.report import LoadReport, ResourceLoad


class Closing:
    """Something that can be closed."""

    closed = False

    def close(self) -> None:
        """Note it."""
        self.closed = True


def dimension(granularity: str | None, least: str, most: str) -> dict[str, Any]:
    return {"granularity": granularity, "minDateRangeInterval": least, "maxDateRangeInterval": most}


def failed_load() -> ResourceLoad:
    error = AccessDeniedError("403 <b>no</b>", hint="Ask for the scope.", resource="audit", status=403)
    return ResourceLoad("failed", 0, 1, 0, 0.1, 0.0, None, None, None, error)


def test_the_code_is_short_and_says_only_what_applies() -> None:
    """One cell per choice: options of resources that are not chosen are left out, and nothing chosen is said."""
    filters = {"status": ["error"], "user_name": "mira"}
    assert cell(Choice(("builds",), "30d", filters=filters)).splitlines() == [
        'report = kit.load("builds", since="30d", filters={"status": ["error"]})',
        'builds = kit.frame("builds", since="30d")',
        'builds = builds[builds["status"].isin(["error"])]',
    ]
    assert cell(Choice(("agents",), "30d", granularity="day")).splitlines() == [
        'report = kit.load("agents")',
        'agents = kit.frame("agents")',
    ]
    assert cell(Choice()) == NOTHING


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "é 検", "'; drop"])
def test_any_value_survives_in_the_code(value: str) -> None:
    """Quotes, backslashes, line ends and other scripts stand in the code as literals of the same value."""
    code = cell(Choice(("audit",), None, filters={"entity_id": value}))
    assert len(code.splitlines()) == 3
    literal = code.splitlines()[0].partition('{"entity_id": ')[2].removesuffix("})")
    assert eval(literal) == value  # noqa: S307 # the literal is ours


def test_limits_join_what_has_the_same_range() -> None:
    """Granularities with one range stand together; unknown limits and reports without dates are said to be so."""
    offered = [
        dimension(None, "1 day", "1 year"),
        dimension("hour", "1 day", "4 day"),
        dimension("week", "1 day", "1 year"),
    ]
    record = {"reportName": "r", "supportedTimeDimensions": offered}
    assert limits(record) == "hour 1–4 d; week, whole range 1–366 d"
    assert limits({"reportName": "r", "supportedTimeDimensions": []}) == "takes no dates"
    assert limits({"reportName": "r", "supportedTimeDimensions": None}) == "limits not known"
    assert granularities([record], None) == ("hour", "week")
    assert granularities([record], ["other"]) == ("hour", "day", "week", "month")


@pytest.mark.parametrize(
    ("counts", "options", "said"),
    [
        ((5, 5, 5), {}, "All 5 chosen rows"),
        ((0, 0, 0), {}, "No rows: nothing held is chosen"),
        ((500, 5991, 5991), {}, "Newest 500 of 5 991 chosen rows"),
        ((500, 5991, 5991), {"sort": Sort("id")}, "First 500 of 5 991 chosen rows, by id ascending"),
        ((12, 12, 5991), {"search": "x"}, "12 of 5 991 chosen rows with “x”"),
        ((500, 900, 5991), {"search": "x"}, "Newest 500 of 900 rows with “x”, of 5 991 chosen rows"),
    ],
)
def test_the_part_shown_is_said(counts: tuple[int, int, int], options: dict[str, Any], said: str) -> None:
    """Never a part that looks like the whole."""
    assert part_shown(*counts, **{"sort": Sort(), "newest": True} | options) == said


def test_the_summary_needs_no_kernel_and_no_script() -> None:
    """It tells the choice, what came of the last load and the code, all escaped, and hides the dead widget."""
    choice = Choice(("audit",), None, filters={"entity_id": "<script>"})
    page = summary(choice, LoadReport({"audit": failed_load()}))
    assert "analytics-kit-summary" in page
    assert "Chosen: audit." in page
    assert "403 &lt;b&gt;no&lt;/b&gt;" in page
    assert "<script" not in page
    assert "Nothing was loaded" in summary(choice, None)
    assert 'kit.load("audit"' in summary_text(choice, None)


def test_a_new_run_of_a_cell_closes_what_the_run_before_made() -> None:
    """Within one run many pickers live side by side; another cell's stay; without a notebook nothing is closed."""
    runs, made = CellRuns(), [Closing() for _ in range(5)]
    for thing, where in zip(made, [("a", "1"), ("a", "1"), ("b", "2"), None, ("a", "3")], strict=True):
        runs.note(thing, where)
    assert [thing.closed for thing in made] == [True, True, False, False, False]
    assert running_cell() is None
