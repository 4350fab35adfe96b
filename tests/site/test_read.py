"""A site file on disk: what is not there, not text or not readable is said in one sentence."""

from pathlib import Path

import pytest

from nlbwiz.errors import ExitCode, InputMissingError, SiteError
from nlbwiz.site.load import LARGEST, load, read
from tests.site.sitefiles import WHOLE


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    return tmp_path / "site.toml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_relative_paths_start_at_the_folder_of_the_file(
    site_file: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site_file.write_bytes(WHOLE.encode(encoding))
    monkeypatch.chdir(site_file.parent)
    expected = load(WHOLE, source="site.toml", folder=site_file.parent)
    assert read(site_file) == read(Path("site.toml")) == expected
    assert expected.jump.neighbours == str(site_file.parent / "neigh.json")


@pytest.mark.parametrize(
    ("what", "path", "words"),
    [
        ("a file that is not there", "missing.toml", "no such file; `nlbwiz init` writes one"),
        ("a folder", ".", "is a folder"),
        ("a folder that is not there", "missing/site.toml", "no such file"),
        ("a path through a file", "site.toml/site.toml", ": "),
        ("a name too long", "x" * 300, ": "),
        ("a path that cannot be", "a\0b", "cannot be read: "),
        ("a path that steers the terminal", "\x1b[2J", "x1b[2J: no such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_missing_input(site_file: Path, what: str, path: str, words: str) -> None:
    site_file.write_text(WHOLE)
    with pytest.raises(InputMissingError) as caught:
        read(site_file.parent / path)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert caught.value.exit_code == ExitCode.NO_INPUT


@pytest.mark.parametrize(
    ("what", "content", "words"),
    [
        ("Latin-1", WHOLE.replace("legacy", "Altger\u00e4t").encode("latin-1"), "line 31: not UTF-8"),
        ("half of UTF-16", WHOLE.encode("utf-16")[:-1], "not UTF-8"),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0", "line 1: not UTF-8"),
        ("zeros", bytes(100), "not TOML"),
        ("an empty file", b"", "cluster: missing"),
        ("too much", b"#" * (LARGEST + 1), "larger than 1000000 octets"),
    ],
)
def test_a_file_that_is_no_site_file_is_one_mistake(site_file: Path, what: str, content: bytes, words: str) -> None:
    site_file.write_bytes(content)
    with pytest.raises(SiteError) as caught:
        read(site_file)
    (told,) = caught.value.mistakes
    assert words in told
    assert str(caught.value).startswith(f"{site_file}: 1 mistake\n")
    assert caught.value.exit_code == ExitCode.CONFIG
