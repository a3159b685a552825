"""What the API has computed itself: which reports there are, and their rows."""

from __future__ import annotations

from analytics_kit.catalog.entry import Paging, Resource, column

ANALYTICS_METADATA = Resource(
    name="analytics_metadata",
    description="One row per analytics report and its limits",
    group="analytics",
    path="/analytics/metadata",
    selector="reports.*",
    paging=Paging("single"),
    key=(("reportName",),),
    columns=(
        column("id", "text", "reportName", "Name of the report", nullable=False),
        column("report_name", "text", "reportName", "Name of the report; joins analytics_reports.report_name"),
        column("description", "text", "description", "What the report shows"),
        column("type", "text", "type", "Kind of report, e.g. timeseries, table"),
        column("members", "json", "members", "Columns of the report: list of {name, title}"),
        column("filters", "json", "filters", "Filters it takes: list of {name, type, description}"),
        column(
            "mandatory_non_user_filters",
            "json",
            "mandatoryNonUserFilters",
            "Filters that the server sets itself and refuses from users: list of {member, operator}",
        ),
        column(
            "supported_time_dimensions",
            "json",
            "supportedTimeDimensions",
            "Granularities and the ranges they allow; granularity null is one row for the whole range",
        ),
    ),
)

ANALYTICS_REPORTS = Resource(
    name="analytics_reports",
    description="One row per row of a report",
    group="analytics",
    path="/analytics/reports/{report_name}",
    selector="data",
    paging=Paging("single"),
    # A report's rows have no key of their own: what was asked for and the place in the answer make one.
    key=(("id",),),
    merge_key=("report_name", "granularity", "range_start", "range_end"),
    windowed=True,
    since_param="dateRange",
    until_param="dateRange",
    columns=(
        column("id", "text", "id", "report/granularity/first day/last day/position", nullable=False),
        column("report_name", "text", "report_name", "Report asked for; joins analytics_metadata.id", nullable=False),
        column(
            "granularity",
            "text",
            "granularity",
            "hour, day, week or month; total where the whole range is one row",
            nullable=False,
        ),
        column("range_start", "timestamp", "range_start", "Start of the range asked for", nullable=False),
        column("range_end", "timestamp", "range_end", "End of the range asked for, exclusive", nullable=False),
        column("position", "bigint", "position", "Place in the answer, from 0"),
        column("time", "timestamp", "time", "Start of the interval; null where the whole range is one row"),
        column("key", "text", "key", "What is measured, in a long report; null in a wide one"),
        column("value", "double", "value", "The measured value, in a long report; null in a wide one"),
        column("row", "json", "row", "The row as the API sent it"),
    ),
)
