"""The first look at a site file: is every table and every key one that the form knows?"""

import re
from collections.abc import Iterator, Mapping

from nlbwiz.site.form import LISTED, NAME, NAMED, RESERVED, SINGLE, TABLES, Key
from nlbwiz.site.mistakes import Mistake, Mistakes, nearest, quoted, shown, step

_SECRET = re.compile(
    r"(?:auth|priv)?(?:key|login|pass|passphrase|passw(?:or)?d|pwd)|community|secret|token|user|username"
)
"""Keys under which people write secrets down, without - and _."""


def named(tree: Mapping[str, object], kind: str) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Name, path and table of every well-formed `[kind.NAME]`."""
    tables = tree.get(kind)
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if isinstance(table, dict):
            yield name, step(kind, name), table


def listed(tree: Mapping[str, object], kind: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Path and table of every well-formed `[[kind]]`, counted from 1."""
    entries = tree.get(kind)
    for number, table in enumerate(entries if isinstance(entries, list) else (), 1):
        if isinstance(table, dict):
            yield f"{kind}[{number}]", table


def check_keys(tree: Mapping[str, object], mistakes: Mistakes) -> frozenset[str]:
    """Note every table and key that the form does not have, or has in another shape.

    Returns the paths of keys that an unknown key was probably meant to be: they are not missing as well.
    """
    meant: set[str] = set()
    for kind, value in tree.items():
        if kind in NAMED:
            meant |= _check_named(kind, value, mistakes)
        elif kind in SINGLE:
            if isinstance(value, dict):
                meant |= _check_table(kind, kind, value, mistakes)
            else:
                mistakes.add(kind, _shape(value, f"one table [{kind}]"))
        elif kind in LISTED:
            meant |= _check_listed(kind, value, mistakes)
        elif not mistakes.full:
            guess = nearest(kind, TABLES)
            mistakes.add(
                step("", kind),
                Mistake(
                    found="unknown table" if isinstance(value, dict | list) else "unknown key",
                    expected=f"one of {', '.join(TABLES)}",
                    do=f"did you mean [{guess}]?" if guess else "take it out",
                ),
            )
            if guess:
                meant.add(guess)
        else:
            mistakes.skip()
    return frozenset(meant)


def _check_named(kind: str, value: object, mistakes: Mistakes) -> set[str]:
    if not isinstance(value, dict):
        mistakes.add(kind, _shape(value, f"tables [{kind}.NAME]"))
        return set()
    meant: set[str] = set()
    for name, table in value.items():
        path = step(kind, name)
        if not isinstance(table, dict):
            mistakes.add(path, _shape(table, f"a table [{kind}.NAME]", secret=True))
            continue
        if not re.fullmatch(NAME, name):
            expected = "a name of letters, digits, - _ and ., at most 63, the first a letter or digit"
            mistakes.add(path, Mistake(found="a name of another form", expected=expected, do="rename it"))
        elif name.casefold() in RESERVED:
            mistakes.add(
                path,
                Mistake(
                    found="a name that nlbwiz itself uses",
                    expected=f"another than {', '.join(RESERVED)}",
                    do="rename it",
                ),
            )
        meant |= _check_table(kind, path, table, mistakes)
    return meant


def _check_listed(kind: str, value: object, mistakes: Mistakes) -> set[str]:
    if not isinstance(value, list):
        mistakes.add(kind, _shape(value, f"entries [[{kind}]], with two brackets"))
        return set()
    meant: set[str] = set()
    for number, entry in enumerate(value, 1):
        path = f"{kind}[{number}]"
        if isinstance(entry, dict):
            meant |= _check_table(kind, path, entry, mistakes)
        else:
            mistakes.add(path, _shape(entry, f"an entry [[{kind}]]"))
    return meant


def _check_table(kind: str, path: str, table: Mapping[str, object], mistakes: Mistakes) -> set[str]:
    known = TABLES[kind]
    meant: set[str] = set()
    for key, value in table.items():
        if key in known:
            continue
        if mistakes.full:
            mistakes.skip()
            continue
        if isinstance(value, dict) and kind in NAMED:
            # [node.web1.example.net]: TOML reads the dots as tables within tables.
            do = f'a name with dots is written in quotes: [{kind}."a.b"]'
            mistakes.add(step(path, key), Mistake(found="unknown table", expected=_keys(known), do=do))
            meant |= {step(path, other) for other, form in known.items() if form.must}
            continue
        guess, do = _guess(key, known)
        mistakes.add(step(path, key), Mistake(found="unknown key", expected=_keys(known), do=do))
        if guess and guess not in table:
            meant.add(step(path, guess))
    return meant


def _guess(key: str, known: Mapping[str, Key]) -> tuple[str | None, str]:
    """What an unknown key was meant to be, and the advice. A password typed into the file gets its own."""
    for place in ("credential", "snmp"):
        if place in known and _SECRET.fullmatch(key[:32].casefold().replace("_", "").replace("-", "")):
            return place, f'keep secrets out of this file and say where they are: {place} = "env:NAME"'
    guess = nearest(key, known)
    return guess, f"did you mean {quoted(guess)}?" if guess else "take it out"


def _keys(known: Mapping[str, Key]) -> str:
    return f"one of {', '.join(known)}"


def _shape(value: object, expected: str, *, secret: bool = False) -> Mistake:
    """A value where a table belongs. Under a kind's own name it may be a misplaced password, so it is not shown."""
    found = "a value that is no table (not shown: it may be a secret)" if secret else f"found {shown(value)}"
    return Mistake(found=found, expected=expected, do="write it as a table of its own")
