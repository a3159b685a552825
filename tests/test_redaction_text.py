from __future__ import annotations

import json
import time

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from analytics_kit.redaction import MARK, SUSPICIOUS, redact_text

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
    ("{env: [\n  API_TOKEN=p w],\n b: 2}", f"{{env: [\n  API_TOKEN={MARK}],\n b: 2}}"),
    ("env: [API_TOKEN=''p w]", f"env: [API_TOKEN={MARK}]"),
    ('API_TOKEN="a\nb" c\nd', f"API_TOKEN={MARK}\nd"),
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
    ("{a: {b: ']'},\n  variables: [c]}", f"{{a: {{b: ']'}},\n  variables: {MARK}}}"),
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
        "secret-loader:v1.0",
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
