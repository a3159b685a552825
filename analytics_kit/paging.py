"""How a listing is read to its end: what to ask next, and when nothing is left.

A server may cap the page size, count pages from 0 or 1, serve a page twice, ignore the page number, start with an empty
page, announce a cursor, or get new records while it is read, which move all others towards the end. None of these may
lose a row, double one, or read for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dlt.sources.helpers.requests import Request
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from analytics_kit.columns import record_id

if TYPE_CHECKING:
    from collections.abc import Hashable

    from requests import Response

    from analytics_kit.catalog import Paging, Resource

CURSOR_HEADER = "X-Pagination-Session-Id"
_BARREN_AT_MOST = 2
_MOST = 2**53  # a total beyond it is none
# How many times further it is looked ahead where the end is known, and nothing can be asked in vain: while pages are
# made into columns, nobody asks for new ones, and the API would wait.
_DEEPER = 4


@dataclass
class Listing:
    """One listing on its way: a pure state machine, fed with pages, that names the next request.

    Attributes:
        ids: Ids received so far.
        total: Number of records that the API reported when the reading began, or None: what comes later is not missed.
        stalled: Full pages brought no new id, twice running: the end was not reached.
        done: Nothing is left to ask.
        pages: Pages taken, empty ones included.
        moved: The last page held records that had come before. They move towards the end where new ones come first: a
            page that was answered before this one may lack what moved over from this one's place. Nothing can have
            moved unseen, for the first page is answered before any other is asked.
        session: The cursor that the listing's first page announced, or None.
    """

    paging: Paging
    ids: set[Hashable] = field(default_factory=set)
    total: int | None = None
    stalled: bool = False
    done: bool = False
    pages: int = 0
    moved: bool = False
    session: str | None = None

    def __post_init__(self) -> None:
        """Stand before the first page."""
        self._limit: int | None = None
        self._restart()

    def _restart(self) -> None:
        self.session = None
        self._size, self._number = self.paging.size, self.paging.first
        self._taken = self._barren = 0
        self._full = False
        self._doubtful: list[int] = []
        self._again = False

    @property
    def short(self) -> bool:
        """Whether the API reports more records than came."""
        return self.total is not None and len(self.ids) < self.total

    def params(self) -> dict[str, int]:
        """The query parameters of the next request."""
        asked = {self.paging.size_param: self._size} if self.paging.size_param else {}
        return asked | ({self.paging.number: self._number} if self._number is not None else {})

    def coming(self, most: int) -> list[dict[str, int]]:
        """The parameters of the requests that follow, the next one first, as far as they can be told: ``most`` of them.

        Where the API says how many records there are it is more of them, but never one beyond the last.

        Nothing can be told before the first page, after a page that was not full, of a cursor, or of pages asked again.
        """
        unsure = not self._full or self.session or self.done or self._again or self._limit is not None
        if unsure or self._number is None:
            return []
        step = self._size if self.paging.kind == "offset" else 1
        left = most
        if self.total is not None:
            left = min(_DEEPER * most, -(-(self.total - len(self.ids)) // self._size))
        asked = {self.paging.size_param: self._size}
        return [asked | {self.paging.number: self._number + place * step} for place in range(left)]

    def take(self, page: list[Hashable], seen: PageFacts) -> None:
        """Take the page that was asked for, and decide what is next."""
        fresh = not self.ids.issuperset(page)
        self.moved = not self.ids.isdisjoint(page)
        self._full = len(page) >= self._size
        self.ids.update(page)
        self.pages, self._taken = self.pages + 1, self._taken + 1
        self.total = seen.total if self.total is None else self.total
        self.session = seen.session or self.session
        if self.paging.kind == "single":
            self._end()
        elif self._again:
            self._ask_again()
        elif not page:
            self._take_empty()
        else:
            self._take_records(len(page), fresh, seen)

    def _take_records(self, length: int, fresh: bool, seen: PageFacts) -> None:
        # A listing whose page base is unknown is asked without a number, then for page 1, which may be the same page.
        expected = fresh or (self.paging.first is None and self._taken == 2)
        self._barren = 0 if expected else self._barren + 1
        if self._barren and self._number is not None and not self.session:
            self._doubtful.append(self._number)
        if self._limit is not None:
            self._reread(length)
        elif self._barren == _BARREN_AT_MOST and length >= self._size and not seen.bare:
            self.stalled = self.done = True
        elif self._barren == _BARREN_AT_MOST or (self.session and seen.more is False):
            self._end()
        else:
            self._advance(length)

    def _advance(self, length: int) -> None:
        # A first page shorter than asked is a server that caps its pages, or the end: both are read on with that size.
        if self._taken == 1 and length < self._size and not self.session:
            self._size = length
        self._step(length)

    def _reread(self, length: int) -> None:
        self._limit = (self._limit or 0) - 1
        if self._limit <= 0 or not self.short:
            self.done = True
        else:
            self._step(length)

    def _step(self, length: int) -> None:
        """An offset goes on by what came, not by what was asked."""
        self._number = (self._number or 0) + (length if self.paging.kind == "offset" else 1)

    def _take_empty(self) -> None:
        """An empty first page can be a slip, or page 0 of a server that counts from 1: it and the next are asked."""
        tries = _BARREN_AT_MOST + (self.paging.first is None)
        if self.ids or self.total == 0 or self._limit is not None or self._taken > tries:
            self._end()
        elif self._taken > 1:
            self._step(self._size)

    def _end(self) -> None:
        """The listing is over: pages without anything new are asked again, then a short listing is read once more."""
        if self._doubtful:
            self._ask_again()
        elif self.short and self._limit is None:
            whole = -(-(self.total or 0) // self._size) if self._size else 0  # pages: the first reading may end early
            self._limit, self.total = max(self.pages, whole) + 1, None
            self._restart()
        else:
            self.done = True

    def _ask_again(self) -> None:
        if self._doubtful:
            self._number, self._again = self._doubtful.pop(0), True
        else:
            self._end()


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page's body says of its listing.

    Attributes:
        total: Number of records reported.
        session: The cursor announced.
        more: Whether another page follows.
        bare: The body is a bare array: this listing has no paging.
    """

    total: int | None = None
    session: str | None = None
    more: bool | None = None
    bare: bool = False


