"""The two dialects of the envelope: every body is brought into the shape that the catalog's data selector says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.errors import ResponseShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import Response

    from analytics_kit.catalog import Resource

_KEYS_SHOWN = 8


def envelope_hook(resource: Resource) -> Callable[..., None]:
    """A response hook that rewrites a body of the bare dialect; for dlt's ``response_actions``.

    ``response.bare`` tells afterwards whether the body was a bare array.
    """

    def hook(response: Response, *_args: Any, **_kwargs: Any) -> None:
        if not 200 <= response.status_code < 300:
            return
        body = response.json()
        payload = enveloped(resource, body)
        response.bare = isinstance(body, list)  # type: ignore[attr-defined]
        if payload is not body:
            _replace(response, payload)

    return hook


def enveloped(resource: Resource, body: Any) -> Any:
    """The body as the data selector expects it: the same object where it is so already.

    Raises:
        ResponseShapeError: neither the envelope nor a bare array (or the one bare object); names the keys that were
            met.
    """
    steps = [step for step in resource.selector.split(".") if step != "*"]
    if isinstance(body, list):
        return _nested(steps, _records(resource, body))
    found, value = _find(body, steps)
    if found:
        known = _known(resource, value)
        return body if known is value else _nested(steps, known)
    if resource.bare_object and isinstance(body, dict) and any(_find(body, list(path))[0] for path in resource.key):
        return _nested(steps, [body])
    raise _unknown(resource, body)


def _known(resource: Resource, value: Any) -> Any:
    if value is None:
        return []
    if isinstance(value, list):
        return _records(resource, value)
    if isinstance(value, dict) and resource.selector.endswith(".*"):
        return _records(resource, list(value.values()), value)
    if isinstance(value, dict) and resource.bare_object:
        return [value]
    raise _unknown(resource, value)


def _records(resource: Resource, values: list[Any], same: Any = None) -> Any:
    if not all(type(value) is dict for value in values):
        raise _unknown(resource, values)
    return values if same is None else same


def _find(body: Any, steps: list[str]) -> tuple[bool, Any]:
    for step in steps:
        if not isinstance(body, dict) or step not in body:
            return False, None
        body = body[step]
    return True, body


def _nested(steps: list[str], value: Any) -> Any:
    for step in reversed(steps):
        value = {step: value}
    return value


def _replace(response: Response, payload: Any) -> None:
    if hasattr(response, "replace"):
        response.replace(payload)
    else:
        import orjson

        response._content = orjson.dumps(payload)  # noqa: SLF001 - the way that dlt documents for response_actions


def _unknown(resource: Resource, body: Any) -> ResponseShapeError:
    return ResponseShapeError(
        f"{resource.name}: the answer has {_met(body)}, where {resource.selector} or a bare array was expected.",
        hint="Check that base_url is the root of the API, up to where the resources' paths begin.",
        resource=resource.name,
        status=200,
    )


def _met(body: Any) -> str:
    if isinstance(body, dict):
        keys = list(body)[:_KEYS_SHOWN]
        return f"the keys {', '.join(map(repr, keys))}" if keys else "no keys"
    if isinstance(body, list):
        return "a list that holds something else than objects"
    return f"{type(body).__name__} {str(body)[:40]!r}"
