"""CLIXML: every form that PowerShell writes, in one piece, in several, and cut off anywhere."""

import time

import pytest

from nlbwiz.collect.winrm.clixml import LONGEST, decode, unescape

HEAD = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
PROGRESS = (
    '<Obj S="progress" RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T></TN><MS>'
    '<I64 N="SourceId">1</I64><PR N="Record"><AV>Loading</AV><AI>0</AI><Nil /><PC>-1</PC><T>Completed</T></PR></MS></Obj>'
)


def document(body: str, mark: str = "#< CLIXML\r\n") -> str:
    return f"{mark}{HEAD}{body}</Objs>"


def error(text: str) -> str:
    return f'<S S="Error">{text}</S>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (error("Access is denied._x000D__x000A_"), "Access is denied."),
        (
            error("Get-Thing : no_x000D__x000A_") + error("At line:1 char:1_x000D__x000A_"),
            "Get-Thing : no\nAt line:1 char:1",
        ),
        (error("cut at col_x000D__x000A_") + error("umn eighty"), "cut at col\numn eighty"),
        (PROGRESS + error("after the noise"), "after the noise"),
        (error(""), ""),
        (error("   indented_x000A_") + error("_x0009_tab"), "   indented\n    tab"),
        ('<S S="error">lower case</S>', "lower case"),
        (
            '<Obj S="Error" RefId="1"><ToString>an object</ToString><Props><S N="x">not this</S></Props></Obj>',
            "an object",
        ),
    ],
)
def test_the_error_stream_is_what_a_person_was_to_read(text: str, expected: str) -> None:
    found = decode(document(text))
    assert (found.error, found.whole) == (expected, True)


def test_the_streams_are_kept_apart() -> None:
    body = "".join(
        f'<S S="{name}">{name} text_x000D__x000A_</S>' for name in ("warning", "verbose", "debug", "information")
    )
    found = decode(document(body + error("the error") + PROGRESS + PROGRESS))
    assert (found.warning, found.verbose, found.debug) == ("warning text", "verbose text", "debug text")
    assert (found.information, found.error, found.progress) == ("information text", "the error", 2)


def test_progress_alone_is_no_error() -> None:
    found = decode(document(PROGRESS).encode())
    assert (found.error, found.plain, found.progress, found.whole) == ("", "", 1, True)


def test_typed_objects_of_the_output_stream_say_nothing() -> None:
    body = (
        '<Obj S="output" RefId="0"><TN RefId="0"><T>System.Collections.Hashtable</T></TN><MS><S N="name">A</S><I32 N="n">3</I32>'
        '<DT N="when">2026-01-02T03:04:05Z</DT><Obj N="list" RefId="1"><LST><S>in a list</S><Nil /></LST></Obj></MS></Obj>'
    )
    found = decode(document(body))
    assert (found.error, found.warning, found.plain, found.whole) == ("", "", "", True)


@pytest.mark.parametrize(
    ("escaped", "shown"),
    [
        ("Größe „so“ äöüß", "Größe „so“ äöüß"),
        ("_x0041_BC", "ABC"),
        ("_xD83D__xDC27_ penguin", "\N{PENGUIN} penguin"),
        ("_xd83d__xdc27_ small digits", "\N{PENGUIN} small digits"),
        ("lone _xD83D_ high", "lone \N{REPLACEMENT CHARACTER} high"),
        ("lone _xDC27_ low", "lone \N{REPLACEMENT CHARACTER} low"),
        ("_x005F_x000A_ is text", "_x000A_ is text"),
        ("_x005F_x005F_x005F_x000A_", "_x005F_x000A_"),
        ("esc _x001B_]0;title_x0007_", "esc \\x1b]0;title\\x07"),
        ("nul _x0000_ csi _x009B_", "nul \\x00 csi \\x9b"),
        ("bidi _x202E_ zero width _x200B_", "bidi \\u202e zero width \\u200b"),
        ("raw bell \x07 too", "raw bell \N{REPLACEMENT CHARACTER} too"),
        ("&lt;b&gt; &amp;amp; ]]&gt;", "<b> &amp; ]]>"),
        ("_x12_ _xZZZZ_ _x12345_", "_x12_ _xZZZZ_ _x12345_"),
    ],
)
def test_escapes_are_undone_and_what_they_hide_is_harmless(escaped: str, shown: str) -> None:
    assert decode(document(error(escaped))).error == shown
    assert decode(document(error(escaped)).encode()).error == shown


