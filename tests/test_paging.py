"""Listings read to their end, against servers that page in every way seen so far: no row lost, none doubled."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_kit.catalog import RESOURCES, Paging
from analytics_kit.paging import Listing, PageFacts

BUILDS = RESOURCES["builds"].paging
AUDIT = RESOURCES["audit"].paging
PIPELINES = RESOURCES["pipelines"].paging
SINGLE = RESOURCES["agents"].paging
KINDS = pytest.mark.parametrize(
    "paging", [BUILDS, AUDIT, PIPELINES], ids=["page from 1", "page, base unknown", "offset"]
)


@dataclass
class Server:
    """A listing of records as a server would page it, with its habits as switches."""

    records: list[Hashable]
    paging: Paging
    cap: int = 10_000
    base: int = 1
    total: int | None = None
    ignores_paging: bool = False
    glitch: Callable[[int, list[Hashable]], list[Hashable]] = lambda _, page: page
    asked: list[dict[str, int]] = field(default_factory=list)

    def page(self, params: dict[str, int]) -> list[Hashable]:
        self.asked.append(params)
        size = min(params.get(self.paging.size_param, 25), self.cap)
        if self.paging.kind == "offset":
            start = params[self.paging.number]
        else:
            start = max(params.get(self.paging.number, self.base) - self.base, 0) * size
        return self.glitch(len(self.asked), self.records[0 if self.ignores_paging else start :][:size])


def read(server: Server, facts: Callable[[int], PageFacts] | None = None) -> tuple[Listing, list[Hashable]]:
    """Drive a listing to its end; 500 requests are for ever."""
    listing, received = Listing(server.paging), []
    while not listing.done:
        assert len(server.asked) < 500
        page = server.page(listing.params())
        received += page
        listing.take(page, facts(len(server.asked)) if facts else PageFacts(total=server.total))
    return listing, received


def complete(listing: Listing) -> bool:
    return not listing.stalled and not listing.short


@pytest.mark.parametrize(("paging", "base"), [(BUILDS, 1), (AUDIT, 0), (AUDIT, 1), (PIPELINES, 1)])
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250, 1000, 2345])
@pytest.mark.parametrize("cap", [9, 100, 10_000])
def test_every_record_is_received(paging: Paging, base: int, count: int, cap: int) -> None:
    """Whatever the count, the server's cap on the page size and its page base, all ids come."""
    listing, received = read(Server(list(range(count)), paging, cap=cap, base=base))
    assert set(received) == set(range(count))
    assert complete(listing)


def test_page_0_answered_like_page_1_doubles_nothing() -> None:
    """A listing of unknown base gets its first page twice from a server that counts from 1, and goes on after it."""
    server = Server(list(range(2500)), AUDIT)
    listing, _ = read(server)
    assert [asked.get("page") for asked in server.asked] == [None, 1, 2, 3, 4]
    assert len(listing.ids) == 2500
    assert complete(listing)


@KINDS
def test_a_short_page_is_the_step_of_a_server_that_caps(paging: Paging) -> None:
    """1000 asked, 30 given, more to come: the page's length is the step from then on."""
    server = Server(list(range(95)), paging, cap=30)
    listing, _ = read(server)
    assert len(listing.ids) == 95
    sizes = {asked[paging.size_param] for asked in server.asked[1:]}
    assert sizes == {30}


@KINDS
@pytest.mark.parametrize("cap", [100, 10_000])
def test_a_server_that_ignores_paging_ends_as_stalled(paging: Paging, cap: int) -> None:
    """Full pages that bring no new id, twice running: the listing ends, and says that it is not known to be whole."""
    server = Server(list(range(3000)), paging, cap=cap, ignores_paging=True)
    listing, _ = read(server)
    assert listing.stalled
    assert len(server.asked) <= 5


@KINDS
def test_a_bare_array_without_paging_is_whole(paging: Paging) -> None:
    """A server that answers one bare array whatever page is asked has given all there is."""
    listing, _ = read(Server(list(range(12)), paging, ignores_paging=True), lambda _: PageFacts(bare=True))
    assert complete(listing)
    assert len(listing.ids) == 12


@KINDS
@pytest.mark.parametrize("at", [2, 3, 4])
def test_a_page_served_twice_in_place_of_the_next_loses_nothing(paging: Paging, at: int) -> None:
    """Request ``at`` is answered with the page before it, once: what it stood for is asked for again."""
    pages: list[list[Hashable]] = []

    def glitch(number: int, page: list[Hashable]) -> list[Hashable]:
        pages.append(pages[-1] if number == at else page)
        return pages[-1]

    listing, _ = read(Server(list(range(paging.size * 3 + 50)), paging, glitch=glitch))
    assert len(listing.ids) == paging.size * 3 + 50
    assert complete(listing)


