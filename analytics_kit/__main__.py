"""``python -m analytics_kit``: the main job on the demo API, from nothing to a first look at the frames."""

from __future__ import annotations

import sys

import analytics_kit as ak

_RESULTS = """
Build results over the last 30 days:
{results}

The slowest pipelines, median run time in minutes:
{slowest}

Next:
  make lab        the notebooks, in JupyterLab
  README.md       pointing the kit at a real API, in two settings
"""


def main() -> int:
    """Start the demo API, load all 13 resources, show what came; 1 where something did not."""
    with ak.demo(progress=None) as kit:
        report = kit.load(since="180d")
        sys.stdout.write(f"{report!r}\n\nHeld in {kit.settings.database}:\n")
        held = kit.resources()[["resource", "group", "status", "rows", "description"]]
        sys.stdout.write(held.to_string(index=False, justify="left", max_colwidth=60))
        sys.stdout.write(f"\n\n{kit.as_of('builds')}\n")
        sys.stdout.write(_RESULTS.format(results=_results(kit), slowest=_slowest(kit)))
    return 0 if report.ok else 1


def _results(kit: ak.Kit) -> str:
    found = kit.sql(
        """
        select status, count(*) as n, round(100 * n / sum(n) over (), 1) as percent
        from builds where created >= (select max(created) from builds) - interval 30 day
        group by status order by n desc
        """
    )
    return found.to_string(index=False)


def _slowest(kit: ak.Kit) -> str:
    found = kit.sql(
        """
        select pipeline_name, count(*) as n, round(median(date_diff('second', started, finished)) / 60, 1) as minutes
        from builds where finished is not null and started is not null
        group by pipeline_name having n >= 20 order by minutes desc limit 5
        """
    )
    return found.to_string(index=False)


if __name__ == "__main__":
    sys.exit(main())
