"""Phrases become exact lines in each platform's notation, and a hostile name becomes none of the operator's commands."""

import base64

import pytest

from nlbwiz.check import do
from nlbwiz.commands import Platform, pieces, render
from tests.engine import Engine

BOOK = {
    "windows": Platform(
        name="windows",
        mac_form="dashed",
        phrases={
            "bare": ("Set-VMNetworkAdapter -VMName {vm} -MacAddressSpoofing On",),
            "single": ("Set-VMNetworkAdapter -VMName '{vm}' -MacAddressSpoofing On",),
            "double": ('Set-VMNetworkAdapter -VMName "{vm}" -MacAddressSpoofing On',),
            "both": ("Write-Output \"it's '{vm}'\" 'a \"{vm}\"' {vm}",),
            "braces": ("Get-NetAdapter | Where-Object {{ $_.Name -eq {vm} }}",),
            "neighbour": ("Get-NetNeighbor -IPAddress {ip} -LinkLayerAddress {mac}",),
        },
    ),
    "cisco-ios": Platform(
        name="cisco-ios",
        mac_form="dotted",
        phrases={
            "remove static arp": ("configure terminal", "no arp {ip} {mac} ARPA", "end"),
            "port": ("show interfaces {port}",),
        },
        impossible={"show filtering": "IOS has no such command"},
        unconfirmed=frozenset({"port"}),
    ),
}


def lines(phrase: str, platform: str, **values: object) -> tuple[str, ...]:
    return render(do("a step", phrase, "x", **values), platform, BOOK).lines


# ---- the lines ----


def test_a_mac_is_written_as_the_platform_reads_it() -> None:
    at = {"ip": "172.31.1.232", "mac": "03-BF-BC-1F-01-64"}
    assert lines("remove static arp", "cisco-ios", **at) == (
        "configure terminal",
        "no arp 172.31.1.232 03bf.bc1f.0164 ARPA",
        "end",
    )
    assert lines("neighbour", "windows", **at) == (
        "Get-NetNeighbor -IPAddress 172.31.1.232 -LinkLayerAddress 03-BF-BC-1F-01-64",
    )


def test_a_value_that_is_called_mac_and_is_none_stays_as_it_is() -> None:
    assert lines("neighbour", "windows", ip="1.2.3.4", mac="unknown")[0].endswith("-LinkLayerAddress unknown")


def test_a_step_in_words_has_no_lines() -> None:
    step = render(do("Call the owner of the address"), "windows", BOOK)
    assert (step.text, step.lines, step.note) == ("Call the owner of the address", (), "")


@pytest.mark.parametrize(
    ("phrase", "platform", "note"),
    [
        ("bare", "cisco-ios", "`bare` is not written yet for cisco-ios"),
        ("bare", "juniper-junos", "`bare` is not written yet for juniper-junos"),
        ("show filtering", "cisco-ios", "IOS has no such command"),
        ("bare", "unknown", "the platform of x is not known: name it in the site file (platform = ...)"),
    ],
)
def test_what_is_not_written_is_said_and_never_guessed(phrase: str, platform: str, note: str) -> None:
    step = render(do("a step", phrase, "x", vm="NLB1"), platform, BOOK)
    assert (step.lines, step.note, step.platform) == ((), note, platform)


def test_an_unconfirmed_line_says_so() -> None:
    step = render(do("a step", "port", "x", port="Gi1/0/1"), "cisco-ios", BOOK)
    assert step.lines == ("show interfaces Gi1/0/1",)
    assert step.note.startswith("UNCONFIRMED")


# ---- names that devices give ----


@pytest.mark.parametrize(
    ("phrase", "vm", "want"),
    [
        ("bare",   "NLB1",            "-VMName NLB1 "),
        ("bare",   "nlb-1.example",   "-VMName nlb-1.example "),
        ("bare",   "NLB 1",           "-VMName 'NLB 1' "),
        ("bare",   "-Passthru",       "-VMName '-Passthru' "),
        ("bare",   "x; Stop-VM x",    "-VMName 'x; Stop-VM x' "),
        ("bare",   "it's",            "-VMName 'it''s' "),
        ("bare",   "$(calc)",         "-VMName '$(calc)' "),
        ("bare",   "{8B1E}",          "-VMName '{8B1E}' "),
        ("single", "NLB1",            "-VMName 'NLB1' "),
        ("single", "it's",            "-VMName 'it''s' "),
        ("single", "it\u2019s",       "-VMName 'it\u2019\u2019s' "),
        ("single", "'; Stop-VM x #",  "-VMName '''; Stop-VM x #' "),
        ("double", "NLB 1",           '-VMName "NLB 1" '),
        ("double", "it's",            '-VMName "it\'s" '),
        ("double", 'a"; Stop-VM x #', '-VMName "a`"; Stop-VM x #" '),
        ("double", "$(calc) $n",      '-VMName "`$(calc) `$n" '),
        ("double", "\u201d; calc",    '-VMName "`\u201d; calc" '),
    ],
)  # fmt: skip
def test_on_windows_a_name_is_one_literal_whatever_it_holds(phrase: str, vm: str, want: str) -> None:
    (line,) = lines(phrase, "windows", vm=vm)
    assert want in line