@pytest.mark.parametrize(("paging", "step"), [(BUILDS, 1), (PIPELINES, 100)])
def test_a_page_served_twice_that_shifts_the_rest_loses_nothing(paging: Paging, step: int) -> None:
    """From request 3 on each page is the one before it (a new record came in on top): all ids come."""

    class Shifted(Server):
        def page(self, params: dict[str, int]) -> list[Hashable]:
            late = len(self.asked) >= 2 and params[self.paging.number] >= 2 * step
            return super().page({**params, self.paging.number: params[self.paging.number] - step} if late else params)

    listing, _ = read(Shifted(list(range(450)), paging))
    assert len(listing.ids) == 450
    assert complete(listing)


@KINDS
def test_an_empty_first_page_is_a_slip(paging: Paging) -> None:
    """The first answer is empty although there are records: it is asked for again."""
    listing, _ = read(Server(list(range(130)), paging, glitch=lambda number, page: [] if number == 1 else page))
    assert len(listing.ids) == 130


def test_a_first_page_that_stays_empty_does_not_end_the_listing() -> None:
    """Page 1 is empty for good, page 2 has records (a server that counts from 2): they come."""
    listing, _ = read(Server(list(range(130)), BUILDS, base=2, glitch=lambda number, page: [] if number <= 2 else page))
    assert set(listing.ids) >= set(range(130))


@KINDS
def test_an_empty_listing_costs_few_requests(paging: Paging) -> None:
    """Nothing there: four requests at most, one where the API reports 0."""
    server = Server([], paging)
    assert complete(read(server)[0])
    assert len(server.asked) <= 4
    told = Server([], paging, total=0)
    read(told)
    assert len(told.asked) == 1


@KINDS
def test_a_listing_short_of_the_reported_total_is_read_once_more(paging: Paging) -> None:
    """A row that is missing at the first reading and there at the second makes it whole."""
    records = list(range(230))

    def glitch(number: int, page: list[Hashable]) -> list[Hashable]:
        return [record for record in page if record != 120 or number > 5]

    listing, _ = read(Server(records, paging, total=230, glitch=glitch))
    assert len(listing.ids) == 230
    assert complete(listing)


@KINDS
def test_a_listing_that_stays_short_says_so(paging: Paging) -> None:
    """Still fewer than reported after the second reading: short, with both figures, and it ends."""
    server = Server(list(range(230)), paging, total=240)
    listing, _ = read(server)
    assert listing.short
    assert (listing.total, len(listing.ids)) == (240, 230)


def test_a_single_page_that_is_short_of_its_total_is_asked_twice() -> None:
    """A resource without paging whose body reports more than it holds is not whole."""
    server = Server(list(range(25)), SINGLE, total=40)
    listing, _ = read(server)
    assert listing.short
    assert len(server.asked) == 2


def test_a_cursor_is_read_strictly_in_order() -> None:
    """With a cursor announced, pages go 1, 2, 3 with one size, none is asked twice, and nextPage false ends it."""
    server = Server(list(range(250)), BUILDS)
    listing, _ = read(server, lambda number: PageFacts(session="c9", more=number < 3))
    assert [asked["page"] for asked in server.asked] == [1, 2, 3]
    assert listing.session == "c9"
    assert complete(listing)


@given(
    count=st.integers(0, 400),
    cap=st.integers(5, 120),
    size=st.integers(5, 120),
    kind=st.sampled_from(["page", "offset"]),
    first=st.sampled_from([None, 0, 1]),
    repeated=st.sets(st.integers(2, 12), max_size=3),
)
def test_no_habit_of_a_server_loses_a_record(
    count: int, cap: int, size: int, kind: Any, first: int | None, repeated: set[int]
) -> None:
    """Any cap, size and base, with isolated pages served twice: all records come, or the listing says otherwise."""
    # What is asked for again at the end is answered right: a page that is withheld each time cannot be told from none.
    base = 1 if first is None else first
    paging = Paging(kind, "page", "limit", size, first if kind == "page" else 0)
    pages = count // min(cap, size)
    isolated = {number for number in repeated if number - 1 not in repeated and number <= pages}
    last: list[list[Hashable]] = [[]]

    def glitch(number: int, page: list[Hashable]) -> list[Hashable]:
        last.append(last[-1] if number in isolated and last[-1] else page)
        return last[-1]

    listing, received = read(Server(list(range(count)), paging, cap=cap, base=base, glitch=glitch))
    assert set(received) == set(range(count)) or listing.stalled or listing.short


