"""CLIXML, which PowerShell writes to a redirected stderr: its streams as plain text, whatever arrived of it.

One answer may hold several documents one after the other, text that is none, or a document cut in the middle:

    #< CLIXML
    <Objs Version="1.1.0.1" xmlns="..."><S S="Error">Access denied_x000D__x000A_</S><Obj S="progress" ...>...</Obj></Objs>

Only the strings (and the text of objects) directly below `Objs` are what a person was to read; progress records are
noise that comes even when nothing went wrong. Characters that XML cannot hold are written `_xHHHH_`, one per UTF-16
code unit, and an underscore that would read like one as `_x005F_` (MS-PSRP 2.2.5.3.2).
"""

import re
from dataclasses import dataclass
from xml.parsers import expat

from nlbwiz.plain import plain

LARGEST = 1_000_000
"""Characters of input that are looked at; a script of ours writes a few hundred."""
LONGEST = 64_000
"""Characters kept of each stream."""

_MARK = re.compile(r"#< CLIXML[ \t]*\r?\n?")
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")
_START = re.compile(r"<Objs(?=[\s/>])")
_EMPTY = re.compile(r"<Objs[^<>]{0,400}/>")
_END = "</Objs>"
_UNIT = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CUT_UNIT = re.compile(r"_(?:x[0-9A-Fa-f]{0,4})?\Z")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT_STREAMS = ("error", "warning", "verbose", "debug", "information")


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """What was written to each stream, harmless to show: line feeds between lines, control characters as `\\x1b`."""

    error: str = ""
    warning: str = ""
    verbose: str = ""
    debug: str = ""
    information: str = ""
    plain: str = ""
    """What stood outside of any document: cmd.exe and programs write so."""
    progress: int = 0
    """How many progress records there were."""
    whole: bool = True
    """False when a document was cut off, not well-formed, or longer than LARGEST."""


def decode(data: bytes | str) -> Streams:
    """The streams in what came on stderr. Never raises: what cannot be read is left out, and `whole` is False."""
    text = data if isinstance(data, str) else _text(data[: 4 * LARGEST])
    reader = _Reader(whole=len(data) <= LARGEST)
    outside: list[str] = []
    at, end = 0, min(len(text), LARGEST)
    while at < end:
        start = _START.search(text, at, end)
        outside.append(text[at : start.start() if start else end])
        if not start:
            break
        at, ended = _end_of(text, start, end)
        reader.read(text[start.start() : at], ended=ended)
    kept = "".join(_DECLARATION.sub("", _MARK.sub("", part)) for part in outside)
    if "<!DOCTYPE" in kept:  # a document type belongs to no CLIXML; what it declares is not looked at
        kept, reader.whole = kept.partition("<!DOCTYPE")[0], False
    streams = {name: _shown(reader.texts[name]) for name in _TEXT_STREAMS}
    return Streams(**streams, plain=_shown([kept]), progress=reader.progress, whole=reader.whole)


def _end_of(text: str, start: re.Match[str], end: int) -> tuple[int, bool]:
    """Where a document that starts there ends, and whether it was ended: another one may begin where it was cut."""
    if empty := _EMPTY.match(text, start.start(), end):
        return empty.end(), True
    following = _START.search(text, start.end(), end)
    limit = following.start() if following else end
    close = text.find(_END, start.end(), limit)
    return (close + len(_END), True) if close >= 0 else (limit, False)


class _Reader:
    """Collects the streams of one document after the other. An expat parser each, which stops where it breaks."""

    def __init__(self, *, whole: bool) -> None:
        self.texts: dict[str, list[str]] = {name: [] for name in _TEXT_STREAMS}
        self.progress = 0
        self.whole = whole
        self._path: list[str] = []
        self._stream = ""
        self._chunks: list[str] | None = None

    def read(self, document: str, *, ended: bool) -> None:
        """Take one document; `ended`: its last tag is there."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        self._path, self._stream, self._chunks = [], "", None
        try:
            parser.Parse(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", document), ended)
        except expat.ExpatError:
            ended = False
        if not ended:
            self.whole = False
            self._keep(cut=True)  # the beginning of a sentence is better than nothing
        for texts in self.texts.values():
            if texts and not texts[-1].endswith("\n"):
                texts.append("\n")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) == 2:
            self._stream = attributes.get("S", "").lower()
            self.progress += self._stream == "progress"
        if self._stream in self.texts and self._is_text():
            self._chunks = []

    def _characters(self, data: str) -> None:
        if self._chunks is not None:
            self._chunks.append(data)

    def _end(self, _name: str) -> None:
        if self._is_text():
            self._keep(end_of_line=len(self._path) == 3)
        self._path.pop()

    def _is_text(self) -> bool:
        """In <S S="Error">, or in what an object says of itself: <Obj S="information"><ToString>."""
        return len(self._path) < 4 and self._path[1:] in (["S"], ["Obj", "ToString"])

    def _keep(self, *, end_of_line: bool = False, cut: bool = False) -> None:
        if self._chunks:
            text = unescape("".join(self._chunks))
            if cut:  # a part of an escape is no text
                text = _CUT_UNIT.sub("", text)
            self.texts[self._stream].append(text + "\n" * end_of_line)
        self._chunks = None

    def _doctype(self, *_declared: object) -> None:
        raise expat.ExpatError("a document type is not CLIXML")


def unescape(text: str) -> str:
    """`_xHHHH_` as the character it stands for: pairs of surrogates joined, a lone one as U+FFFD."""
    units = _UNIT.sub(lambda unit: chr(int(unit[1], 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _text(data: bytes) -> str:
    """UTF-8, as the shell's code page 65001 makes it; else code page 850, which Western consoles start with."""
    head = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return head[: error.start].decode("utf-8")
        return head.decode("cp850")


def _shown(parts: list[str]) -> str:
    joined = "".join(parts).replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return plain(joined.strip("\n").rstrip(), LONGEST)
