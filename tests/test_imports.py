"""What a command may load: looked at in a process of its own, after the command ran."""

import subprocess
import sys

import pytest

SLOW = {
    "textual",
    "rich",
    "winrm",
    "requests",
    "pysnmp",
    "pyasn1",
    "jinja2",
    "msgspec",
    "netaddr",
    "cryptography",
    "keyring",
}


def loaded(*arguments: str) -> set[str]:
    """The top-level modules in sys.modules when the command has ended."""
    code = (
        "import sys\nfrom nlbwiz.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    line = next(line for line in reversed(done.stderr.splitlines()) if line.startswith("LOADED"))
    return set(line.split()[1:])


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (("--help",), set()),
        (("--version",), set()),
        (("check", "--help"), set()),
        (("nonsense",), set()),
        (("mac", "172.31.3.232"), {"netaddr"}),
        (("explain",), {"msgspec", "netaddr"}),
        (("probes",), {"msgspec", "netaddr"}),
        (("check", "--bundle", "no-such-file"), {"msgspec", "netaddr"}),
    ],
)
def test_a_command_loads_only_what_it_needs(arguments: tuple[str, ...], allowed: set[str]) -> None:
    assert loaded(*arguments) & SLOW <= allowed