class LookAhead(Protocol):
    """Sends requests before their turn."""

    def __call__(self, requests: list[Request], /, *, anew: bool) -> None:
        """Take the requests that follow; ``anew``: forget those that were taken before."""


class ListingPaginator(BasePaginator):
    """dlt's paginator around a Listing: reads what a page's body and records say, and writes the next request.

    Args:
        resource: What is listed.
        look_ahead: Takes the requests that follow, so that they can be sent before their turn; with ``anew`` what was
            sent before is forgotten.
        most: How many of them.
    """

    def __init__(self, resource: Resource, look_ahead: LookAhead = lambda _requests, **_: None, most: int = 0) -> None:
        super().__init__()
        self.resource = resource
        self._look_ahead, self._most = look_ahead, most
        self.listing = Listing(resource.paging)
        self._given = 0
        self._sent_for: set[tuple[tuple[str, int], ...]] = set()

    def __deepcopy__(self, memo: dict[int, Any]) -> ListingPaginator:
        return ListingPaginator(self.resource, self._look_ahead, self._most)

    def init_request(self, request: Request) -> None:
        """Start over: the same paginator may serve several runs."""
        self.listing = Listing(self.resource.paging)
        self._given = 0
        self._sent_for.clear()
        self._has_next_page = True
        self.update_request(request)

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Take the page.

        ``response.number`` and ``response.last_page`` tell whoever gets it its place: pages read by threads can
        overtake each other on their way.
        """
        if getattr(response, "failed", False):
            self.listing.done = True
        else:
            ids: list[Hashable] = [record_id(self.resource, record) for record in data or []]
            self.listing.take(ids, _facts(self.resource, response))
        self._has_next_page = not self.listing.done
        response.last_page = self.listing.done  # type: ignore[attr-defined]
        response.number = self._given  # type: ignore[attr-defined]
        self._given += 1

    def update_request(self, request: Request) -> None:
        """Write the next page's parameters, and the cursor's header where there is one."""
        given: Any = request.params or {}
        request.params = {**given, **self.listing.params()}
        request.headers = {key: value for key, value in (request.headers or {}).items() if key != CURSOR_HEADER}
        if self.listing.session:
            request.headers[CURSOR_HEADER] = self.listing.session
        if self.listing.moved:
            self._sent_for.clear()
        coming = [params for params in self.listing.coming(self._most) if tuple(params.items()) not in self._sent_for]
        self._sent_for.update(tuple(params.items()) for params in coming)
        self._look_ahead([_with(request, params) for params in coming], anew=self.listing.moved)


def _with(request: Request, params: dict[str, int]) -> Request:
    """The same request for another page; its hooks run when it is sent for."""
    given: Any = request.params
    return Request(request.method, request.url, headers=request.headers, params={**given, **params}, auth=request.auth)


def _facts(resource: Resource, response: Response) -> PageFacts:
    body = response.json()
    totals = (_at(body, path) for path in resource.total_paths)
    session, more = _at(body, "pagination.sessionId"), _at(body, "pagination.nextPage")
    return PageFacts(
        total=next((value for value in totals if type(value) is int and 0 <= value <= _MOST), None),
        session=session if isinstance(session, str) and session else None,
        more=more if isinstance(more, bool) else None,
        bare=getattr(response, "bare", False),
    )


def _at(body: Any, path: str) -> Any:
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body
