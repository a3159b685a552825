"""The demo company's people, and the user records of its account."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from .clock import DAY, HOUR, NOW, at, iso, object_id
from .planted import DEPARTED_AT, DEPARTED_USER, OFF_HOURS_ACTOR, PENDING_USER, SECRET_MARK

ACCOUNT_NAME = "northwind"
ACCOUNT_ID = "65d1e9b0c4b7e90012ab0001"
_FAMILY = 0xC4B7E90012
_NEVER_LOGGED_IN = (PENDING_USER, "ci.service")

_NAMES = (
    "Mira Okafor",
    "Jonas Brandt",
    "Zoë Lindström",
    "Robin Ashdown",
    "Inês Carvalho",
    "Kenji Watanabe",
    "Aisha Rahman",
    "Łukasz Nowak",
    "Priya Natarajan",
    "Tomas Weller",
    "Chloé Dubois",
    "Mateo Fernández",
    "Hannah Vogel",
    "Samuel Adeyemi",
    "Yuki Tanaka",
    "Elif Şahin",
    "Oliver Grant",
    "Sofia Rossi",
    "Daniel Kim",
    "Nadia Petrova",
    "Liam Byrne",
    "Marta Jiménez",
    "Henrik Dahl",
    "李 娜",
    "Noor Haddad",
    "CI Service",
)
_USER_NAMES = {"Inês Carvalho": "ines.carvalho", "Zoë Lindström": "zoe.lindstrom", "Łukasz Nowak": "lukasz.nowak"} | {
    "Chloé Dubois": "chloe.dubois",
    "Mateo Fernández": "mateo.fernandez",
    "Elif Şahin": "elif.sahin",
    "Marta Jiménez": "marta.jimenez",
    "李 娜": "na.li",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who pushes, clicks and calls the API."""

    id: str
    user_name: str
    name: str
    email: str
    admin: bool
    ip: str
    works: bool
    """Takes part in daily work: commits, starts builds."""

    def present(self, instant: int) -> bool:
        """Whether the person is (still) with the company."""
        return self.user_name != DEPARTED_USER or instant < DEPARTED_AT


def people() -> list[Person]:
    """Everybody who appears in the data, the one who left included."""
    return [_person(number, name) for number, name in enumerate(_NAMES)]


def user_records(everybody: list[Person], rng: Random) -> list[dict[str, Any]]:
    """The account's users as `/accounts/{account_id}/users` shows them: without the one who left."""
    return [
        _record(number, person, rng) for number, person in enumerate(everybody) if person.user_name != DEPARTED_USER
    ]


def _person(number: int, name: str) -> Person:
    user_name = _USER_NAMES.get(name) or name.lower().replace(" ", ".")
    return Person(
        id=object_id(at("2023-02-11") + number * 9 * DAY, _FAMILY, 0xAB3401 + number),
        user_name=user_name,
        name=name,
        email=f"{user_name}@northwind.example",
        admin=number in (0, 3, 6, 12),
        ip=f"203.0.113.{20 + number}",
        works=user_name not in (*_NEVER_LOGGED_IN, OFF_HOURS_ACTOR),
    )


def _record(number: int, person: Person, rng: Random) -> dict[str, Any]:
    pending = person.user_name == PENDING_USER
    registered = int(person.id[:8], 16) * 1000 + rng.randrange(HOUR)
    last_login = NOW - int(rng.expovariate(1 / (4 * DAY))) - HOUR
    if number % 9 == 7:
        last_login = NOW - rng.randrange(120, 300) * DAY  # somebody who has not logged in for long
    record: dict[str, Any] = {
        "_id": person.id,
        "userName": person.user_name,
        "email": person.email,
        "notificationEmail": person.email if number % 3 == 0 else None,
        "account": [ACCOUNT_ID],
        "defaultAccount": 0,
        "status": "pending" if pending else "new",
        "roles": ["User", "Account-Admin"] if person.admin else ["User"],
        "register_date": iso(registered),
        "last_login_date": None if person.user_name in _NEVER_LOGGED_IN else iso(max(last_login, registered)),
        "hasPassword": number % 8 == 1,
        "logins": [] if pending else _logins(number, person),
        "notifications": [{"type": "email", "events": ["build.failed"]}] if number % 5 == 0 else [],
        "settings": _settings(number),
        "shortProfile": {"userName": person.user_name},
        "user_data": _user_data(number, person),
        "gitOpsSettings": [],
    }
    if pending:
        record["inviteUrl"] = f"https://ci.northwind.example/invite/{SECRET_MARK}-invite-{person.id[-6:]}"
    return record


def _logins(number: int, person: Person) -> list[dict[str, Any]]:
    git = {
        "idp": {"id": "65d1e9b0c4b7e90012abf001"},
        "permissions": ["repo", "read:org"] if person.admin else ["repo"],
        "personalGit": number % 4 == 2,
        "userId": str(4_100_000 + 137 * number),
        "userName": person.user_name.replace(".", "-"),
        "sso": False,
        "credentials": {"accessToken": f"{SECRET_MARK}-login-{person.id[-6:]}"} if number % 4 == 2 else None,
    }
    company = {
        "idp": {"id": "65d1e9b0c4b7e90012abf002"},
        "permissions": [],
        "personalGit": False,
        "userId": None,
        "userName": person.user_name,
        "sso": True,
        "credentials": None,
    }
    return [git, company] if number % 3 == 0 else [git]


def _settings(number: int) -> dict[str, Any]:
    return {
        "allowAdminToLogin": number % 6 != 0,
        "dateFormat": ("iso", "us", "eu")[number % 3],
        "displayWelcomeScreen": number % 7 == 0,
        "filterInaccessibleKubernetes": False,
        "sendWeeklyReport": number % 2 == 0,
        "theme": "dark" if number % 3 else "light",
        "timeFormat": "24h" if number % 4 else "12h",
    }


def _user_data(number: int, person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "email": person.email if number % 2 else None,
        "emails": [person.email] if number % 2 else [],
        "image": f"https://avatars.northwind.example/{person.user_name}.png" if number % 3 else None,
    }
