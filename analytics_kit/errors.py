"""Every error the kit raises, in one tree.

AnalyticsKitError
├─ ConfigurationError       (+ValueError)   no key, malformed URL, account id missing
├─ UnknownResourceError     (+ValueError)   a name that is no resource; the close match and the known names
├─ WindowError              (+ValueError)   a date or window that cannot be read, or is outside a report's limits
├─ FilterError              (+ValueError)   a filter that no resource has, or a value that it does not take
├─ NotLoadedError           (+LookupError)  read before load
├─ DatabaseLockedError                      who holds the file; a load already under way
├─ QueryError               (+ValueError)   the engine's own message on the caller's SQL
├─ ApiError                                 the API said no
│  ├─ AccessDeniedError                     401, 403
│  ├─ BadRequestError                       400, 404 and other 4xx
│  ├─ RateLimitedError                      429
│  ├─ ReportNotReadyError                   432
│  ├─ ServerFailureError                    5xx
│  └─ ResponseShapeError                    a body that is no JSON, or of a shape the catalog does not know
├─ UnreachableError                         the API said nothing: refused, name not found, timeout, cut off
└─ LoadError                                something in a load failed or is incomplete; carries the report
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """How the sentence on an unknown name ends: with the close match, if there is one."""
    import difflib  # only needed on the way to an error

    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else "."


class AnalyticsKitError(Exception):
    """Base of all errors of the kit: at most three lines, the last of them the next step.

    Attributes:
        resource: The resource it is about, or None.
        status: The HTTP status that was answered, or None.
        retryable: True where the same call may succeed later.
        hint: The next step, one line.
    """

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        resource: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.resource = resource
        self.status = status

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.__dict__)


def _rebuild(kind: type[AnalyticsKitError], state: dict[str, object]) -> AnalyticsKitError:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("message", ""))
    error.__dict__.update(state)
    return error


class ConfigurationError(AnalyticsKitError, ValueError):
    """A setting is missing or malformed."""


class UnknownResourceError(AnalyticsKitError, ValueError):
    """A name that is none of the resources."""


class WindowError(AnalyticsKitError, ValueError):
    """A date or a window that cannot be read, or that a report does not allow."""


class FilterError(AnalyticsKitError, ValueError):
    """A filter that the API does not have for the resources asked for, or a value that it does not take."""


class NotLoadedError(AnalyticsKitError, LookupError):
    """A resource was read before it was loaded."""


class DatabaseLockedError(AnalyticsKitError):
    """Another process or another load holds the database."""

    retryable = True


class QueryError(AnalyticsKitError, ValueError):
    """The database refused the caller's SQL."""


class ApiError(AnalyticsKitError):
    """The API answered, and the answer was no."""


class AccessDeniedError(ApiError):
    """401 or 403: the key is wrong, lacks a scope or role, or is restricted."""


class BadRequestError(ApiError):
    """400, 404 or another 4xx: the API did not accept the request."""


class RateLimitedError(ApiError):
    """429: the API limits the rate, and the waits allowed by the settings were used up."""

    retryable = True


class ReportNotReadyError(ApiError):
    """432: the report was not finished within the tries allowed by the settings."""

    retryable = True


class ServerFailureError(ApiError):
    """5xx: the API failed, also after the tries allowed by the settings."""

    retryable = True


class ResponseShapeError(ApiError):
    """The body is no JSON, or has a shape that the catalog does not know."""


class UnreachableError(AnalyticsKitError):
    """The API said nothing: refused, name not found, timeout, cut off."""

    retryable = True


class LoadError(AnalyticsKitError):
    """Something in a load failed or is incomplete.

    Attributes:
        report: The LoadReport of the whole load: what came and what did not.
    """

    def __init__(self, message: str, *, report: Mapping[str, object], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.report = report


class IncompleteDataWarning(UserWarning):
    """What is read is not the whole: the last load was partial, or the window is not held."""