def test_the_pages_that_follow_are_told_as_far_as_they_can_be() -> None:
    """After a full page the next ones, up to a reported total; at the start, after a short page, of a cursor: none."""
    listing = Listing(PIPELINES)
    assert listing.coming(4) == []
    listing.take(list(range(100)), PageFacts())
    assert [params["offset"] for params in listing.coming(4)] == [100, 200, 300, 400]
    assert listing.coming(4)[0] == listing.params()
    listing.take(list(range(100, 200)), PageFacts(total=430))
    assert [params["offset"] for params in listing.coming(4)] == [200, 300, 400]
    listing.take(list(range(200, 230)), PageFacts())
    assert listing.coming(4) == []
    strict = Listing(BUILDS)
    strict.take(list(range(100)), PageFacts(session="c9"))
    assert strict.coming(4) == []


@KINDS
def test_what_was_asked_ahead_is_what_is_asked_next(paging: Paging) -> None:
    """Of a plain listing each page after the second is asked for ahead, and few beyond its end."""
    server, listing = Server(list(range(paging.size * 6)), paging), Listing(paging)
    ahead: list[dict[str, int]] = []
    missed = 0
    while not listing.done:
        missed += listing.params() not in ahead
        listing.take(server.page(listing.params()), PageFacts())
        ahead += [params for params in listing.coming(4) if params not in ahead]
    assert missed <= 2
    assert len([params for params in ahead if params not in server.asked]) <= 4


def test_it_looks_further_ahead_where_the_end_is_known() -> None:
    """With a total the next sixteen pages are named, and near the end no page beyond the last."""
    listing, records = Listing(PIPELINES), [f"p{number}" for number in range(2050)]
    for start in (0, 100):
        listing.take(list(records[start : start + 100]), PageFacts(total=2050))
    assert [params["offset"] for params in listing.coming(4)] == list(range(200, 1800, 100))
    for start in range(200, 1800, 100):
        listing.take(list(records[start : start + 100]), PageFacts(total=2050))
    assert [params["offset"] for params in listing.coming(4)] == [1800, 1900, 2000]


@KINDS
@given(data=st.data())
def test_records_that_come_while_a_listing_is_read_cost_none(paging: Paging, data: st.DataObject) -> None:
    """New records stand first and move all others, answers asked ahead may be older than those taken before them."""
    before = list(range(data.draw(st.integers(100, 1200))))
    server, coming = Server([*before], paging), dict[str, list[Hashable]]()
    listing, received = Listing(paging), set[Hashable]()
    while not listing.done:
        assert listing.pages < 200
        server.records[:0] = [f"new {listing.pages}/{number}" for number in range(data.draw(st.integers(0, 3)))]
        asked = listing.params()
        page = coming.pop(str(asked), None) or server.page(asked)
        received |= set(page)
        listing.take(page, PageFacts())
        if listing.moved:
            coming.clear()
        for params in listing.coming(4):
            if str(params) not in coming and data.draw(st.booleans()):
                coming[str(params)] = server.page(params)
    assert complete(listing)
    assert received.issuperset(before)


def test_a_total_that_grows_while_a_listing_is_read_is_no_gap() -> None:
    """What came later than the first page was not asked for; a total that shrinks counts when it is read once more."""
    listing, _ = read(Server(list(range(250)), BUILDS), facts=lambda place: PageFacts(total=248 + place))
    assert complete(listing)
    assert listing.total == 249
    listing, _ = read(Server(list(range(250)), BUILDS), facts=lambda place: PageFacts(total=max(255, 261 - place)))
    assert not complete(listing)


@pytest.mark.parametrize("slip", [2, 3, 4])
def test_an_empty_page_with_its_own_total_is_no_end(slip: int) -> None:
    """A page that is wrongly empty, and says that there is nothing: the first page's total counts, and all is read."""
    server = Server(list(range(450)), BUILDS, glitch=lambda place, page: [] if place == slip else page)
    listing, received = read(server, facts=lambda place: PageFacts(total=0 if place == slip else 450))
    assert complete(listing)
    assert set(received) == set(range(450))
