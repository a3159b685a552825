"""Both dialects of the envelope, and every shape that is neither."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_kit.catalog import RESOURCES
from analytics_kit.envelope import enveloped
from analytics_kit.errors import ResponseShapeError

RECORD = {"_id": "65d1", "id": "65d1"}


@pytest.mark.parametrize("name", RESOURCES)
def test_an_enveloped_body_is_left_as_it_is(name: str) -> None:
    """The declared selector finds the records: the very same body comes back."""
    body: Any = [RECORD]
    for step in reversed(RESOURCES[name].selector.removesuffix(".*").split(".")):
        body = {step: body, "total": 1}
    assert enveloped(RESOURCES[name], body) is body


@pytest.mark.parametrize("name", RESOURCES)
def test_a_bare_array_is_put_into_the_envelope(name: str) -> None:
    """Any listing may come as a bare array, also those whose bodies are known to be enveloped."""
    steps = RESOURCES[name].selector.removesuffix(".*").split(".")
    value = enveloped(RESOURCES[name], [RECORD])
    for step in steps:
        value = value[step]
    assert value == [RECORD]


def test_a_bare_object_is_one_record_of_account_settings_only() -> None:
    """The one resource that is one object accepts it bare or enveloped; for another it is a shape not known."""
    assert enveloped(RESOURCES["account_settings"], RECORD) == {"data": [RECORD]}
    assert enveloped(RESOURCES["account_settings"], {"data": RECORD}) == {"data": [RECORD]}
    with pytest.raises(ResponseShapeError):
        enveloped(RESOURCES["agents"], RECORD)


@pytest.mark.parametrize("name", ["analytics_metadata", "step_types"])
def test_a_map_of_records_is_left_to_the_selector(name: str) -> None:
    """``reports.*`` and ``docs.*`` take the elements of a map and of a list alike."""
    body = {RESOURCES[name].selector.removesuffix(".*"): {"one": RECORD}}
    assert enveloped(RESOURCES[name], body) is body


def test_null_is_an_empty_listing() -> None:
    """``{"data": null}`` holds no record, and is no unknown shape."""
    assert enveloped(RESOURCES["agents"], {"data": None}) == {"data": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": [RECORD], "count": 1},
        {"error": "no"},
        "text",
        3,
        None,
        {"data": "text"},
        {"data": RECORD},
        ["a", "b"],
        {"data": [RECORD, 1]},
    ],
)
def test_an_unknown_shape_is_an_error_and_never_zero_rows(body: Any) -> None:
    """The error names the resource, what was met and what was expected."""
    with pytest.raises(ResponseShapeError) as caught:
        enveloped(RESOURCES["agents"], body)
    assert caught.value.resource == "agents"
    if isinstance(body, dict) and "items" in body:
        assert "'items', 'count'" in str(caught.value)


def test_account_settings_takes_no_error_body_for_a_record() -> None:
    """An object without the record's key is no settings object."""
    with pytest.raises(ResponseShapeError, match="'message'"):
        enveloped(RESOURCES["account_settings"], {"message": "please log in"})
