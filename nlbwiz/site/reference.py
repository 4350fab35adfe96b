"""A credential reference: where a secret is, never the secret itself."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from nlbwiz.site.mistakes import Mistake, nearest, shown

Scheme = Literal["env", "file", "command", "keyring", "prompt"]

EXPECTED = "a reference: env:NAME, file:PATH, command:CMD, keyring:SERVICE/USER or prompt:"

_FORMS: dict[Scheme, tuple[str, str]] = {
    "env": (r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable"),
    "file": (r"[^\x00-\x1f\x7f]+", "the path of a file"),
    "command": (r"[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*", "a program and its arguments"),
    "keyring": (r"[^\x00-\x1f\x7f]+/[^/\x00-\x1f\x7f]+", "a service and a user with a slash between them"),
    "prompt": (r"[^\x00-\x1f\x7f]*", "nothing, or a label that is shown"),
}
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`env:NLBWIZ_WIN` taken apart. Two references to one secret are equal."""

    scheme: Scheme
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"


def pattern() -> str:
    """The references as one regular expression, for the JSON Schema (ECMA 262 and Python read it alike)."""
    forms = "|".join(f"{scheme}:{form}" for scheme, (form, _) in _FORMS.items())
    return f"^(?:prompt|{forms})$"


def parse_reference(value: object) -> Reference | Mistake:
    """The reference in a site file's value. What is not one may be a password, so no mistake repeats it."""
    if not isinstance(value, str):
        found = shown(value) if isinstance(value, bool | dict | list) else "a value that is no text (not shown)"
        return Mistake(found=found, expected=EXPECTED, do='write it in quotes, e.g. "env:NLBWIZ_WIN"')
    head, colon, rest = value.partition(":")
    for scheme in get_args(Scheme):
        if head == scheme and (colon or scheme == "prompt"):
            form, meant = _FORMS[scheme]
            if len(rest) <= _LONGEST and re.fullmatch(form, rest):
                return Reference(scheme=scheme, rest=rest)
            return Mistake(
                found=f"{scheme}: followed by something else (not shown: it may be a secret)",
                expected=f"{meant} after {scheme}:",
                do="keep the secret itself out of this file",
            )
    guess = nearest(head, get_args(Scheme)) if len(head) <= 16 and colon else None
    return Mistake(
        found="an empty text" if not value else "a text that is no reference (not shown: it may be a secret)",
        expected=EXPECTED,
        do=f"did you mean {guess}: ?" if guess else "keep the secret itself out of this file and say here where it is",
    )
