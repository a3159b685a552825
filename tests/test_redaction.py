from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_redaction_text import search

from analytics_kit.redaction import (
    MARK,
    field_rule,
    redact,
    redact_context_data,
    redact_text,
    secret_key,
)

SECRET_NAMES = [
    *("password", "dbPassword", "DB_PASSWORD", "db-passwd", "PWD", "MYSQL_PWD", "passphrase", "pass_word", "DB_PASS"),
    *("userPass", "secret", "clientSecret", "client_secret", "token", "x-access-token", "githubToken", "GITHUB_PAT"),
    *("apiKey", "api_key", "api key", "API-KEY", "X-Api-Key", "accessKey", "AWS_ACCESS_KEY_ID", "privateKey"),
    *("secretAccessKey", "ssh_key", "signingKey", "credential", "credentials", "creds", "Authorization", "bearer"),
    *("Cookie", "Set-Cookie", "connectionString", "connection_string", "signature", "X-Amz-Signature", "sig"),
    *("webhookSecret", "kubeconfig", "kubeConfig", "jsonConfig", "inviteUrl", "invite_url", "jwt", "SENTRY_DSN"),
    *(".dockerconfigjson", "auths", "passwordResetLink", "encryptionKey", "SECRET_KEY_BASE", "a" * 300 + "Token"),
]
OPEN_NAMES = [
    *("key", "keys", "name", "value", "id", "url", "user", "userName", "tokenName", "secretName", "secret_names"),
    *("secretStoreReferences", "secretKeyRef", "passwordProtected", "tokenType", "tokenExpiresAt", "secretVersion"),
    *("path", "design", "author", "authType", "pass", "bypass", "compatible", "signed", "monkey", "publicKey", ""),
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names(name: str) -> None:
    """Names of secrets are known in every way to write them."""
    assert secret_key(name)


@pytest.mark.parametrize("name", OPEN_NAMES)
def test_open_names(name: str) -> None:
    """Names that are no secret, or only tell about one, stay readable."""
    assert not secret_key(name)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ({"password": "x", "user": "u"}, {"password": MARK, "user": "u"}),
        ({"a": [{"b": {"apiKey": 5}}]}, {"a": [{"b": {"apiKey": MARK}}]}),
        (
            {"token": None, "secret": True, "pwd": "", "jwt": 1.5},
            {"token": None, "secret": True, "pwd": "", "jwt": MARK},
        ),
        (
            {"credentials": {"user": "u", "scopes": ["a", 1], "on": False}},
            {"credentials": {"user": MARK, "scopes": [MARK, MARK], "on": False}},
        ),
        ({"tokenName": "t", "key": "k"}, {"tokenName": "t", "key": "k"}),
        ({"inviteUrl": "https://x.example/i/1"}, {"inviteUrl": MARK}),
        (
            [{"name": "DB_PASSWORD", "value": "x"}, {"name": "A", "value": "b"}],
            [{"name": "DB_PASSWORD", "value": MARK}, {"name": "A", "value": "b"}],
        ),
        ([{"key": "API_TOKEN", "value": 5}], [{"key": "API_TOKEN", "value": MARK}]),
        ({"environment": ["A=b", "API_TOKEN=x y&z=1"]}, {"environment": ["A=b", f"API_TOKEN={MARK}"]}),
        ({"build_arguments": ["NPM_TOKEN="]}, {"build_arguments": ["NPM_TOKEN="]}),
        ({"env": ["private_key=a\nb"]}, {"env": [f"private_key={MARK}"]}),
    ],
)
def test_values_by_name(value: Any, clean: Any) -> None:
    """What stands under a secret name is masked to the last leaf; null, flags, empty text, names and shapes stay."""
    assert redact(value) == clean


@pytest.mark.parametrize(
    ("variables", "clean"),
    [
        ([{"key": "A", "value": "b", "encrypted": True}], [{"key": "A", "value": MARK, "encrypted": True}]),
        (
            [{"name": "A", "value": 5, "note": "n", "defaultValue": "d"}],
            [{"name": "A", "value": MARK, "note": "n", "defaultValue": MARK}],
        ),
        ([{"name": "A", "value": "b", "api_key": "k"}], [{"name": "A", "value": MARK, "api_key": MARK}]),
        ({"A": "b", "B": 1, "C": None, "D": True}, {"A": MARK, "B": MARK, "C": None, "D": True}),
        (
            {"pipeline": [{"key": "A", "value": "b"}], "shared": []},
            {"pipeline": [{"key": "A", "value": MARK}], "shared": []},
        ),
        ({"A": {"value": "b", "encrypted": False}}, {"A": {"value": MARK, "encrypted": False}}),
        (["A=b", "A=", "c2VjcmV0PQ==", "secret", 7], [f"A={MARK}", MARK, MARK, MARK, MARK]),
        ('[{"key":"A","value":"b"}]', f'[{{"key":"A","value":"{MARK}"}}]'),
        ('{"A": null}', '{"A": null}'),
        ("A=b", MARK),
        (None, None),
    ],
)
@pytest.mark.parametrize("name", ["variables", "exportedVariables", "exposed_variables", "VARIABLES"])
def test_variables(name: str, variables: Any, clean: Any) -> None:
    """Values of variables are masked in all their forms, whatever they are called; their names and flags stay."""
    assert redact({"spec": {name: variables}}) == {"spec": {name: clean}}


