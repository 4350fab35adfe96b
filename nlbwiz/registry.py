"""Finds, loads and validates what is known: the checks, their tables, the tree and the phrase book.

A check is a file: it is loaded by path, under a name of its own, the same from a checkout and from an installed
package. A file that breaks its form stops the start with a sentence that names the file and the field.
"""

import importlib.util
import inspect
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, get_args

import msgspec

from nlbwiz.addr import MacForm
from nlbwiz.check import About, Do, Kind, Need, Severity
from nlbwiz.commands import FORMS, PhraseBook, Platform, pieces
from nlbwiz.errors import CheckFileError, NoChecksError
from nlbwiz.judge import Check
from nlbwiz.known import Facts
from nlbwiz.walk import Advice, Branch, Question, Symptom, Tree

DEFAULT_SYMPTOM = "routine"
"""The order of a run that nobody gave a symptom for."""
_TEXTS = ("id", "title", "question")
_LISTS = ("needs", "also", "sources")
_FILLED = (*_TEXTS, "needs", "sources")

F = TypeVar("F")


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
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise CheckFileError(f"{path.name}: does not load: {type(error).__name__}: {error}") from error
    return _validated(path, module)


def _validated(path: Path, module: ModuleType) -> Check:
    about = getattr(module, "ABOUT", None)
    if not isinstance(about, About):
        raise CheckFileError(f"{path.name}: ABOUT is {type(about).__name__}; an About(...) is expected")
    for field in (*_TEXTS, "table"):
        if not isinstance(getattr(about, field), str):
            raise CheckFileError(f"{path.name}: ABOUT.{field} is {getattr(about, field)!r:.60}; a text is expected")
    for field in _LISTS:
        if not _is_texts(getattr(about, field), tuple):
            raise CheckFileError(
                f"{path.name}: ABOUT.{field} is {getattr(about, field)!r:.60}; a tuple of texts is expected"
            )
    for field in _FILLED:
        if not getattr(about, field):
            raise CheckFileError(f"{path.name}: ABOUT.{field} is empty")
    views: object = about.views
    if not isinstance(views, int) or views < 1:
        raise CheckFileError(f"{path.name}: ABOUT.views is {views!r:.60}; a number from 1 is expected")
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
    if applies is not None and not callable(applies):
        raise CheckFileError(f"{path.name}: applies is {type(applies).__name__}; a function applies(facts) is expected")
    examples = getattr(module, "EXAMPLES", ())
    if not (isinstance(examples, tuple) and examples):
        raise CheckFileError(f"{path.name}: has no EXAMPLES; a tuple of rows that pass, fail and trap is expected")
    for row in examples:
        if not (isinstance(row, tuple) and len(row) == 3 and isinstance(row[1], Facts) and row[2] in get_args(Kind)):
            raise CheckFileError(f"{path.name}: a row of EXAMPLES is not (text, Facts, outcome): {row!r:.80}")
    return Check(about=about, slug=path.stem, page=page, evaluate=evaluate, applies=applies, examples=examples)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CheckFileError(f"{path.name}: {error}") from error


def _is_texts(value: object, kind: type[tuple[Any, ...]] | type[list[Any]]) -> bool:
    return isinstance(value, kind) and all(isinstance(one, str) for one in value)


# ---- the tree: the forms of its file ----


