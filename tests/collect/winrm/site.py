"""Simulated Windows machines, the site that lists them, and what a source gave: what the tests of the WinRM source share."""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from nlbwiz.collect.source import Clock
from nlbwiz.collect.winrm.source import WinRmSource
from nlbwiz.lab.winrm.certificates import Certificate
from nlbwiz.lab.winrm.server import WinRmServer
from nlbwiz.lab.winrm.shell import Output
from nlbwiz.probes import PROBES, Ask
from nlbwiz.record.evidence import Evidence, Step
from nlbwiz.site.credentials import Vault
from nlbwiz.site.model import Endpoint, Host, Node, Site, WindowsTarget

USER, PASSWORD = "LAB\\operator", "Tr0ub4dor-and-3"
NODE = tuple(probe.name for probe in PROBES.values() if probe.via == "winrm" and probe.at == "node")
HOST = tuple(probe.name for probe in PROBES.values() if probe.via == "winrm" and probe.at == "host")
WAIT_S = 15.0


def line(section: str, data: Sequence[Any] = ({"seen": True},), **more: Any) -> bytes:
    """One line of a script's answer."""
    return json.dumps(
        {"section": section, "version": 1, "data": list(data), "error": None, "took_ms": 3} | more
    ).encode()


def sections(script: str) -> list[str]:
    """The sections that a bootstrap asks for."""
    asked = re.search(r"\$Ask=@\(([^)]*)\)", script)
    assert asked
    return re.findall(r"'([a-z-]+)'", asked[1])


def answer_all(script: str, stdin: str) -> Iterator[Output]:
    """A healthy machine: every section in one piece."""
    assert stdin.startswith("#"), "the ask comes by stdin"
    for name in sections(script):
        yield "stdout", line(name) + b"\r\n"


class Given:
    """Everything that a source gave, from any thread, with the time since the start."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.all: list[tuple[float, Evidence | Step]] = []
        self._changed = threading.Condition()

    def __call__(self, one: Evidence | Step) -> None:
        with self._changed:
            self.all.append((time.monotonic() - self.began, one))
            self._changed.notify_all()

    @property
    def evidence(self) -> list[Evidence]:
        return [one for _, one in self.all if isinstance(one, Evidence)]

    @property
    def steps(self) -> list[Step]:
        return [one for _, one in self.all if isinstance(one, Step)]

    def until(self, count: int, within_s: float = WAIT_S) -> list[Evidence]:
        """Wait for so many Evidence."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.evidence) >= count, within_s), self.all
        return self.evidence

    def until_step(self, text: str, target: str = "", within_s: float = WAIT_S) -> None:
        """Wait for a step whose text begins so."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: any(s.text.startswith(text) and s.target.startswith(target) for s in self.steps), within_s
            ), self.all

    def at(self, target: str) -> float:
        """When the last Evidence of a target came, in seconds."""
        return max(when for when, one in self.all if isinstance(one, Evidence) and one.ask.target == target)

    def by_label(self) -> dict[str, Evidence]:
        return {one.label: one for one in self.evidence}


class Machines:
    """Servers by name, and the site file's view of them."""

    def __init__(self, folder: Path) -> None:
        self.servers: dict[str, WinRmServer] = {}
        self.targets: dict[str, WindowsTarget] = {}
        self._folder = folder
        self._stack = ExitStack()

    def add(
        self, name: str = "nlb1", run: Any = answer_all, *, host_role: bool = False, **settings: Any
    ) -> WinRmServer:
        """Start a machine and list it; `target`: what its site entry says otherwise."""
        target: dict[str, Any] = settings.pop("target", {})
        users = settings.pop("users", {USER: PASSWORD})
        address = f"127.0.{len(self.servers) // 200 + 1}.{len(self.servers) % 200 + 1}"
        server = self._stack.enter_context(WinRmServer(name, users, run, **({"host": address} | settings)))
        self.servers[name] = server
        host, port = server.address
        endpoint = Endpoint(host=host, port=port, scheme="https" if settings.get("tls") else "http")
        self.enlist(name, endpoint, host_role=host_role, **target)
        return server

    def enlist(self, name: str, endpoint: Endpoint, *, host_role: bool = False, **more: Any) -> None:
        """List a machine without starting it."""
        kind = Host if host_role else Node
        known: dict[str, Any] = {
            "address": ip_address("172.31.3.11"),
            "credential": self.credential(f"{USER}:{PASSWORD}"),
        }
        self.targets[name] = kind(name=name, **({"endpoint": endpoint} | known | more))

    def credential(self, text: str) -> str:
        """A reference that gives this."""
        path = self._folder / f"secret-{abs(hash(text)):x}"
        path.write_text(text + "\n")
        path.chmod(0o600)
        return f"file:{path}"

    def site(self) -> Site:
        return Site(
            nodes={name: one for name, one in self.targets.items() if isinstance(one, Node)},
            hosts={name: one for name, one in self.targets.items() if isinstance(one, Host)},
        )

    @contextmanager
    def source(self, *, total_s: float = 30.0, target_s: float = 20.0) -> Iterator[WinRmSource]:
        site = self.site()
        source = WinRmSource(site, Vault(site, None), Clock(total_s=total_s, target_s=target_s))
        try:
            yield source
        finally:
            source.close()

    def close(self) -> None:
        self._stack.close()

    # ---- the usual question ----

    def asks(self, *names: str, probes: Sequence[str] = ()) -> list[Ask]:
        """All questions (or these) to all machines (or these)."""
        return [
            Ask(target=name, probe=probe)
            for name, target in self.targets.items()
            if not names or name in names
            for probe in (probes or (HOST if isinstance(target, Host) else NODE))
        ]

    def ask(self, *names: str, probes: Sequence[str] = (), total_s: float = 30.0, target_s: float = 20.0) -> Given:
        """Ask, wait for every answer, close; exactly one Evidence per ask came."""
        asks, given = self.asks(*names, probes=probes), Given()
        with self.source(total_s=total_s, target_s=target_s) as source:
            source.ask(asks, given)
            given.until(len(asks))
        assert Counter(one.ask for one in given.evidence) == Counter(asks)
        return given

    def one(self, **more: Any) -> Evidence:
        """Ask the only machine one question."""
        return self.ask(probes=["os"], **more).evidence[0]

    def relist(self, name: str, **changes: Any) -> None:
        self.targets[name] = replace(self.targets[name], **changes)


def secure(certificate: Certificate, **target: Any) -> Mapping[str, Any]:
    """Settings of a machine with an HTTPS listener that the site trusts."""
    return {"tls": certificate, "target": {"ca": str(certificate.trust)} | target}


def wait_for(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait until something about a server is so."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
