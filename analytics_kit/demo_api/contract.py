"""The contract over HTTP: key, faults, routes."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

from tornado.iostream import StreamClosedError

from .clock import HTTP_DATE, NOW, iso
from .cursor import SESSION_HEADER
from .faults import Fault, alter_reply, shape_page
from .query import Query, RefusedError
from .routes import Call, Reply, find_route
from .service import JsonHandler
from .tables import encode

_HTML = b"<!doctype html><html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>"


class ContractHandler(JsonHandler):
    """Every path of the contract."""

    _hung_up = False

    async def get(self, path: str) -> None:
        """Answer one request and log it."""
        log, query = self.service.log, Query(self.request.query)
        names = sorted(name for name, _ in self.request.headers.get_all())
        entry = log.open(path, query, names, self.request.headers.get("User-Agent"))
        try:
            await self._respond(path, query)
        except RefusedError as refused:
            self.set_status(refused.status)
            await self.finish(encode(refused.body()))
        except StreamClosedError:
            self._hung_up = True  # the client did not wait for the answer
        finally:
            log.close(entry, None if self._hung_up else self.get_status())

    async def _respond(self, path: str, query: Query) -> None:
        key = self._key()
        route, arguments = find_route(path) or _not_found(path)
        self._check_scope(route.resource)
        faults = self.service.faults.due(path, route.template)
        if await self._interrupted(faults):
            return
        session = self._turn_cursor(faults, query, key)
        service = self.service
        call = Call(service.world, query, arguments, service.enveloped, lambda page: shape_page(faults, page))
        await self._send(route.answer(call), faults, session)

    def _check_scope(self, resource: str | None) -> None:
        if resource in self.service.denied:
            message = f"Scopes are missing to access this resource: {resource}"
            raise RefusedError(403, message, {"missingScopes": [resource]})

    def _key(self) -> str:
        sent = self.request.headers.get("api_key"), self.request.headers.get("Authorization")
        if self.service.api_key not in sent:
            given = any(sent)
            raise RefusedError(401, "The API key is not valid" if given else "No API key: send it in a header")
        return self.service.api_key

    def _turn_cursor(self, faults: list[Fault], query: Query, key: str) -> str | None:
        if not any(fault.kind == "cursor" for fault in faults):
            return None
        return self.service.cursors.turn(query, self.request.headers.get(SESSION_HEADER), key)

    async def _interrupted(self, faults: list[Fault]) -> bool:
        """Let faults delay or replace the answer; True where one has answered."""
        for fault in faults:
            if fault.kind == "latency":
                await asyncio.sleep(float(fault.options["seconds"]))
            elif fault.kind == "status_change":
                self._change_status(fault.options)
            elif await self._answered_by(fault):
                return True
        return False

    async def _answered_by(self, fault: Fault) -> bool:
        options = fault.options
        if fault.kind == "status" or (fault.kind == "random_status" and fault.rng.random() < options["rate"]):
            await self._refuse(int(options["status"]), options["message"], options["retry_after"])
        elif fault.kind == "no_data":
            await self._refuse(500, options["message"], None)
        elif fault.kind == "html":
            self.set_header("Content-Type", "text/html; charset=utf-8")
            await self.finish(_HTML)
        elif fault.kind == "redirect":
            self.redirect(str(options["to"]), status=int(options["status"]))
        elif fault.kind == "drop_connection":
            self._hung_up = True
            self.detach().close()
        else:
            return False
        return True

    async def _refuse(self, status: int, message: str | None, retry_after: object) -> None:
        if retry_after is not None:
            self.set_header("Retry-After", str(retry_after))
        default = "analytics report not finished yet" if status == 432 else f"Demo fault: status {status}"
        self.set_status(status)
        await self.finish(encode(RefusedError(status, message or default).body()))

    def _change_status(self, options: dict[str, Any]) -> None:
        world = self.service.world
        running = [build.id for build in world.builds.items if build.status == "running"]
        fields = options["fields"] or {"status": "success", "finished": iso(NOW)}
        for build_id in [options["id"]] if options["id"] else running[:1]:
            world.change_build(build_id, fields)

    async def _send(self, reply: Reply, faults: list[Fault], session: str | None) -> None:
        if session:
            reply.beside["pagination"] = reply.beside.get("pagination", {}) | {"sessionId": session}
        alter_reply(faults, reply)
        body = reply.body()
        kinds = {fault.kind: fault for fault in faults}
        if "bom" in kinds:
            body = b"\xef\xbb\xbf" + body
        if "truncate" in kinds:
            await self._send_cut(body, float(kinds["truncate"].options["keep"]))
        else:
            await self.finish(body)

    async def _send_cut(self, body: bytes, keep: float) -> None:
        """Promise the whole body, send a part of it and hang up."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: {HTTP_DATE}\r\n"
        stream = self.detach()
        await stream.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[: int(len(body) * keep)])
        stream.close()


def _not_found(path: str) -> NoReturn:
    raise RefusedError(404, f"could not find {path}")