@pytest.mark.parametrize("phrase", ["bare", "single", "double"])
@pytest.mark.parametrize("vm", ["*", "*1", "NLB?", "NLB[1]", "NLB[", "NLB]", "NLB`1", "x; Stop-VM *"])
def test_on_windows_a_name_that_selects_others_too_gives_no_line(phrase: str, vm: str) -> None:
    step = render(do("a step", phrase, "x", vm=vm), "windows", BOOK)
    assert step.lines == ()
    assert step.note == f"no line for `{phrase}`: the name holds wildcard characters: select it by hand"


def test_quotes_within_quotes_are_counted() -> None:
    (line,) = lines("both", "windows", vm="a'b$c")
    assert line == "Write-Output \"it's 'a'b`$c'\" 'a \"a''b$c\"' 'a''b$c'"


def test_braces_that_are_written_twice_are_braces() -> None:
    assert lines("braces", "windows", vm="NLB 1") == ("Get-NetAdapter | Where-Object { $_.Name -eq 'NLB 1' }",)


HOSTILE = [
    "x'; Write-Output injected; '", 'x"; Write-Output injected; "', "$(Write-Output injected)", "$$(Write-Output injected)",
    "\u2018; Write-Output injected; \u2018", "\u201d; Write-Output injected #", "a", "'", '"', "''", "@{a=1}", "-join",
    "\u201a\u201b\u201c\u201e", "%{injected}", "#", "a,b", "1e3", "0x10", "$null", "--%", "<#", "(1)",
]  # fmt: skip


def test_powershell_itself_reads_every_name_back_as_it_was(engine: Engine) -> None:
    """The phrases' quotes, in the real engine: each name comes back whole, and nothing in it runs."""
    forms = ("{vm}", "'{vm}'", '"{vm}"')
    book = {"windows": Platform(name="windows", mac_form="dashed", phrases={form: (f"Show {form}",) for form in forms})}
    script = ["function Show([string]$Text) { [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text)) }"]
    for form in forms:
        for name in HOSTILE:
            script += render(do("a step", form, "x", vm=name), "windows", book).lines
    done = engine.run(["-Command", "-"], stdin="\n".join(script) + "\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert [base64.b64decode(line).decode() for line in done.stdout.split()] == HOSTILE * len(forms)


@pytest.mark.parametrize(
    ("port", "fits"),
    [
        ("g1", True), ("Gi1/0/1", True), ("TenGigabitEthernet 0/1", True), ("ae0.0", True), ("Po20", True),
        ("g1 | reload", False), ("g1; reload", False), ("g1\nreload", False), ("?", False), ("!", False), (" g1", False),
        ("g1\x08\x08", False), ("\u202eg1", False), ("gé1", False), ("", False), ("$(reload)", False),
    ],
)  # fmt: skip
def test_on_a_switch_only_plain_words_become_part_of_a_line(port: str, fits: bool) -> None:
    step = render(do("a step", "port", "sw1", port=port), "cisco-ios", BOOK)
    assert step.lines == ((f"show interfaces {port}",) if fits else ())
    if not fits:
        assert step.note.startswith("no line for `port`: the value of port ")
        assert step.note.isprintable()


def test_a_value_that_the_step_does_not_give_costs_the_line_and_not_the_report() -> None:
    step = render(do("a step", "remove static arp", "gw1", ip="172.31.1.232"), "cisco-ios", BOOK)
    assert (step.lines, step.note) == (
        (),
        "no line for `remove static arp`: the value of mac is not known; do it by hand",
    )


@pytest.mark.parametrize("line", ["{0}", "{}", "{a.b}", "{a[0]}", "{a!r}", "{a:>5}", "{a", "a}", "{ a }"])
def test_anything_else_between_braces_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(pieces(line))