def test_unescape_joins_pairs_that_stand_in_the_text_already() -> None:
    assert unescape("\ud83d_xDC27_") == "\N{PENGUIN}"


def test_several_documents_are_one_text() -> None:
    data = document(error("first_x000D__x000A_")) + "\r\n" + document(PROGRESS) + document(error("last"), mark="")
    found = decode(data)
    assert (found.error, found.plain, found.progress, found.whole) == ("first\nlast", "", 1, True)


def test_text_outside_of_documents_is_kept_apart() -> None:
    found = decode("The command line is too long.\r\n" + document(error("inside")) + "after\r\n")
    assert (found.plain, found.error) == ("The command line is too long.\nafter", "inside")
    assert decode(b"'powershell.exe' is not recognized\r\n").plain == "'powershell.exe' is not recognized"
    assert decode(b"") == decode("")


def test_a_document_cut_anywhere_gives_what_came_and_says_so() -> None:
    whole = document(error("one_x000D__x000A_") + PROGRESS + error("two \N{PENGUIN}")).encode()
    seen = set()
    for length in range(len(whole)):
        found = decode(whole[:length])
        assert "one\ntwo \N{PENGUIN}".startswith(found.error)
        assert not found.whole or length <= len("#< CLIXML\r\n<Objs")
        seen.add(found.error)
    assert {"", "one", "one\ntwo"} <= seen
    assert decode(whole).whole


def test_a_document_that_begins_where_another_was_cut_is_read() -> None:
    found = decode(f"#< CLIXML\r\n{HEAD}{error('gone_x000A_')}<S S=" + document(error("here")))
    assert (found.error, found.whole) == ("gone\nhere", False)


def test_an_empty_document_is_whole() -> None:
    assert decode(f"#< CLIXML\r\n{HEAD.replace('>', ' />')}{document(error('next'))}").error == "next"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (document(error("Zugriff")).encode("utf-8-sig"), "Zugriff"),
        (document(error("Größe")).encode("cp850"), "Größe"),
        (document(error("caf\N{LATIN SMALL LETTER E WITH ACUTE}")).encode("cp437"), "café"),
        (document(error("x"), mark='<?xml version="1.0"?>\r\n').encode(), "x"),
    ],
)
def test_code_pages_marks_and_declarations_do_not_matter(data: bytes, expected: str) -> None:
    found = decode(data)
    assert (found.error, found.plain) == (expected, "")


BOMB = '<!DOCTYPE Objs [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "hostile",
    [
        BOMB + document(error("&b;&b;"), mark=""),
        document(error("&b;")),
        document(BOMB + error("late")),
        document('<S S="Error"><![CDATA[' + "x" * 100),
        document("<S S='Error'>not closed"),
        document("</S></S>"),
    ],
)
def test_what_is_no_clixml_is_left_out(hostile: str) -> None:
    found = decode(hostile)
    assert not found.whole
    assert "ha" not in found.error + found.plain
    assert "ENTITY" not in found.error + found.plain


@pytest.mark.parametrize(
    "large",
    [
        document("<a>" * 300_000),
        document(error("_x001B_") * 30_000),
        "<?xml " * 200_000,
        "<Objs/>" * 150_000,
        b"\xff" * 9_000_000,
        document(error("z" * 2_000_000)),
    ],
    ids=["nested", "escapes", "declarations", "empty documents", "no text", "one string"],
)
def test_size_is_bounded(large: str | bytes) -> None:
    began = time.process_time()
    found = decode(large)
    assert time.process_time() - began < 5
    assert max(len(text) for text in (found.error, found.plain)) < 4 * LONGEST + 100