CONTEXT = {"auth": {"type": "basic", "idpId": "i", "login": "u", "permissions": ["repo"]}, "sharingPolicy": "All"}
CONTEXT_CLEAN = {
    "auth": {"type": "basic", "idpId": "i", "login": MARK, "permissions": ["repo"]},
    "sharingPolicy": "All",
}


def test_context_data() -> None:
    """All of a context's data is masked but what is known to be open; URLs keep their host."""
    data = {
        **CONTEXT,
        "hosts": ["h", 1, {"type": "t"}],
        "repositoryUrl": "https://u:p@git.example/r",
        "namespace": "ns",
    }
    clean = {
        **CONTEXT_CLEAN,
        "hosts": [MARK, MARK, {"type": "t"}],
        "repositoryUrl": f"https://u:{MARK}@git.example/r",
        "namespace": "ns",
    }
    assert redact_context_data(data) == clean
    assert redact_context_data({"variables": {"type": "x"}}) == {"variables": {"type": MARK}}


def test_context_data_with_free_names() -> None:
    """Where users choose the names, a name like ``type`` opens nothing."""
    assert redact_context_data({"type": "x", "namespace": "y"}, "secret") == {"type": MARK, "namespace": MARK}


def test_contexts_inside_of_other_records() -> None:
    """A context that an audited call carried is masked like one of our own."""
    body = {"kind": "context", "spec": {"type": "git.github", "data": CONTEXT}}
    assert redact({"req_body": json.dumps(body)}) == {
        "req_body": json.dumps(
            {**body, "spec": {"type": "git.github", "data": CONTEXT_CLEAN}}, ensure_ascii=False, separators=(",", ":")
        )
    }


@pytest.mark.parametrize(
    ("path", "value", "clean"),
    [
        (("inviteUrl",), "https://x.example", MARK),
        (("credentials", "user"), "u", MARK),
        (("exposedVariables", "pipeline"), [{"key": "A", "value": "b"}], [{"key": "A", "value": MARK}]),
        (("spec",), {"type": "config", "data": {"type": "x"}}, {"type": "config", "data": {"type": MARK}}),
    ],
)
def test_rule_of_a_field(path: tuple[str, ...], value: Any, clean: Any) -> None:
    """Where a field is taken out of its record, its place still says how to mask it."""
    rule = field_rule(path)
    assert rule is not None
    assert rule(value, {}) == clean


def test_rule_of_context_data_knows_the_type() -> None:
    """The type beside the data decides how much of it is open; other fields have no rule."""
    rule = field_rule(("spec", "data"))
    assert rule is not None
    assert rule({"type": "x"}, {"type": "git.github"}) == {"type": "x"}
    assert rule({"type": "x"}, {"type": "secret"}) == {"type": MARK}
    assert field_rule(("metadata", "name")) is None


def test_clean_values_are_the_same_object() -> None:
    """A value without a secret comes back as it was, so that it needs no new JSON text."""
    value = {"a": [1, None, {"b": "c: d"}], "variables": [], "spec": {"type": "x", "data": None}}
    assert redact(value) is value


def test_text_in_text_in_text() -> None:
    """Text inside of text is read four levels deep; deeper, all is masked."""
    text = '{"password": "hunter"}'
    for _ in range(3):
        text = json.dumps({"a": text})
    assert "password" in redact_text(text)
    assert "hunter" not in redact_text(text)
    for _ in range(3):
        text = json.dumps({"a": text})
    assert MARK in redact_text(text)
    assert "password" not in redact_text(text)


@pytest.mark.parametrize("value", [("[" * 100_000), json.loads("[" * 500 + "]" * 500), '{"a":' + "1" * 5000 + "}"])
def test_odd_json_does_not_raise(value: Any) -> None:
    """JSON nested too deep, or with a number too long, costs no load."""
    redact(value)


def test_nested_too_deep_is_masked() -> None:
    """What is too deep to look into is masked whole."""
    value: Any = "hunter"
    for _ in range(5000):
        value = {"a": value}
    assert redact(value) == MARK


