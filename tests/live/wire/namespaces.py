"""Network namespaces that one test makes for itself, the cables between them, and the programs that run in them."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[3]
READY_S = 20.0


def why_not() -> str:
    """Why there can be no wire lab on this machine; empty when there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a wire lab needs Linux and root"
    for program in ("ip", "ping", "arping", "snmpd", "ethtool", "sysctl"):
        if shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
            return f"a wire lab needs {program}"
    trial = f"nw-{secrets.token_hex(3)}"
    if subprocess.run(["ip", "netns", "add", trial], capture_output=True, check=False).returncode:
        return "a wire lab needs the right to make network namespaces"
    subprocess.run(["ip", "netns", "del", trial], check=True)
    return ""


def run(*words: str) -> str:
    """What a program prints. Raises with what it said."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


class Namespaces:
    """A context manager: whatever was made and started in it is gone afterwards."""

    def __init__(self) -> None:
        self._tag = secrets.token_hex(3)
        self._made: list[str] = []
        self._running: list[subprocess.Popen[str]] = []
        self._stack = ExitStack()
        self._cables = 0

    def __enter__(self) -> Self:
        self._stack.callback(self._remove)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def real(self, name: str) -> str:
        """The namespace's own name on this machine: two labs may run side by side."""
        return f"nw-{self._tag}-{name}"

    def make(self, name: str) -> None:
        """A namespace without IPv6, that answers ARP for an address on its own interface only."""
        run("ip", "netns", "add", self.real(name))
        self._made.append(name)
        self.ip(name, "link", "set", "lo", "up")
        self.inside(
            name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1",
            "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2", "net.ipv4.conf.all.rp_filter=0",
        )  # fmt: skip

    def inside(self, name: str, *words: str) -> str:
        """Run a program to its end there."""
        return run("ip", "netns", "exec", self.real(name), *words)

    def ip(self, name: str, *words: str) -> str:
        """`ip` there."""
        return run("ip", "-n", self.real(name), *words)

    def cable(self, one: str, device: str, other: str, far: str, *, mac: bytes, address: str = "") -> None:
        """Connect two namespaces. `mac` and `address` (CIDR) are those of the first end."""
        self._cables += 1
        run(
            "ip",
            "link",
            "add",
            device,
            "netns",
            self.real(one),
            "type",
            "veth",
            "peer",
            "name",
            far,
            "netns",
            self.real(other),
        )
        self.ip(one, "link", "set", device, "address", mac.hex(":"))
        if address:
            self.ip(one, "addr", "add", address, "dev", device)
        for name, end in ((one, device), (other, far)):
            # Frames are forwarded as they are: nobody behind the switch would finish a checksum.
            self.inside(name, "ethtool", "-K", end, "tx", "off", "gso", "off", "tso", "off")
            self.ip(name, "link", "set", end, "up")

    def start(self, name: str, *words: str, ready: str = "ready") -> "subprocess.Popen[str]":
        """Start a program there; when `ready` is not empty, wait for the line it prints once it runs."""
        process = self.begin(name, *words)
        if ready and (line := self.line(process)) != ready:
            raise RuntimeError(f"{' '.join(words)} said {line!r}")
        return process

    def begin(self, name: str, *words: str) -> "subprocess.Popen[str]":
        """Start a program there and go on."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.real(name), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        self._running.append(process)
        return process

    def python(self, name: str, module: str, *words: str, ready: str = "ready") -> "subprocess.Popen[str]":
        """Start one of our own modules there."""
        return self.start(name, sys.executable, "-m", module, *words, ready=ready)

    @staticmethod
    def line(process: "subprocess.Popen[str]") -> str:
        """The next line it prints; empty when it ended."""
        assert process.stdout is not None
        return process.stdout.readline().strip()

    def stop(self, process: "subprocess.Popen[str]") -> None:
        """End a program and what it started."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _remove(self) -> None:
        for process in reversed(self._running):
            self.stop(process)
        for name in self._made:
            subprocess.run(["ip", "netns", "del", self.real(name)], capture_output=True, check=False)


def python_words(module: str, *words: str) -> Sequence[str]:
    """The words that run one of our modules."""
    return (sys.executable, "-m", module, *words)
