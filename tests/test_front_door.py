"""The package as it is met: what importing costs, what is public, and how it is documented."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator

import pytest

import analytics_kit as ak

HEAVY = ("pandas", "pyarrow", "duckdb", "dlt", "ibis", "ipywidgets", "requests", "altair")


def test_importing_loads_nothing_heavy_and_touches_nothing() -> None:
    """``import analytics_kit`` is a look-up table: each heavy library is imported when it is first needed."""
    script = (
        "import os, sys\n"
        "before = dict(os.environ)\n"
        "import analytics_kit\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], os.environ == before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


def test_all_is_sorted_and_every_name_of_it_is_there() -> None:
    """What is public is listed, and lazily found."""
    assert list(ak.__all__) == sorted(ak.__all__)
    assert set(ak.__all__) <= set(dir(ak))
    for name in ak.__all__:
        assert getattr(ak, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        ak.nonsense  # noqa: B018


def test_every_error_is_importable_from_the_top_and_in_one_tree() -> None:
    """ak.LoadError and all others; what is an error of the kit says so by its base."""
    named = [getattr(ak, name) for name in ak.__all__ if name.endswith("Error")]
    assert len(named) == 17
    assert all(issubclass(error, ak.AnalyticsKitError) for error in named)
    for builtin, error in (
        (ValueError, ak.ConfigurationError),
        (ValueError, ak.WindowError),
        (LookupError, ak.NotLoadedError),
    ):
        assert issubclass(error, builtin)


def public() -> Iterator[tuple[str, object]]:
    for name in ak.__all__:
        value = getattr(ak, name)
        yield name, value
        if inspect.isclass(value) and not issubclass(value, BaseException):
            yield from (
                (f"{name}.{own}", member)
                for own, member in vars(value).items()
                if own[0] != "_" and inspect.isfunction(member)
            )


@pytest.mark.parametrize(("name", "value"), list(public()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_public_name_is_documented(name: str, value: object) -> None:
    """A docstring whose first line is a sentence; a function's names every parameter, and what it returns."""
    text = inspect.getdoc(value)
    assert text, name
    assert text.splitlines()[0].endswith((".", ":", "?")), name
    if inspect.isfunction(value):
        signature = inspect.signature(value)
        for parameter in signature.parameters:
            assert parameter == "self" or f"{parameter}:" in text or f"**{parameter}" in text, (name, parameter)
        if signature.return_annotation not in ("None", None):
            assert "Returns:" in text or len(text.splitlines()) == 1, name


def test_errors_say_what_is_allowed_and_the_next_step() -> None:
    """At most three lines, the hint last; all carry resource, status, retryable and hint, and survive pickling."""
    import pickle

    error = ak.RateLimitedError("The API limits the rate.", hint="Wait.", resource="builds", status=429)
    again = pickle.loads(pickle.dumps(error))
    for one in (error, again):
        assert str(one) == "The API limits the rate.\nWait."
        assert (one.resource, one.status, one.retryable, one.hint) == ("builds", 429, True, "Wait.")
