"""The JSON Schema of the site file, made from its form: for editors, and for programs that write site files."""

from collections.abc import Mapping

from nlbwiz.site.form import LISTED, NAME, NAMED, RESERVED, SINGLE, Key
from nlbwiz.site.reference import pattern

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_V6 = r"[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?"
_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"

_DEFS: Mapping[str, object] = {
    "name": {"type": "string", "pattern": f"^{NAME}$"},
    "address": {"type": "string", "pattern": f"^(?:{_V4}|{_V6})$", "examples": ["192.0.2.11", "2001:db8::11"]},
    "cidr": {"type": "string", "pattern": f"^(?:{_V4}|{_V6})/[0-9.]+$", "examples": ["192.0.2.5/24"]},
    "winrm": {
        "type": "string",
        "pattern": f"^(?:[Hh][Tt][Tt][Pp][Ss]?://)?{_HOST}$",
        "examples": ["nlb1.example.net", "127.0.1.1:5985", "https://nlb1.example.net"],
    },
    "agent": {"type": "string", "pattern": f"^{_HOST}$", "examples": ["sw1.example.net", "127.0.2.1:1161"]},
    "reference": {"type": "string", "pattern": pattern(), "examples": ["env:NLBWIZ_WIN", "keyring:nlbwiz/web"]},
    "uplink": {"type": "string", "pattern": f"^{NAME}:.+$", "examples": ["sw1:ch1"]},
}

_BASIC_WANTS_HTTPS: Mapping[str, object] = {
    "if": {
        "properties": {"auth": {"const": "basic"}, "insecure": {"const": False}},
        "required": ["auth"],
    },
    "then": {"properties": {"endpoint": {"pattern": "^[Hh][Tt][Tt][Pp][Ss]://"}}, "required": ["endpoint"]},
}
"""Basic sends the password: over plain HTTP only where `insecure = true` asks for it by name."""


def schema() -> dict[str, object]:
    """JSON Schema draft 2020-12 of the site file.

    Everything that loads is valid against it. What a schema cannot say (do names and addresses agree) only the
    loader finds. TOML dates count as texts of format `date`, as editors' TOML plugins hand them over.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:nlbwiz:schema:site",
        "title": "nlbwiz site file",
        "type": "object",
        "properties": {
            **{
                kind: {
                    "type": "object",
                    "propertyNames": {"$ref": "#/$defs/name", "not": {"enum": list(RESERVED)}},
                    "additionalProperties": _table(kind, keys),
                    **({"minProperties": 1} if kind == "cluster" else {}),
                }
                for kind, keys in NAMED.items()
            },
            **{kind: _table(kind, keys) for kind, keys in SINGLE.items()},
            **{kind: {"type": "array", "items": _table(kind, keys)} for kind, keys in LISTED.items()},
        },
        "required": ["cluster"],
        "additionalProperties": False,
        "$defs": dict(_DEFS),
    }


def _table(kind: str, keys: Mapping[str, Key]) -> dict[str, object]:
    must = [name for name, key in keys.items() if key.must]
    return {
        "type": "object",
        "properties": {name: {"description": key.says, **key.takes} for name, key in keys.items()},
        "additionalProperties": False,
        **({"required": must} if must else {}),
        **(_BASIC_WANTS_HTTPS if kind in ("node", "host") else {}),
    }
