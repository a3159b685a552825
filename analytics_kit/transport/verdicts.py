"""Which error each bad status and each broken connection is, what it says and what to do: a table."""

from __future__ import annotations

import re
from typing import NamedTuple

from requests import exceptions
from urllib3.exceptions import LocationValueError, NameResolutionError, NewConnectionError, ReadTimeoutError

from analytics_kit.errors import (
    AccessDeniedError,
    AnalyticsKitError,
    ApiError,
    BadRequestError,
    RateLimitedError,
    ReportNotReadyError,
    ResponseShapeError,
    ServerFailureError,
    UnreachableError,
)


class Verdict(NamedTuple):
    """One kind of failure: its class, what happened (``{host}`` stands for host and port), and the next step."""

    kind: type[AnalyticsKitError]
    what: str
    hint: str


NO_SCOPE = Verdict(
    AccessDeniedError,
    "the key may not read this: it lacks a scope, or its user a role",
    "Give the key the scope of this resource, or use the key of an account admin.",
)
RESTRICTED_KEY = Verdict(
    AccessDeniedError,
    "the API has restricted this key for unusual traffic",
    "Ask the API's operator to lift it; then load with fewer requests (settings concurrency, requests_per_second).",
)
RESTRICTED = re.compile(r"unusual|suspicious|abnormal|\bkey\b.*\b(restricted|suspended|blocked)", re.IGNORECASE)
"""What a 403 says when it is about the key's traffic; any other 403 is about scopes and roles."""
REFUSED = Verdict(BadRequestError, "the API does not accept the request", "Correct what it names, then load again.")
SERVER_FAILURE = Verdict(
    ServerFailureError, "the API failed", "Load again later; if it goes on, ask the API's operator."
)
STATUSES = {
    401: Verdict(
        AccessDeniedError,
        "the API does not accept the key",
        "Check the API key, and that it travels in the right header (setting api_key_header).",
    ),
    403: NO_SCOPE,
    404: Verdict(
        BadRequestError, "the API knows no such address or id", "Check base_url, and the ids and names given."
    ),
    429: Verdict(
        RateLimitedError,
        "the API limits the rate of requests",
        "Load later, with fewer requests (concurrency, requests_per_second), or with a longer max_wait_seconds.",
    ),
    432: Verdict(
        ReportNotReadyError,
        "the report is not ready",
        "Load it again in a minute, or allow more tries (setting retries).",
    ),
}
WEB_PAGE = "Check base_url: a web page answered, not the API."
NO_JSON = "Load again; if it goes on, ask the API's operator."
BROKEN_OFF = Verdict(
    UnreachableError,
    "the connection to {host} broke off before the whole answer had come",
    "Load again; if it goes on, check the network.",
)
NO_ADDRESS = Verdict(ApiError, "the API redirects to what is no address", "Check base_url.")
_TOO_LATE = Verdict(
    UnreachableError,
    "{host} did not answer in time",
    "Load again later, or raise the settings connect_timeout and read_timeout.",
)
_UNKNOWN_HOST = Verdict(
    UnreachableError, "the host {host} is not known", "Check the host in base_url, and network or VPN."
)
# What broke is told by the first kind that is anywhere in the chain of an exception: the special before the general.
BREAKS: tuple[tuple[type[Exception], Verdict], ...] = (
    (exceptions.TooManyRedirects, Verdict(ApiError, "the API redirects for ever", "Check base_url.")),
    (exceptions.InvalidURL, NO_ADDRESS),
    (exceptions.InvalidSchema, Verdict(ApiError, "the API redirects to what is no http address", "Check base_url.")),
    (
        exceptions.ProxyError,
        Verdict(
            UnreachableError,
            "the proxy let no request through to {host}",
            "Check the environment variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY.",
        ),
    ),
    (
        exceptions.SSLError,
        Verdict(
            UnreachableError,
            "no secure connection to {host} could be made",
            "Check http or https at the start of base_url, and which certificates this machine trusts.",
        ),
    ),
    (LocationValueError, _UNKNOWN_HOST),
    (NameResolutionError, _UNKNOWN_HOST),
    (
        ConnectionRefusedError,
        Verdict(
            UnreachableError, "{host} refused the connection", "Check host and port in base_url: is the API there?"
        ),
    ),
    (
        NewConnectionError,
        Verdict(UnreachableError, "no connection to {host} could be made", "Check base_url, and network or VPN."),
    ),
    (exceptions.Timeout, _TOO_LATE),
    (ReadTimeoutError, _TOO_LATE),
)
FINAL = (exceptions.TooManyRedirects, exceptions.InvalidURL, exceptions.InvalidSchema, LocationValueError)
"""Exceptions that would come again."""
FINAL_TLS = re.compile("certificate|wrong.version", re.IGNORECASE)
"""What a failed secure connection says where it would fail again."""
RETRIED_STATUSES = {429, 432}
"""Besides 5xx."""
WAITS: dict[type[AnalyticsKitError], str] = {
    RateLimitedError: "for the API's limit",
    ReportNotReadyError: "for the report to be ready",
    ServerFailureError: "after a server error",
    ResponseShapeError: "after an answer that was no JSON",
    UnreachableError: "after a broken connection",
}
"""Why a request waits before its next try, by the error of the last one."""
