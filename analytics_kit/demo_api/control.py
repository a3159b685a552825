"""The control paths below `/_demo`: faults, the request log, and changes to the data. They need no key."""

from __future__ import annotations

import json
from typing import Any

from .faults import FaultError
from .query import RefusedError
from .service import JsonHandler
from .tables import encode


class ControlHandler(JsonHandler):
    """Reads a JSON body, answers JSON."""

    def answer(self, value: object) -> None:
        """Send a value."""
        self.finish(encode(value))

    def fail(self, status: int, message: str) -> None:
        """Send an error."""
        self.set_status(status)
        self.answer(RefusedError(status, message).body())

    def document(self) -> Any:
        """The request's body.

        Raises:
            ValueError: it is not JSON.
        """
        return json.loads(self.request.body)


class FaultsHandler(ControlHandler):
    """`/_demo/faults`: set, show and clear faults."""

    def get(self) -> None:
        """The faults that are set, with how often they fired."""
        self.answer({"faults": [fault.state() for fault in self.service.faults.faults]})

    def post(self) -> None:
        """Set one fault or a list of them."""
        try:
            self.service.faults.add(self.document())
        except (FaultError, ValueError) as error:
            return self.fail(400, str(error))
        return self.get()

    def delete(self) -> None:
        """Clear all faults, and the cursors with them."""
        self.service.faults.clear()
        self.service.cursors.forget()
        self.get()


class RequestsHandler(ControlHandler):
    """`/_demo/requests`: show and clear the log."""

    def get(self) -> None:
        """The log of contract requests since it was cleared."""
        log = self.service.log
        self.answer({"requests": log.entries, "in_flight": log.in_flight, "max_in_flight": log.max_in_flight})

    def delete(self) -> None:
        """Clear the log."""
        self.service.log.clear()
        self.get()


class BuildHandler(ControlHandler):
    """`/_demo/builds/{id}`: change a build."""

    def post(self, build_id: str) -> None:
        """Replace fields of a build."""
        try:
            known = self.service.world.change_build(build_id, dict(self.document()))
        except (ValueError, TypeError) as error:
            return self.fail(400, f"a build is changed by a JSON object of fields: {error}")
        return self.answer({"changed": build_id}) if known else self.fail(404, f"could not find build {build_id}")


class DeleteHandler(ControlHandler):
    """`/_demo/delete`: delete a record."""

    def post(self) -> None:
        """Delete one record: ``{"resource": …, "id": …}``."""
        try:
            document = self.document()
            resource, key = str(document["resource"]), str(document["id"])
        except (ValueError, TypeError, KeyError) as error:
            return self.fail(400, f'expected {{"resource": …, "id": …}}: {error}')
        table = self.service.world.table(resource)
        if table is None or not table.delete(key):
            return self.fail(404, f"could not find {resource} {key}")
        return self.answer({"deleted": key})


class ResetHandler(ControlHandler):
    """`/_demo/reset`: undo changes."""

    def post(self) -> None:
        """Undo all changes and deletions; faults and the log stay."""
        self.service.world.reset()
        self.answer({"reset": True})


CONTROL_ROUTES: tuple[tuple[str, type[ControlHandler]], ...] = (
    (r"/_demo/faults", FaultsHandler),
    (r"/_demo/requests", RequestsHandler),
    (r"/_demo/builds/([^/]+)", BuildHandler),
    (r"/_demo/delete", DeleteHandler),
    (r"/_demo/reset", ResetHandler),
)
