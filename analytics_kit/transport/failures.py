"""What went wrong with a request, as the kit's errors. Pure: an answer or an exception in, one typed error out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import requests
from requests import exceptions
from urllib3.exceptions import HTTPError

from analytics_kit.errors import AnalyticsKitError, ResponseShapeError
from analytics_kit.redaction import MARK, redact_text
from analytics_kit.transport import verdicts
from analytics_kit.transport.answer import retry_after
from analytics_kit.transport.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_DATA = re.compile("could not get analytics report", re.IGNORECASE)
"""What a status 500 says that means: nothing is known for this combination."""
_MESSAGE_LENGTH, _BODY_LENGTH, _URL_LENGTH = 300, 60, 200


@dataclass(frozen=True)
class Asked:
    """What was asked for, as far as an error may tell of it.

    Attributes:
        url: The whole address; only its public part is quoted.
        resource: Whose listing it belongs to.
        part: A part of the resource: a report's name, for example.
        api_key: Kept out of every text.
    """

    url: str
    resource: str | None = None
    part: str | None = None
    api_key: str = field(default="", repr=False)

    def clean(self, text: str, length: int) -> str:
        """One line without the API key, cut to a length. In this order: a cut key would not be found."""
        line = " ".join(without_key(text, self.api_key).split())
        return line if len(line) <= length else line[: length - 1] + "…"

    def error(self, verdict: Verdict, said: str = "", status: int | None = None) -> AnalyticsKitError:
        """The error: what happened, the address, the next step."""
        part = f" ({self.part})" if self.part else ""
        label = f"{self.resource}{part}: " if self.resource else ""
        number = f" ({status})" if status and status >= 400 else ""
        address = self.clean(public_url(self.url), _URL_LENGTH)
        message = f"{label}{verdict.what}{number}{said}\nGET {address}"
        return verdict.kind(message, hint=verdict.hint, resource=self.resource, status=status)


def error_for(outcome: requests.Response | Exception, asked: Asked) -> AnalyticsKitError:
    """The typed error of an answer with a bad status or body, or of an exception that came instead of an answer."""
    if isinstance(outcome, requests.Response):
        return _refusal(outcome, asked)
    if isinstance(outcome, exceptions.JSONDecodeError) and outcome.response is not None:
        return _not_json(outcome.response, asked)
    verdict = _break(outcome)
    host = asked.clean(_host(_url_of(outcome) or asked.url), _URL_LENGTH)
    return asked.error(verdict._replace(what=verdict.what.format(host=host)))


def worth_retrying(outcome: requests.Response | Exception) -> bool:
    """Whether the same request may fare better in a moment."""
    if isinstance(outcome, requests.Response):
        return outcome.status_code in verdicts.RETRIED_STATUSES or outcome.status_code >= 500
    if isinstance(outcome, exceptions.SSLError):
        return not verdicts.FINAL_TLS.search(str(outcome))
    return isinstance(outcome, exceptions.RequestException | HTTPError) and not isinstance(outcome, verdicts.FINAL)


def says_no_data(response: requests.Response) -> bool:
    """Whether a failure means that there is no data: a status 500 that says "Could not get analytics report"."""
    return response.status_code == 500 and bool(NO_DATA.search(_said(response)))


def without_key(text: str, api_key: str) -> str:
    """A text with the key masked, also where it is percent-encoded."""
    for form in {api_key, quote(api_key, safe="")} - {""}:
        text = text.replace(form, MARK)
    return text


def public_url(url: str) -> str:
    """A URL without user name and password, and without the values of secret query parameters."""
    parts = urlsplit(url)
    return redact_text(urlunsplit((parts.scheme, _host(url), parts.path, parts.query, "")))


def _refusal(response: requests.Response, asked: Asked) -> AnalyticsKitError:
    status, said = response.status_code, _said(response)
    verdict = verdicts.STATUSES.get(status, verdicts.SERVER_FAILURE if status >= 500 else verdicts.REFUSED)
    if verdict is verdicts.NO_SCOPE and verdicts.RESTRICTED.search(said):
        verdict = verdicts.RESTRICTED_KEY
    seconds = retry_after(response)
    wait = f"; it asks to wait {seconds:.0f} s" if seconds else ""
    quoted = f': "{asked.clean(said, _MESSAGE_LENGTH)}"' if said else ""
    return asked.error(verdict, wait + quoted, status)


def _said(response: requests.Response) -> str:
    """The API's own words about a failure."""
    try:
        body = response.json()
    except exceptions.JSONDecodeError:
        return ""
    words = [body.get("message"), body.get("error")] if isinstance(body, dict) else []
    words += [word.get("message") for word in words if isinstance(word, dict)]
    return next((word for word in words if isinstance(word, str) and word.strip()), "")


def _not_json(response: requests.Response, asked: Asked) -> AnalyticsKitError:
    kind = response.headers.get("Content-Type", "no content type")
    body = asked.clean((response.content or b"").decode("utf-8", errors="replace"), _BODY_LENGTH)
    what = f"the answer is no JSON: {asked.clean(kind, _BODY_LENGTH)}, "
    what += f'beginning with "{body}"' if body else "empty"
    hint = verdicts.WEB_PAGE if "html" in kind.lower() else verdicts.NO_JSON
    return asked.error(Verdict(ResponseShapeError, what, hint), status=response.status_code)


def _break(error: Exception) -> Verdict:
    chain = list(_chain(error))
    fitting = (verdict for kind, verdict in verdicts.BREAKS if any(isinstance(link, kind) for link in chain))
    # A redirect that no URL can be read from ends in a plain ValueError.
    return next(fitting, verdicts.NO_ADDRESS if isinstance(error, ValueError) else verdicts.BROKEN_OFF)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it came from."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _url_of(error: Exception) -> str | None:
    """The address that failed, which after a redirect is not the one that was asked."""
    return getattr(getattr(error, "request", None), "url", None)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
