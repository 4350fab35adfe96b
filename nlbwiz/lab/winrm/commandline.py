"""What a Windows command line asks for: PowerShell with a script, or something that this machine does not have."""

import base64
import binascii
import re
from dataclasses import dataclass

CMD_LIMIT = 8191
"""Characters of a command line that cmd.exe takes (KB 830473)."""
PROCESS_LIMIT = 32767
"""Characters of a command line that CreateProcess takes."""

BAD_ARGUMENTS = -196608
"""Exit code 0xFFFD0000 of powershell.exe for arguments that it does not understand."""

# parameter -> (shortest spelling that powershell.exe takes, takes a value); about_PowerShell_exe, PowerShell source
_PARAMETERS: dict[str, tuple[str, bool]] = {
    "encodedcommand": ("e", True),
    "encodedarguments": ("encodeda", True),
    "executionpolicy": ("ex", True),
    "command": ("c", True),
    "file": ("f", True),
    "noprofile": ("nop", False),
    "noninteractive": ("noni", False),
    "nologo": ("nol", False),
    "noexit": ("noe", False),
    "inputformat": ("i", True),
    "outputformat": ("o", True),
    "windowstyle": ("w", True),
    "version": ("v", True),
    "psconsolefile": ("psc", True),
    "configurationname": ("config", True),
    "sta": ("s", False),
    "mta": ("mta", False),
}
_ALIASES = {"ec": "encodedcommand", "ep": "executionpolicy", "if": "inputformat", "of": "outputformat"}
_HEAD = re.compile(r'\s*"?(?:[^"\s]*[\\/])?powershell(?:\.exe)?"?(?=\s|$)', re.IGNORECASE)
_TOKEN = re.compile(r'\s*("([^"]*)"|\S+)')
_READS_STDIN = re.compile(r"\[(?:System\.)?Console\]::(?:In\b|OpenStandardInput|Read)|\$input\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerShell:
    """A PowerShell process: its script text, and whether that text is what comes on stdin (`-Command -`)."""

    script: str
    from_stdin: bool = False

    @property
    def reads_stdin(self) -> bool:
        """Whether the process waits for the end of its stdin before it can go on."""
        return self.from_stdin or _READS_STDIN.search(self.script) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A command that ends at once with this text on stderr."""

    stderr: str
    exit_code: int


def understand(line: str, *, without_cmd: bool = False) -> PowerShell | Failure:
    """What `line` starts, given to cmd.exe or (`without_cmd`, the option WINRS_SKIP_CMD_SHELL) to CreateProcess."""
    if len(line) > (PROCESS_LIMIT if without_cmd else CMD_LIMIT):
        return Failure(stderr="The command line is too long.\r\n", exit_code=1)
    head = _HEAD.match(line)
    if head is None:
        name = line.split()[0].strip('"') if line.split() else ""
        text = f"'{name}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
        return Failure(stderr=text, exit_code=1)
    return _arguments(line[head.end() :])


def has_path(line: str) -> bool:
    """Whether the program in `line` is named with its folder, as CreateProcess needs it here."""
    match = _TOKEN.match(line)
    return match is not None and re.search(r"[\\/]", match.group(2) or match.group(1)) is not None


def _arguments(rest: str) -> PowerShell | Failure:
    """PowerShell's own reading of its arguments: parameters by prefix, the first other word begins the command."""
    at = 0
    while token := _TOKEN.match(rest, at):
        word = token.group(2) if token.group(2) is not None else token.group(1)
        name = _parameter(word)
        if name is None:
            return _command(rest[at:])
        at = token.end()
        if name == "command":
            return _command(rest[at:])
        if not _PARAMETERS[name][1]:
            continue
        value_token = _TOKEN.match(rest, at)
        if value_token is None:
            return _failure(f"The {name} parameter requires an argument.")
        value = value_token.group(2) if value_token.group(2) is not None else value_token.group(1)
        at = value_token.end()
        if name == "encodedcommand":
            return _encoded(value)
        if name == "file":
            return _failure(
                f"The argument '{value}' to the -File parameter does not exist. "
                "Provide the path to an existing '.ps1' file as an argument to the -File parameter."
            )
    return PowerShell(script="", from_stdin=True)


def _parameter(word: str) -> str | None:
    if len(word) < 2 or word[0] not in "-/":
        return None
    name = word[1:].lower()
    if name in _ALIASES:
        return _ALIASES[name]
    for full, (shortest, _) in _PARAMETERS.items():
        if full.startswith(name) and name.startswith(shortest):
            return full
    return None


def _command(text: str) -> PowerShell:
    text = text.strip()
    if text == "-":
        return PowerShell(script="", from_stdin=True)
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('\\"', '"')
    return PowerShell(script=text)


def _encoded(value: str) -> PowerShell | Failure:
    try:
        return PowerShell(script=base64.b64decode(value, validate=True).decode("utf-16-le"))
    except (binascii.Error, UnicodeDecodeError):
        return _failure(
            "Cannot process the command because the value specified with -EncodedCommand is not properly encoded. "
            "The value must be Base64 encoded."
        )


def _failure(text: str) -> Failure:
    return Failure(stderr=text + "\r\n", exit_code=BAD_ARGUMENTS)
