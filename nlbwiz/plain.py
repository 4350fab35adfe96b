"""Text from devices, made harmless: what a terminal, a browser or a log would act on becomes visible characters."""

import unicodedata

LONGEST = 2000
"""Characters of one device string that a report or screen shows; the evidence keeps all of it."""

_KEPT = "\n"
_ACTED_ON = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain(text: str, longest: int = LONGEST) -> str:
    r"""The text with control, format and surrogate characters written as `\x1b`, `\u202e`, and cut at `longest`.

    Categories Cc, Cf, Cs, Co, Cn, Zl and Zp (Unicode 15): C0 and C1 controls with ESC, CSI and OSC, bidi controls,
    zero-width characters, lone surrogates, private use, line and paragraph separators. Line feeds stay; carriage returns
    and tabs do not.
    """
    cut = text if len(text) <= longest else f"{text[:longest]}... ({len(text):,} characters)"
    if cut.isascii() and cut.isprintable():  # nearly every text: 2,000 findings are read ten times a second
        return cut
    return "".join(char if char in _KEPT or _shows(char) else _escaped(char) for char in cut)


def line(text: str, longest: int = LONGEST) -> str:
    """The same on one line: line feeds become blanks."""
    return plain(" ".join(text.split("\n")), longest)


def _shows(char: str) -> bool:
    return (char.isascii() and char.isprintable()) or (
        not char.isascii() and unicodedata.category(char) not in _ACTED_ON
    )


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