# --- properties -------------------------------------------------------------------------------------------------------

HUNTER = "HUNTER"
SIGNS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
NOISE = st.text(st.one_of(st.sampled_from(" :=&,{}[]'\"#|>-\\%@/;!?*"), SIGNS), max_size=10)
VALUE = st.builds(lambda a, b, c: f"{a}{HUNTER}{b}{HUNTER}{c}", NOISE, NOISE, NOISE)
LINES = st.builds(lambda a, b: f"{a}\n{b}", VALUE, VALUE)
OPEN = st.sampled_from(["a", "image", "commands", "title", "foo_bar"])
HIDDEN = st.sampled_from(["password", "apiKey", "DB_TOKEN", "client-secret", "credentials", "db password"])
UNDER_SECRET = st.one_of(
    VALUE, LINES, st.lists(VALUE, min_size=1, max_size=3), st.dictionaries(OPEN, VALUE, min_size=1, max_size=3)
)
ENVIRONMENT = st.lists(st.builds(lambda value: f"DB_PASSWORD={value}", VALUE), max_size=2)
VARIABLES = st.one_of(
    st.lists(st.builds(lambda value: f"FOO={value}", VALUE), max_size=2),
    st.lists(st.builds(lambda value: {"key": "FOO", "value": value, "encrypted": True}, VALUE), max_size=2),
    st.dictionaries(OPEN, VALUE, max_size=2),
)


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda fields, secrets, environment, variables: {
            **fields,
            **secrets,
            "environment": environment,
            "variables": variables,
        },
        st.dictionaries(OPEN, inner, max_size=2),
        st.dictionaries(HIDDEN, UNDER_SECRET, max_size=2),
        ENVIRONMENT,
        VARIABLES,
    )


LEAVES = st.one_of(st.text(SIGNS, max_size=8), st.integers(), st.booleans(), st.none())
DOCUMENTS = _objects(
    st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=2), _objects(inner)), max_leaves=4)
)
thorough = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@thorough
@given(
    DOCUMENTS,
    st.sampled_from([True, False, None]),
    st.sampled_from([None, ">", "'", '"']),
    st.sampled_from([20, 80, 999]),
)
def test_no_secret_is_left_in_yaml(document: Any, flow: bool | None, style: str | None, width: int) -> None:
    """However a YAML writer writes it, no secret is left, and redacting again changes nothing."""
    clean = redact_text(
        yaml.dump(document, default_flow_style=flow, default_style=style, width=width, allow_unicode=True)
    )
    assert HUNTER not in clean
    assert redact_text(clean) == clean


@thorough
@given(DOCUMENTS, st.booleans(), st.integers(0, 60))
def test_no_secret_is_left_in_json(document: Any, ascii_only: bool, cut: int) -> None:
    """As values, as text, as text in text and cut off, no secret is left, and redacting again changes nothing."""
    text = json.dumps(document, ensure_ascii=ascii_only)
    assert HUNTER not in json.dumps(redact(document))
    for form in (text, text[: -1 - cut], json.dumps(text), json.dumps({"a": json.dumps({"b": text})})):
        clean = redact_text(form)
        assert HUNTER not in clean
        assert redact_text(clean) == clean


@thorough
@given(DOCUMENTS)
def test_shapes_stay(document: Any) -> None:
    """Redaction changes no name, no length and no flag."""

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shape(inner) for name, inner in value.items()}
        return (
            [shape(inner) for inner in value]
            if isinstance(value, list)
            else value
            if value in (None, True, False)
            else ""
        )

    assert shape(redact(document)) == shape(document)


PIECES = st.sampled_from(
    [*SECRET_NAMES[:40], "variables", "spec", "data", "name", "value", "://", "@", "%41", "%3D", "--", "\\u0061"]
)
ANY_TEXT = st.lists(
    st.one_of(
        PIECES,
        st.sampled_from([": ", "=", "\n", "  ", "- ", '"', "'", "{", "}", "[", "]", ",", "&", "|", ">"]),
        st.text(max_size=4),
    ),
    max_size=25,
).map("".join)


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_any_text(text: str) -> None:
    """No text raises, and what the search over a page does not find, redaction does not change."""
    storable = text.encode("utf-8", "replace").decode()
    if redact_text(storable) != storable:
        assert search(storable)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.sampled_from(SECRET_NAMES), st.text(max_size=6)), st.text(max_size=3))
def test_search_finds_every_secret_name(name: str, before: str) -> None:
    """The search over a page finds each name that is secret, as it stands in JSON."""
    if secret_key(before + name):
        assert search(json.dumps({before + name: "x"}))