class _Form(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A table of `_tree.toml`: a key that is not here is a mistake."""


class _Row(_Form):
    cause: str
    because: str


class _Step(_Form):
    text: str
    phrase: str = ""
    values: dict[str, str] = {}


class _LastResort(_Form):
    id: str
    title: str
    hides: str
    after: list[str]
    steps: list[_Step]
    undo: list[_Step]


class _Symptom(_Form):
    title: str
    order: list[_Row]
    last_resort: _LastResort | None = None


class _Question(_Form):
    text: str
    answers: list[str]


class _TreeFile(_Form):
    symptom: dict[str, Any]
    question: dict[str, Any] = {}


def _form(form: type[F], data: object, where: str) -> F:
    try:
        return msgspec.convert(data, form)
    except msgspec.ValidationError as error:
        raise CheckFileError(f"{where}: {error}") from error


@cache
def tree(folder: Path | None = None) -> Tree:
    """The tree of `_tree.toml`. Every symptom must name every check once, so that no cause is ever left out."""
    known = {check.about.id for check in checks(folder)}
    file = _form(_TreeFile, _toml((folder or shipped_folder()) / "_tree.toml"), "_tree.toml")
    if DEFAULT_SYMPTOM not in file.symptom:
        raise CheckFileError(f"_tree.toml: has no symptom {DEFAULT_SYMPTOM}, the order of a run without a symptom")
    symptoms = {name: _symptom(name, one, known) for name, one in file.symptom.items()}
    questions = {name: _question(name, one) for name, one in file.question.items()}
    return Tree(symptoms=symptoms, questions=questions)


def _symptom(name: str, data: object, known: set[str]) -> Symptom:
    where = f"_tree.toml: symptom {name}"
    one = _form(_Symptom, data, where)
    listed = [row.cause for row in one.order]
    if sorted(listed) != sorted(known):
        odd = sorted(set(listed) ^ known) or sorted({cause for cause in listed if listed.count(cause) > 1})
        raise CheckFileError(f"{where}: order must name every check once; look at {', '.join(odd)}")
    last = one.last_resort
    if last and (
        strange := [cause for cause in last.after if cause not in known] or ([] if last.after else ["nothing"])
    ):
        raise CheckFileError(f"{where}: last_resort.after names {strange[0]}; causes of this folder are expected")
    return Symptom(
        id=name,
        title=one.title,
        order=tuple(Branch(cause=row.cause, because=row.because) for row in one.order),
        last_resort=_advice(last) if last else None,
        last_resort_after=tuple(last.after) if last else (),
    )


def _question(name: str, data: object) -> Question:
    one = _form(_Question, data, f"_tree.toml: question {name}")
    if not one.answers:
        raise CheckFileError(f"_tree.toml: question {name}: has no answers")
    return Question(id=name, text=one.text, answers=tuple(one.answers))


def _advice(data: _LastResort) -> Advice:
    def steps(rows: list[_Step]) -> tuple[Do, ...]:
        return tuple(Do(text=row.text, phrase=row.phrase, values=tuple(row.values.items())) for row in rows)

    return Advice(id=data.id, title=data.title, hides=data.hides, steps=steps(data.steps), undo=steps(data.undo))


# ---- the phrase book ----


@cache
def phrase_book(folder: Path | None = None) -> PhraseBook:
    """The platforms of `_commands.toml`, by slug."""
    data = _toml((folder or shipped_folder()) / "_commands.toml")
    return {name: _platform(name, one) for name, one in data.items()}


def _platform(name: str, data: object) -> Platform:
    where = f"_commands.toml: {name}"
    if not isinstance(data, dict):
        raise CheckFileError(f"{where}: is {type(data).__name__}; a table [{name}] of phrases is expected")
    rest = dict(data)
    form: MacForm = rest.pop("mac_form", None)
    if form not in FORMS:
        raise CheckFileError(f"{where}: mac_form is {form!r}; one of {', '.join(FORMS)} is expected")
    impossible = rest.pop("impossible", {})
    if not (isinstance(impossible, dict) and _is_texts(list(impossible.values()), list)):
        raise CheckFileError(f"{where}: impossible must be a table of phrases, each with the reason in words")
    unconfirmed = rest.pop("unconfirmed", [])
    if not _is_texts(unconfirmed, list):
        raise CheckFileError(f"{where}: unconfirmed must be a list of phrases")
    for phrase, lines in rest.items():
        if not (_is_texts(lines, list) and lines):
            raise CheckFileError(f"{where}: {phrase!r} must be a list of lines")
        for line in lines:
            try:
                tuple(pieces(line))
            except ValueError as error:
                raise CheckFileError(f"{where}: {phrase!r}: {line!r:.100}: {error}") from error
    if strange := set(unconfirmed) - rest.keys():
        raise CheckFileError(f"{where}: unconfirmed names {min(strange)!r}, which has no lines")
    if twice := impossible.keys() & rest.keys():
        raise CheckFileError(f"{where}: {min(twice)!r} has lines and is impossible")
    phrases = {phrase: tuple(lines) for phrase, lines in rest.items()}
    return Platform(
        name=name, mac_form=form, phrases=phrases, impossible=impossible, unconfirmed=frozenset(unconfirmed)
    )
