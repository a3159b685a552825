from __future__ import annotations

import json
import time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_kit.redaction import (
    MARK,
    SUSPICIOUS,
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
    data = {**CONTEXT, "hosts": ["h", 1], "repositoryUrl": "https://u:p@git.example/r", "namespace": "ns"}
    clean = {
        **CONTEXT_CLEAN,
        "hosts": [MARK, MARK],
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


TEXTS = [
    # JSON as text, compact again if something was masked
    ('{"a": {"password": "x"}, "b": 1.50}', f'{{"a":{{"password":"{MARK}"}},"b":1.5}}'),
    ('{"a": "{\\"token\\": \\"x\\"}"}', f'{{"a":"{{\\"token\\":\\"{MARK}\\"}}"}}'),
    ('[{"pass\\u0077ord": "x"}]', f'[{{"password":"{MARK}"}}]'),
    ('"https://u:p@h.example"', f'"https://u:{MARK}@h.example"'),
    ('\ufeff{"secret": "x"}', f'{{"secret":"{MARK}"}}'),
    ('{"a": {"pwd": "x"}, "a": 1}', f'{{"a": {{"pwd": "{MARK}"}}, "a": 1}}'),
    # JSON that was cut off
    ('{"user": "u", "password": "a\\"b", "c": 1, "d', f'{{"user": "u", "password": "{MARK}", "c": 1, "d'),
    ('{"password": "abc', f'{{"password": "{MARK}'),
    ('{"token": 123, "on": {"secret": true', f'{{"token": {MARK}, "on": {{"secret": true'),
    ('{"a": "{\\"token\\": \\"x\\\\\\"y\\", \\"b\\": 1', f'{{"a": "{{\\"token\\": \\"{MARK}\\", \\"b\\": 1'),
    ('{"variables": [{"key": "A", "value": "b"}], "c": 1', f'{{"variables": {MARK}, "c": 1'),
    ('{"credentials": {"u": "}", "p": "x"}, "c": 1', f'{{"credentials": {MARK}, "c": 1'),
    ('{"spec": {"data": {"login": "x"}}, "c": 1', f'{{"spec": {{"data": {MARK}}}, "c": 1'),
    (
        '{"env": [{"name": "DB_PASSWORD", "value": "x"}, {"name": "A", "value": "b"}',
        f'{{"env": [{{"name": "DB_PASSWORD", "value": "{MARK}"}}, {{"name": "A", "value": "b"}}',
    ),
    # YAML, which keeps its form
    ("a: 1\npassword: p w # c\nb: 2", f"a: 1\npassword: {MARK}\nb: 2"),
    ("a:\n  token: 'it''s'  # c\n  b: 2\r\n", f"a:\n  token: '{MARK}'  # c\n  b: 2\r\n"),
    ('token: "a\\"b"\nb: 2', f'token: "{MARK}"\nb: 2'),
    ("private_key: |\n  one\n\n  two\nb: 2", f"private_key: |\n  {MARK}\n\n  {MARK}\nb: 2"),
    ("- secret: >-\n    one\n    two\n  b: 2", f"- secret: >-\n    {MARK}\n    {MARK}\n  b: 2"),
    ("password: one\n  two\nb: 2", f"password: {MARK}\n  {MARK}\nb: 2"),
    (
        "credentials:\n  user: u\n  list:\n  - one\n  -\n    two\n  on: true\nb: 2",
        f"credentials:\n  user: {MARK}\n  list:\n  - {MARK}\n  -\n    {MARK}\n  on: true\nb: 2",
    ),
    ("tokens:\n- one\n- two\nb: 2", f"tokens:\n- {MARK}\n- {MARK}\nb: 2"),
    ("password: &anchor\n  a: one\nb: 2", f"password: &anchor\n  a: {MARK}\nb: 2"),
    ("password: # one\n  a: two", f"password: # {MARK}\n  a: {MARK}"),
    ("a: {password: p w, user: u}", f"a: {{password: {MARK}, user: u}}"),
    ("a: {b: 1,\n  password: one\n  two, c: 3}", f"a: {{b: 1,\n  password: {MARK}, c: 3}}"),
    ("password: {a: one,\n  b: two}\nc: 3", f"password: {MARK}\nc: 3"),
    ("? password\n: one\n", f"? password\n: {MARK}\n"),
    ("db password: p 'w'", f"db password: {MARK}"),
    ("token: null\nsecret: true", "token: null\nsecret: true"),
    # environment lists and variables in YAML
    (
        "environment:\n- A=b\n- DB_PASSWORD=p w\n  folded\n- C=d",
        f"environment:\n- A=b\n- DB_PASSWORD={MARK}\n  {MARK}\n- C=d",
    ),
    ('env: [A=b, DB_PASSWORD=p w, "API_TOKEN=a, b"]', f'env: [A=b, DB_PASSWORD={MARK}, "API_TOKEN={MARK}"]'),
    ("env:\n- >-\n  API_TOKEN=one\n  two\n- A=b", f"env:\n- >-\n  API_TOKEN={MARK}\n  {MARK}\n- A=b"),
    ("variables:\n- A=b\n- 'C=d'\nimage: e", f"variables:\n- A={MARK}\n- 'C={MARK}'\nimage: e"),
    (
        "variables:\n  - key: A\n    value: b\n    encrypted: true",
        f"variables:\n  - key: A\n    value: {MARK}\n    encrypted: true",
    ),
    ("variables:\n  key: a\n  B: |\n    c: d\ne: f", f"variables:\n  key: {MARK}\n  B: |\n    {MARK}\ne: f"),
    (
        "- name: API_TOKEN\n  value: x\n- name: A\n  value: b",
        f"- name: API_TOKEN\n  value: {MARK}\n- name: A\n  value: b",
    ),
    ("data: a\nspec:\n  data:\n    login: x\n", f"data: a\nspec:\n  data:\n    login: {MARK}\n"),
    # URLs, queries, headers, commands
    ("https://u:p@ss@h.example:80/x@y?a=1", f"https://u:{MARK}@h.example:80/x@y?a=1"),
    ("git clone https://u:p/w@h.example/r.git", f"git clone https://u:{MARK}@h.example/r.git"),
    ("redis://:p@h.example", f"redis://:{MARK}@h.example"),
    ("https://0123456789abcdef01234567@h.example/r", f"https://{MARK}@h.example/r"),
    ("https://0123456789abcdef01234567:x-oauth@h.example/r", f"https://{MARK}:{MARK}@h.example/r"),
    ("/api/x?token=abc&y=1#z", f"/api/x?token={MARK}&y=1#z"),
    ("?user%5Bapi%2Dkey%5D=a&b=c", f"?user%5Bapi%2Dkey%5D={MARK}&b=c"),
    ("?f=%7B%22token%22%3A%22x%22%7D&b=c", "?f=%7B%22token%22%3A%22%C2%ABredacted%C2%BB%22%7D&b=c"),
    ("token=abc&x=1", f"token={MARK}&x=1"),
    ("Server=s;Password=a;User=u", f"Server=s;Password={MARK};User=u"),
    ("Accept: a\nAuthorization: Basic abc, d\nX: y", f"Accept: a\nAuthorization: {MARK}\nX: y"),
    ("curl -H 'X-Api-Key: a b' -d x=1", f"curl -H 'X-Api-Key: {MARK}' -d x=1"),
    ("say Bearer abc.def", f"say Bearer {MARK}"),
    ("docker login -u me --password p h.example", f"docker login -u me --password {MARK} h.example"),
    ("echo '--token abc' | x", f"echo '--token {MARK}' | x"),
    ("docker login --password-stdin | x", "docker login --password-stdin | x"),
    ("export API_TOKEN='a b' c\nd", f"export API_TOKEN={MARK}\nd"),
    ("run API_TOKEN='a b'c d", f"run API_TOKEN='{MARK}' d"),
    ("if token == 'abc'", f"if token == '{MARK}'"),
    (
        "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----{MARK}-----END PRIVATE KEY-----",
    ),
    ("-----BEGIN RSA PRIVATE KEY-----\nabc", f"-----BEGIN RSA PRIVATE KEY-----{MARK}"),
    ("PAT=a", f"PAT={MARK}"),
    ("Rotate the API key: abc", f"Rotate the API key: {MARK}"),
]


@pytest.mark.parametrize(("text", "clean"), TEXTS, ids=[text[:30] for text, _ in TEXTS])
def test_text(text: str, clean: str) -> None:
    """Secrets in JSON, YAML, URLs, queries, headers and commands are masked, and all around them stays."""
    assert redact_text(text) == clean


@pytest.mark.parametrize("text", [clean for _, clean in TEXTS])
def test_masked_text_stays_as_it_is(text: str) -> None:
    """Redacting twice is redacting once."""
    assert redact_text(text) == text


def search(text: str) -> bool:
    """What the search over a page says of a text."""
    found: bool = pc.match_substring_regex(pc.ascii_lower(pa.array([text])), SUSPICIOUS)[0].as_py()
    return found


@pytest.mark.parametrize("text", [text for text, _ in TEXTS])
def test_search_finds_what_redaction_changes(text: str) -> None:
    """The search over a page finds each text that has something to mask, alone and inside of JSON."""
    if redact_text(text) != text:
        assert search(text)
        assert search(json.dumps({"a": [text, f"\n{text}"]}, ensure_ascii=False))


@pytest.mark.parametrize(
    "text",
    [
        '{ "a" : [1, 2.0, "b:c"] }',
        "image: registry.example/token-service:1.2.3",
        "step: secret-loader:v1.0",
        "https://registry.example:4873/@scope/pkg",
        "git@github.example:foo/bar, see https://h.example/a@b.c",
        "steps:\n  key: |\n    text\n",
        "Add variables: A and B",
        "Bump tokens and secrets",
        "payments%2Fdeploy?limit=10",
        "2024-05-31T14:02:10.481Z",
    ],
)
def test_clean_text_is_the_same_object(text: str) -> None:
    """Text without a secret comes back as it was, not written anew."""
    assert redact_text(text) is text


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
    assert "hunter" not in redact_text(text)


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


HARD = {
    "names": "token",
    "words": "a b c password: ",
    "pairs": "token=",
    "open quotes": 'token="',
    "open brackets": "token=[",
    "keys": "password:\n",
    "blank lines": "password:\n\n\n\n\n\n",
    "gaps": "api_",
    "hosts": "://a:",
    "users": "://a:b@",
    "escapes": "%41=",
    "backslashes": '\\"',
    "queries": "&token=a",
    "keys in one line": '"password": ',
    "private keys": "-----BEGIN PRIVATE KEY-----",
    "flags": "--password ",
    "flow": "token: {a,",
    "list": "  variables:\n    - ",
    "spec": "spec:\n data:\n",
}


@pytest.mark.parametrize("piece", HARD.values(), ids=HARD.keys())
def test_time_is_linear(piece: str) -> None:
    """No text, however it is made, takes time that grows with the square of its length."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        redact_text(text)
        return time.process_time() - start

    assert seconds(300_000) < 10 * seconds(60_000) + 0.2


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
thorough = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


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


@settings(max_examples=600, deadline=None)
@given(ANY_TEXT)
def test_any_text(text: str) -> None:
    """No text raises, and what the search over a page does not find, redaction does not change."""
    storable = text.encode("utf-8", "replace").decode()
    if redact_text(storable) != storable:
        assert search(storable)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.sampled_from(SECRET_NAMES), st.text(max_size=6)), st.text(max_size=3))
def test_search_finds_every_secret_name(name: str, before: str) -> None:
    """The search over a page finds each name that is secret, as it stands in JSON."""
    if secret_key(before + name):
        assert search(json.dumps({before + name: "x"}))
