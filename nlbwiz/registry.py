"""Finds, loads and validates what is known: the checks, their tables, the tree and the phrase book.

A check is a file: it is loaded by path, under a name of its own, the same from a checkout and from an installed
package. A file that breaks its form stops the start with a sentence that names the file and the field.
"""

import importlib.util
import inspect
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from nlbwiz.addr import MacForm
from nlbwiz.check import About, Do, Kind, Need, Severity, do
from nlbwiz.commands import FORMS, PhraseBook, Platform
from nlbwiz.errors import CheckFileError, NoChecksError
from nlbwiz.facts import Facts
from nlbwiz.judge import Check
from nlbwiz.walk import Advice, Branch, Question, Symptom, Tree

_FIELDS = ("id", "title", "question", "needs", "sources")


def shipped_folder() -> Path:
    """Return nlbwiz/checks of an installed package, or checks/ beside the package in a checkout."""
    package = Path(__file__).resolve().parent
    if (package / "checks").is_dir():
        return package / "checks"
    if (package.parent / "pyproject.toml").is_file():  # else site-packages/checks could be a stranger's
        return package.parent / "checks"
    raise NoChecksError(f"this nlbwiz was installed without its checks ({package}); install it again")


@cache
def checks(folder: Path | None = None) -> tuple[Check, ...]:
    """Every check of a folder (the shipped one by default), by id. Raises CheckFileError for the first broken file."""
    where = folder or shipped_folder()
    found = tuple(sorted((_load(path) for path in _files(where)), key=lambda check: check.about.id))
    if not found:
        raise NoChecksError(f"{where} holds no checks: looking at nothing would look healthy")
    ids = [check.about.id for check in found]
    for one in found:
        if ids.count(one.about.id) > 1:
            raise CheckFileError(f"{where}: the id {one.about.id} stands in more than one file; ids are never reused")
    return found


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from (path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_"))
    except OSError as error:
        raise NoChecksError(f"{folder} cannot be read: {error.strerror}") from error


def _load(path: Path) -> Check:
    name = f"nlbwiz.checks.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there while it runs
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise CheckFileError(f"{path.name}: does not load: {type(error).__name__}: {error}") from error
    return _validated(path, module)


def _validated(path: Path, module: ModuleType) -> Check:
    about = getattr(module, "ABOUT", None)
    if not isinstance(about, About):
        raise CheckFileError(f"{path.name}: ABOUT is {type(about).__name__}; an About(...) is expected")
    for field in _FIELDS:
        if not getattr(about, field):
            raise CheckFileError(f"{path.name}: ABOUT.{field} is empty")
    if not (about.id.startswith("NLB") and about.id[3:].isdigit() and len(about.id) == 6):
        raise CheckFileError(f"{path.name}: ABOUT.id is {about.id!r}; NLB and three digits are expected")
    if about.severity not in get_args(Severity):
        raise CheckFileError(
            f"{path.name}: ABOUT.severity is {about.severity!r}; one of {get_args(Severity)} is expected"
        )
    for need in (*about.needs, *about.also):
        if need not in get_args(Need):
            raise CheckFileError(f"{path.name}: ABOUT names the need {need!r}, which no probe gives")
    page = inspect.cleandoc(module.__doc__ or "")
    if not page:
        raise CheckFileError(f"{path.name}: has no docstring; it is the page that `nlbwiz explain {about.id}` prints")
    evaluate: Any = getattr(module, "evaluate", None)
    if not callable(evaluate):
        raise CheckFileError(f"{path.name}: has no evaluate(facts)")
    if about.table:
        evaluate = partial(evaluate, table=_toml(path.parent / about.table))
    applies: Callable[[Facts], str | None] | None = getattr(module, "applies", None)
    examples = tuple(getattr(module, "EXAMPLES", ()))
    if not examples:
        raise CheckFileError(f"{path.name}: has no EXAMPLES; rows that pass, fail and trap are expected")
    for row in examples:
        if not (isinstance(row, tuple) and len(row) == 3 and isinstance(row[1], Facts) and row[2] in get_args(Kind)):
            raise CheckFileError(f"{path.name}: a row of EXAMPLES is not (text, Facts, outcome): {row!r:.80}")
    return Check(about=about, slug=path.stem, page=page, evaluate=evaluate, applies=applies, examples=examples)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CheckFileError(f"{path.name}: {error}") from error


@cache
def tree(folder: Path | None = None) -> Tree:
    """The tree of `_tree.toml`. Every symptom must name every check once, so that no cause is ever left out."""
    where = folder or shipped_folder()
    data = _toml(where / "_tree.toml")
    known = {check.about.id for check in checks(folder)}
    symptoms: dict[str, Symptom] = {}
    for name, one in data.get("symptom", {}).items():
        order = tuple(Branch(cause=row["cause"], because=row["because"]) for row in one["order"])
        listed = [branch.cause for branch in order]
        if sorted(listed) != sorted(known):
            odd = sorted(set(listed) ^ known) or sorted({c for c in listed if listed.count(c) > 1})
            raise CheckFileError(
                f"_tree.toml: symptom {name}: order must name every check once; look at {', '.join(odd)}"
            )
        last = one.get("last_resort")
        symptoms[name] = Symptom(
            id=name,
            title=one["title"],
            order=order,
            last_resort=_advice(last) if last else None,
            last_resort_after=tuple(last["after"]) if last else (),
        )
    questions = {
        name: Question(id=name, text=one["text"], answers=tuple(one["answers"]))
        for name, one in data.get("question", {}).items()
    }
    return Tree(symptoms=symptoms, questions=questions)


def _advice(data: Mapping[str, Any]) -> Advice:
    def steps(rows: list[dict[str, Any]]) -> tuple[Do, ...]:
        return tuple(do(row["text"], row.get("phrase", ""), **row.get("values", {})) for row in rows)

    return Advice(
        id=data["id"], title=data["title"], hides=data["hides"], steps=steps(data["steps"]), undo=steps(data["undo"])
    )


@cache
def phrase_book(folder: Path | None = None) -> PhraseBook:
    """The platforms of `_commands.toml`, by slug."""
    book: dict[str, Platform] = {}
    for name, one in _toml((folder or shipped_folder()) / "_commands.toml").items():
        rest = dict(one)
        form: MacForm = rest.pop("mac_form", None)
        if form not in FORMS:
            raise CheckFileError(f"_commands.toml: {name}: mac_form is {form!r}; one of {', '.join(FORMS)} is expected")
        impossible = rest.pop("impossible", {})
        unconfirmed = frozenset(rest.pop("unconfirmed", ()))
        for phrase, lines in rest.items():
            if not (isinstance(lines, list) and lines and all(isinstance(line, str) for line in lines)):
                raise CheckFileError(f"_commands.toml: {name}: {phrase!r} must be a list of lines")
        phrases = {phrase: tuple(lines) for phrase, lines in rest.items()}
        book[name] = Platform(name=name, mac_form=form, phrases=phrases, impossible=impossible, unconfirmed=unconfirmed)
    return book
