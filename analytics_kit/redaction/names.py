"""Which names tell that their value is a secret."""

from __future__ import annotations

import re
from functools import lru_cache

MARK = "«redacted»"

# Between the parts of a name there may be anything that is no letter or digit, or nothing: apiKey, api_key, API-KEY.
_GAP = "[^0-9A-Za-z]*"
_KEY_OWNERS = (
    "access|account|aes|api|auth|client|crypt|deploy|encryption|gpg|hmac|license|master|pgp|private|rsa|"
    "service|session|shared|signing|ssh|storage"
)


def _secret_words(start: str) -> str:
    """The words that tell of a secret; ``start`` matches what stands before a word that must be whole."""
    return "|".join(
        (
            f"pass{_GAP}(?:word|wd|phrase|code|key)",
            f"(?:{_KEY_OWNERS}){_GAP}key",
            "pwd|secret|token|credential|creds|bearer|cookie|signature|jwt|dsn|netrc|pgpass",
            f"authori[sz]ation|connection{_GAP}string|conn{_GAP}str|invit(?:e|ation){_GAP}(?:ur[il]|link)",
            f"(?:kube|json|docker){_GAP}(?:config|cfg)",
            f"{start}(?:pat|sig|pw|cred|auths)(?:[^A-Za-z]|$)",
            # DB_PASS, but not tests that pass
            "(?:[0-9A-Za-z][^0-9A-Za-z]|user|db|smtp|admin|root)pass(?:[^A-Za-z]|$)",
        )
    )


_SECRET = re.compile(_secret_words("(?:^|[^A-Za-z])"), re.IGNORECASE | re.ASCII)
_LAST_WORD = re.compile(r"(?:[A-Z]+|[A-Z]?[a-z]+)[^A-Za-z]*\Z")
# "tokenName" or "secretStoreReferences" tell about a secret, they do not hold it.
_ABOUT_A_SECRET = re.compile(
    "algorithm|at|count|disabled|enabled|expiration|expired|expires|expiry|kind|length|limit|names?|policy|protected|"
    "provider|refs?|references?|required|size|status|stores?|ttl|type|version"
)
_LONGEST_CACHED = 200

_START_IN_JSON = r"(?:^|[^a-z]|\\[bfnrt])"  # the n of a written \n is no letter of the word after it
# A regular expression that finds something in every text that redaction would change, if A to Z are in lower case. It
# keeps to the syntax of Arrow's engine, so that a page is searched at once. What it finds too much only costs time.
SUSPICIOUS = "|".join(
    (
        _secret_words(_START_IN_JSON).lower(),
        "variables",
        rf"""{_START_IN_JSON}data\\*["'\]]*\s*[:=]""",  # the content of a context
        r"://\S*@",  # a user in a URL
        "%(?:2[0-9a-e]|[3-7][0-9a-f])",  # letters and signs written as %XX ...
        r"\\u",  # ... or as \uXXXX
    )
)


def secret_key(name: str) -> bool:
    """Whether a field, parameter, header or variable of this name holds a secret.

    camelCase, snake_case, kebab-case and capitals do not matter. Names that only tell about a secret
    (``tokenName``, ``secretStoreReferences``) are none.

    Args:
        name: The name alone, as it stands in the record or text.
    """
    return _known_name(name) if len(name) <= _LONGEST_CACHED else _tells_of_secret(name)


def variables_key(name: str) -> bool:
    """Whether a field of this name holds variables: ``variables``, ``exportedVariables``, ``build_variables``."""
    return name[-9:].lower() == "variables"


def _tells_of_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and not _ABOUT_A_SECRET.fullmatch(_last_word(name))


_known_name = lru_cache(maxsize=8192)(_tells_of_secret)


def _last_word(name: str) -> str:
    found = _LAST_WORD.search(name[-40:])
    return re.sub("[^a-z]", "", found[0].lower()) if found else ""
