"""A running demo server for tests: a child process, asked over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import requests

KEY = "test-key-7"
ACCOUNT = "65d1e9b0c4b7e90012ab0001"


@dataclass
class Demo:
    """A running demo server: where it is, and its process."""

    base_url: str
    process: subprocess.Popen[str]

    def get(self, path: str, /, *, key: str | None = KEY, headers: dict[str, str] | None = None, **query: Any) -> Any:
        """One GET, with the key in the `api_key` header; redirects are not followed."""
        sent = ({"api_key": key} if key else {}) | (headers or {})
        return requests.get(self.base_url + path, params=query, headers=sent, timeout=10, allow_redirects=False)

    def rows(self, path: str, selector: str, /, **query: Any) -> Any:
        """What the selector finds in the answer."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return select(answer.json(), selector)

    def builds(self, **query: Any) -> list[str]:
        """Ids of one page of builds."""
        return [row["id"] for row in self.rows("/workflow", "workflows.docs", **query)]

    def fault(self, **fault: Any) -> None:
        """Set a fault."""
        answer = requests.post(f"{self.base_url}/_demo/faults", json=fault, timeout=10)
        assert answer.status_code == 200, answer.text

    def log(self) -> Any:
        """The log of contract requests."""
        return requests.get(f"{self.base_url}/_demo/requests", timeout=10).json()

    def post(self, path: str, document: object) -> int:
        """Status of one control request."""
        return requests.post(f"{self.base_url}/_demo{path}", json=document, timeout=10).status_code

    def reset(self) -> None:
        """No faults, an empty log, the initial data."""
        requests.delete(f"{self.base_url}/_demo/faults", timeout=10)
        requests.delete(f"{self.base_url}/_demo/requests", timeout=10)
        self.post("/reset", {})

    def stop(self) -> int:
        """Close its stdin, which ends it; the exit code."""
        self.process.communicate(timeout=5)
        return self.process.returncode


def select(body: Any, selector: str) -> Any:
    """The value at a dotted path; the body itself for an empty one."""
    for name in selector.split(".") if selector else ():
        body = body[name]
    return body


def start(*arguments: str) -> Demo:
    """Start a server and read the three lines that say it is ready."""
    command = [sys.executable, "-m", "analytics_kit.demo_api", "--api-key", KEY, "--until-stdin-closes", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline().rstrip("\n").partition("=") for _ in range(3)]
    assert [name for name, _, _ in lines] == ["base_url", "account_id", "api_key"]
    assert [value for _, _, value in lines][1:] == [ACCOUNT, KEY]
    return Demo(lines[0][2], process)
