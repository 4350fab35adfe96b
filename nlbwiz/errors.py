"""The exceptions of nlbwiz, by whose fault it is, each with its exit code.

NlbwizError                  70  our own bug, when nothing nearer fits
├── UsageError               64  the command line
├── DataError                65  a bundle or an answer that cannot be understood
├── InputMissingError        66  a named file or scenario that is not there
├── UnavailableError         69  something needed does not run or is not installed
├── NoChecksError            70  this installation has no checks/
├── CheckFileError           70  a file of checks/ that breaks its form
├── OutputError              73  a file that cannot be written
├── CredentialError          77  a credential that cannot be had
└── SiteError                78  the site file; carries every mistake at once

Ctrl-C ends with 130 and SIGTERM with 143, as shells count signals; both tidy up first.
Codes are sysexits.h (BSD); `check` and `demo` turn all of them into 3, the UNKNOWN of the Monitoring Plugins guidelines.
"""

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process ends with. 0 to 3 belong to `check`; 64 to 78 are sysexits, the same on every system."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
    USAGE = 64
    DATA = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    SOFTWARE = 70
    CANNOT_CREATE = 73
    NO_PERMISSION = 77
    CONFIG = 78
    INTERRUPTED = 130
    TERMINATED = 143


class NlbwizError(Exception):
    """Anything that ends a command with a sentence instead of a traceback."""

    exit_code = ExitCode.SOFTWARE


class UsageError(NlbwizError):
    """The command line asks for something that does not exist."""

    exit_code = ExitCode.USAGE


class DataError(NlbwizError):
    """A bundle or another input file that is there but cannot be understood."""

    exit_code = ExitCode.DATA


class InputMissingError(NlbwizError):
    """A named input that is not there or cannot be read."""

    exit_code = ExitCode.NO_INPUT


class UnavailableError(NlbwizError):
    """Something this command needs does not run or is not installed."""

    exit_code = ExitCode.UNAVAILABLE


class NoChecksError(NlbwizError):
    """An installation without its checks: looks at nothing, so it must not look healthy."""


class CheckFileError(NlbwizError):
    """A file of checks/ that lacks a field, breaks its form or does not run."""


class OutputError(NlbwizError):
    """A file that cannot be written."""

    exit_code = ExitCode.CANNOT_CREATE


class CredentialError(NlbwizError):
    """A credential reference that gives nothing usable. Its text never holds the secret."""

    exit_code = ExitCode.NO_PERMISSION


class SiteError(NlbwizError):
    """Every mistake of a site file at once, each with its key path, what was found and what is expected."""

    exit_code = ExitCode.CONFIG

    def __init__(self, source: str, mistakes: Sequence[str]) -> None:
        self.source, self.mistakes = source, tuple(mistakes)
        count = len(self.mistakes)
        super().__init__(
            "\n".join((f"{source}: {count} mistake{'s' * (count != 1)}", *(f"  {m}" for m in self.mistakes)))
        )
