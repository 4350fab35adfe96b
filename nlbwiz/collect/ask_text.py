"""The texts that are sent to Windows: the two asks as they are shipped, and the command that starts one.

A bootstrap on the command line (which holds about 2,900 characters) says which sections to run and reads the ask from
stdin, so the ask's text stays verbatim and can be known by its hash.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal["node", "host"]

COMMAND = "powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand"
"""What `bootstrap` follows on the command line. Bypass holds for this process only; a group policy wins over it."""

_SECTION = re.compile(r"[a-z][a-z0-9-]*")
# Modules see the preferences of the global scope only; a warning would be a line on stdout. The text must never mention
# the variable `input`: Windows PowerShell reads stdin itself when the command does. Every failure of a section is in its
# own line, so exit code 1 with a text on stderr means that the ask as a whole was not read or not allowed.
_BOOTSTRAP = (
    "$ProgressPreference='SilentlyContinue';$WarningPreference='SilentlyContinue';$Ask=@({sections});"
    "try{{& ([ScriptBlock]::Create([Console]::In.ReadToEnd()))}}catch{{[Console]::Error.WriteLine([string]$_);exit 1}};exit 0"
)


@cache
def script(kind: Kind) -> str:
    """The ask's text: ASCII, lines end with a line feed whatever the checkout does."""
    text = files("nlbwiz.collect").joinpath("ask", f"{kind}.ps1").read_text(encoding="ascii")
    return text.replace("\r\n", "\n")


@cache
def sha256(kind: Kind) -> str:
    """The hash (hex) of the ask's text: what a reviewed listing and the lab know it by."""
    return hashlib.sha256(script(kind).encode("ascii")).hexdigest()


def bootstrap(sections: Iterable[str]) -> str:
    """The argument of -EncodedCommand that runs these sections of the ask that comes by stdin.

    Base64 of UTF-16LE, below 1,000 characters for all sections of an ask. Raises ValueError for anything that is not a
    section's name: it would become part of a command.
    """
    names = tuple(sections)
    for name in names:
        if not _SECTION.fullmatch(name):
            raise ValueError(f"not a section's name: {name!r}")
    text = _BOOTSTRAP.format(sections=",".join(f"'{name}'" for name in names))
    return base64.b64encode(text.encode("utf-16-le")).decode("ascii")
