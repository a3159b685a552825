"""A made-up resource with a column of every type, for tests of what becomes of its records."""

from __future__ import annotations

from typing import Any

from analytics_kit.catalog import ChildTable, Column, ColumnType, Paging, Resource
from analytics_kit.columns import Page, page_table

MARK = "«redacted»"


def column(name: str, type_: ColumnType = "text", path: str = "") -> Column:
    """A column whose path is written with dots; its name where none is given."""
    return Column(name, type_, tuple((path or name).split(".")), "for tests")


STEPS = ChildTable("things__steps", "steps", ("steps",), "things_id", (column("name"), column("size", "bigint")))
THINGS = Resource(
    name="things",
    description="for tests",
    group="inventory",
    path="/things",
    selector="data",
    paging=Paging("single"),
    key=(("_id",),),
    columns=(
        *(column("id", path="_id"), column("text"), column("count", "bigint"), column("share", "double")),
        *(column("on", "bool"), column("at", "timestamp"), column("list", "json"), column("steps", "json")),
        *(column("box__name", path="box.name"), column("box__lid__size", "bigint", "box.lid.size")),
        *(column("invite_url", path="inviteUrl"), column("variables", "json"), column("token_name", path="tokenName")),
        *(column("spec__type", path="spec.type"), column("spec__data", "json", "spec.data")),
    ),
    cursor="at",
    children=(STEPS,),
)


def page(*records: Any, of: Resource = THINGS, sequence: int = 0, **options: Any) -> Page:
    """A page of these records as tables."""
    return page_table(of, list(records), sequence=sequence, **options)
