"""The cursor of `/workflow` in strict order: only page 1, the next or the previous page may be asked for."""

from __future__ import annotations

from .query import Query, RefusedError

SESSION_HEADER = "X-Pagination-Session-Id"


class CursorBook:
    """Where each reader stands: by its session id or, without one, by its key."""

    def __init__(self) -> None:
        self._pages: dict[str, int] = {}
        self._started = 0

    def turn(self, query: Query, session: str | None, key: str) -> str:
        """Move a reader to the page that it asks for; the session id to announce.

        The page at which the reader stands may be asked for again, or no lost answer could ever be mended.

        Raises:
            RefusedError: 400, the page is neither of these.
        """
        reader = session or f"key {key}"
        page = self._asked(query, self._pages.get(reader, 1))
        if page <= 1:
            return self._start(reader, session)
        standing = self._pages.get(reader)
        if standing is None:
            raise RefusedError(400, f"Unknown pagination session {session or '(none)'}: ask for page 1 first")
        if abs(page - standing) > 1:
            message = (
                f"Only page 1, the next or the previous page can be read: page {page} asked, after page {standing}"
            )
            raise RefusedError(400, message, {"page": page, "currentPage": standing})
        self._pages[reader] = page
        return session or ""

    def forget(self) -> None:
        """Drop all sessions."""
        self._pages.clear()

    def _asked(self, query: Query, standing: int) -> int:
        if query.flag("paginationReset"):
            return 1
        step = {"next": 1, "prev": -1, None: 0}[query.choice("paginationDirection", ("prev", "next"))]
        return query.integer("page", standing + step if step else 1)

    def _start(self, reader: str, session: str | None) -> str:
        self._pages[reader] = 1
        if session is not None:
            return session
        self._started += 1
        announced = f"session-{self._started:06d}"
        self._pages[announced] = 1
        return announced
