"""Credential references become secrets: each once per process, in memory only, and never in a message."""

import getpass
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from nlbwiz.errors import CredentialError
from nlbwiz.site.fetch import from_command, from_environment, from_file, from_keyring
from nlbwiz.site.mistakes import Mistake, printable
from nlbwiz.site.model import Site
from nlbwiz.site.reference import Reference, parse_reference
from nlbwiz.site.secret import (
    SNMP_FORM,
    WINDOWS_FORM,
    SnmpSecret,
    Unfit,
    WindowsSecret,
    one_line,
    snmp_secret,
    windows_secret,
)

__all__ = ["SnmpSecret", "Vault", "WindowsSecret", "ask_at_terminal"]

S = TypeVar("S", WindowsSecret, SnmpSecret)


def ask_at_terminal(question: str) -> str:
    """Ask whoever sits at the terminal, without showing what is typed. Raises OSError when there is no terminal.

    A run whose input is a file or a pipe (a scheduler's) must not wait for an answer, nor take its input for one.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise OSError("no terminal")
    return getpass.getpass(question)


@dataclass(slots=True, repr=False)
class _Once(Generic[S]):
    """One reference being resolved: the first thread does it, the others wait for what came out."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    outcome: S | Unfit | None = None


class Vault:
    """The secrets behind a site's references, for all threads of one run.

    `ask` puts a question to the operator and returns the answer, typed unseen; None when nobody sits there. What a
    reference gives is kept, and so is that it gives nothing: ten nodes do not run a failing command ten times.
    `command_s` is how long a `command:` may take, in seconds.
    """

    def __init__(self, site: Site, ask: Callable[[str], str] | None, *, command_s: float = 10.0) -> None:
        self._ask, self._command_s = ask, command_s
        self._machines: dict[str, list[str]] = {}
        for machine in (*site.nodes.values(), *site.hosts.values()):
            self._machines.setdefault(machine.credential, []).append(machine.name)
        for agent in (*site.switches.values(), *site.gateways.values()):
            self._machines.setdefault(agent.snmp, []).append(agent.name)
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._windows: dict[str, _Once[WindowsSecret]] = {}
        self._snmp: dict[str, _Once[SnmpSecret]] = {}
        self._warnings: list[str] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is accepted and should not stay so: a secret's file that others may touch."""
        with self._lock:
            return tuple(self._warnings)

    def windows(self, ref: str) -> WindowsSecret:
        """The account behind a reference. Raises CredentialError, with the same text every time."""
        with self._lock:
            once = self._windows.setdefault(ref, _Once())
        return self._open(ref, once, windows_secret, f"Windows account as {WINDOWS_FORM}")

    def snmp(self, ref: str) -> SnmpSecret:
        """The community or v3 user behind a reference. Raises CredentialError, with the same text every time."""
        with self._lock:
            once = self._snmp.setdefault(ref, _Once())
        return self._open(ref, once, snmp_secret, f"SNMP access as {SNMP_FORM}")

    def _open(self, ref: str, once: _Once[S], read: Callable[[str], S | Unfit], wanted: str) -> S:
        # The error is raised here and nowhere below: outside every `except`, so it has no context that holds a secret.
        reference = parse_reference(ref)
        if isinstance(reference, Mistake):
            raise CredentialError(f"credential reference: {reference}")
        with once.lock:
            if once.outcome is None:
                line = self._line(reference, ref, wanted)
                once.outcome = line if isinstance(line, Unfit) else read(line)
            outcome = once.outcome
        if isinstance(outcome, Unfit):
            do = outcome.do or f"it must hold the {wanted}"
            raise CredentialError(f"{_shortened(ref).rstrip(':')}{self._users(ref)}: {outcome.why}; {do}")
        return outcome

    def _line(self, reference: Reference, ref: str, wanted: str) -> str | Unfit:
        """The one line behind a reference."""
        raw: str | bytes | Unfit
        match reference.scheme:
            case "env":
                raw = from_environment(reference.rest)
            case "file":
                raw = self._file(reference.rest, ref)
            case "command":
                raw = from_command(reference.rest, self._command_s)
            case "keyring":
                service, _, user = reference.rest.rpartition("/")
                raw = from_keyring(service, user)
            case "prompt":
                label = f" {reference.rest}" if reference.rest else ""
                raw = self._answer(f"{wanted}{label}{self._users(ref)}: ")
        return raw if isinstance(raw, Unfit) else one_line(raw)

    def _file(self, path: str, ref: str) -> bytes | Unfit:
        found = from_file(Path(path))
        if isinstance(found, Unfit):
            return found
        raw, open_to_others = found
        warning = f"{_shortened(ref)}: others than its owner may touch this file; chmod 600 it"
        with self._lock:
            if open_to_others and warning not in self._warnings:
                self._warnings.append(warning)
        return raw

    def _answer(self, question: str) -> str | Unfit:
        if self._ask is None:
            return Unfit(
                why="there is nobody to ask", do="run it in a terminal, or use env: file: command: or keyring:"
            )
        with self._asking:  # one question at a time on one screen
            try:
                return self._ask(printable(question))
            except (EOFError, OSError):
                return Unfit(why="the question was not answered", do="run it in a terminal, or use another reference")

    def _users(self, ref: str) -> str:
        """The machines that a reference is for, in brackets."""
        names = self._machines.get(ref, [])
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        return f" ({', '.join(names[:4])}{more})" if names else ""


def _shortened(ref: str) -> str:
    text = printable(ref)
    return text if len(text) <= 120 else f"{text[:120]}..."
