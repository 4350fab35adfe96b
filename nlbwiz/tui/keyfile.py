"""The key file: action id = "key,key" in TOML. Every mistake is said at once, with its line, before the screen opens."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from textual.keys import Keys, _character_to_key

from nlbwiz.errors import SiteError
from nlbwiz.plain import line
from nlbwiz.tui import keys
from nlbwiz.tui.keys import Key
from nlbwiz.tui.places import PLACES, place

LARGEST = 100_000
"""Octets: the whole table has 10,000."""
_NAMES = frozenset(one.value for one in Keys) | {_character_to_key(chr(code)) for code in range(0x21, 0x7F)} | {"space"}
_SAME_AS = {
    "ctrl+h": "backspace", "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter",
    "ctrl+left_square_bracket": "escape", "ctrl+[": "escape",
}  # fmt: skip
"""What a terminal sends alike (ECMA-48 C0 codes): such a key cannot be told from the other."""
_ALWAYS = ("help", "palette", "quit")
"""Actions that must work while a field has the focus, which takes every sign."""


class KeyFileError(SiteError):
    """Every mistake of a key file at once, each with its line."""


def load(path: Path | None) -> dict[str, str]:
    """Action id -> keys, as Textual names them; nothing without a file. Raises KeyFileError."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise KeyFileError(str(path), [f"cannot be read: {getattr(error, 'strerror', None) or error}"]) from error
    if len(raw) > LARGEST:
        raise KeyFileError(str(path), [f"is larger than {LARGEST:,} octets: no key file is"])
    return parse(raw.decode("utf-8", "backslashreplace"), line(str(path), 300))


def parse(text: str, source: str) -> dict[str, str]:
    """The same from its text."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        why = line(str(error), 200).replace("at end of document", f"at line {len(text.splitlines()) or 1}, the last")
        raise KeyFileError(source, [f'{why}; action-id = "key,key" is expected']) from error
    lines = _lines(text)
    mistakes: list[tuple[int, str]] = []
    keymap: dict[str, str] = {}
    known = {one.id: one for one in keys.every()}
    for id_, value in found.items():
        at = lines.get(id_, 0)
        if id_ not in known:
            near = difflib.get_close_matches(id_, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; nlbwiz wizard --print-keys lists them"
            mistakes.append((at, f"{id_!r:.60} is no action{hint}"))
        elif not isinstance(value, str) or not value.strip():
            mistakes.append((at, f'{id_}: keys in quotes are expected, such as "{known[id_].keys}"'))
        else:
            names = [_name(one) for one in _split(value)]
            wrong = [why for one in names if (why := _wrong(one))]
            mistakes += [(at, f"{id_}: {why}") for why in wrong]
            if not wrong:
                keymap[id_] = ",".join(dict.fromkeys(names))
                if id_ in _ALWAYS and all(_is_sign(one) for one in names):
                    mistakes.append(
                        (at, f"{id_}: {value!r:.40} goes to a field that has the focus: add a function or ctrl key")
                    )
    mistakes += [(lines.get(id_, 0), why) for id_, why in _clashes(keymap)]
    if mistakes:
        raise KeyFileError(source, [f"line {at}: {why}" if at else why for at, why in sorted(mistakes)])
    return keymap


def table() -> str:
    """The present keys as a key file to start from: every line is a comment until its `#` is taken away."""
    told = [
        "# Keys of the wizard. Take the # of a line away and change its keys; several stand between commas.",
        "# Kept as keys.toml in the settings folder, or named by --keys FILE or NLBWIZ_KEYS.",
    ]
    for where_ in dict.fromkeys(one.where for one in keys.every()):
        told += ["", f"# {where_}"]
        told += [f'#{f"{one.id} = ":<19}"{one.keys}"  # {one.says}' for one in keys.every() if one.where == where_]
    return "\n".join(told) + "\n"


def screens() -> Iterator[tuple[str, Sequence[Key]]]:
    """(name, table) of every screen: within one of them a key does one thing."""
    yield "start", keys.START
    yield "form", keys.FORM
    yield "secret", keys.SECRET
    yield "help", keys.HELP
    yield "palette", keys.PALETTE
    for name in PLACES:
        yield name, place(name).KEYS


def _clashes(keymap: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(action id, what is wrong) for keys that two actions of one screen have, where the file gave it to one of them."""
    if not keymap:
        return
    said: set[tuple[str, frozenset[str]]] = set()
    for screen, table_ in screens():
        users: dict[str, list[str]] = {}
        for one in keys.remapped(table_, keymap):
            for key in one.keys.split(","):
                users.setdefault(key, []).append(one.id)
        for key, ids in users.items():
            here = frozenset(ids)
            changed = [id_ for id_ in ids if id_ in keymap]
            if len(here) > 1 and changed and (key, here) not in said:
                said.add((key, here))
                others = ", ".join(id_ for id_ in ids if id_ != changed[-1])
                yield (
                    changed[-1],
                    f"{changed[-1]}: {keys.label(key)} is the key of {others} too, on the screen {screen}",
                )


def _split(value: str) -> list[str]:
    """The keys between commas; a comma itself is `comma`."""
    return [one.strip() for one in value.split(",")]


def _name(key: str) -> str:
    """As Textual names it: `?` is question_mark."""
    lead, plus, last = key.rpartition("+")
    if key and len(last) == 1 and plus and lead:
        return f"{lead}+{_character_to_key(last)}"
    return _character_to_key(key) if len(key) == 1 and key.isascii() and key.isprintable() else key


def _is_sign(name: str) -> bool:
    return name in {_character_to_key(chr(code)) for code in range(0x20, 0x7F)} or name == "space"


def _wrong(name: str) -> str:
    """Why it cannot be a key; empty when it can."""
    if name in _SAME_AS:
        return f"{name} is what a terminal sends for {_SAME_AS[name]}: another key is expected"
    if name.startswith(("alt+", "meta+")):
        return f"{name:.40}: terminals send alt as escape and the letter: another key is expected"
    if re.fullmatch(r"(?:shift\+|ctrl\+)*f(?:1[0-9]|2[0-9])", name):
        return f"{name}: terminals and desktops take the keys above f9: f1 to f9 are expected"
    if name not in _NAMES:
        near = difflib.get_close_matches(name, _NAMES, n=1)
        return f"{name!r:.40} is no key" + (f"; did you mean {near[0]}?" if near else "")
    return ""


def _lines(text: str) -> dict[str, int]:
    """Key of the file -> its line."""
    found: dict[str, int] = {}
    for number, one in enumerate(text.splitlines(), 1):
        if match := re.match(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*=""", one):
            found.setdefault(next(part for part in match.groups() if part is not None), number)
        elif match := re.match(r"\s*\[+\s*([^\]\s]+)", one):
            found.setdefault(match.group(1), number)
    return found
