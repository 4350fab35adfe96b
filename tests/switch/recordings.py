"""Recordings of real devices, served by snmpsim on loopback. The community is the recording's name.

The package snmpsim-data (BSD-2) holds whole walks; what nlbwiz never asks for is left out here, since snmpsim indexes every
row when it starts. The rows themselves are served as they were recorded.
"""

import bz2
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUBTREES = (
    "1.3.6.1.2.1.1.", "1.3.6.1.2.1.2.", "1.3.6.1.2.1.4.1.", "1.3.6.1.2.1.4.20.", "1.3.6.1.2.1.4.22.", "1.3.6.1.2.1.4.35.",
    "1.3.6.1.2.1.17.", "1.3.6.1.2.1.31.", "1.3.6.1.2.1.47.", "1.0.8802.", "1.2.840.", "1.3.6.1.6.3.10.", "1.3.6.1.4.1.89.",
    "1.3.6.1.4.1.9.9.46.", "1.3.6.1.4.1.9.9.68.", "1.3.6.1.4.1.9.9.98.", "1.3.6.1.4.1.9.9.225.", "1.3.6.1.4.1.9.9.263.",
    "1.3.6.1.4.1.2636.3.", "1.3.6.1.4.1.2011.5.25.42.", "1.3.6.1.4.1.25506.8.35.", "1.3.6.1.4.1.11.2.14.11.5.1.7.1.15.",
)  # fmt: skip
OPEN = Path(__file__).parents[3] / "shared" / "snmprec" / "open"
"""More recordings, under licences that keep them out of this repository; used where they are."""
HERE = Path(__file__).parent


def packaged(name: str) -> Path:
    """Where a recording of snmpsim-data lies."""
    import snmpsim_data

    return next(Path(next(iter(snmpsim_data.__path__))).glob(f"data/*/**/{name}.snmprec.bz2"))


def unpack(source: Path, into: Path) -> None:
    """A recording, sorted, each OID once (snmpsim's GETNEXT needs that), in a file of its own name."""
    name = source.name.removesuffix(".bz2").removesuffix(".snmprec")
    rows: dict[str, str] = {}
    with (
        bz2.open(source, "rt", encoding="latin-1")
        if source.suffix == ".bz2"
        else source.open(encoding="latin-1") as lines
    ):
        for row in lines:
            if row.startswith(SUBTREES) and row.count("|") >= 2:
                rows.setdefault(row.split("|", 1)[0], row.rstrip("\n"))
    ordered = sorted(rows, key=lambda oid: [int(arc) for arc in oid.split(".")])
    (into / f"{name}.snmprec").write_text("".join(f"{rows[oid]}\n" for oid in ordered), encoding="latin-1")


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """snmpsim over everything in the folder; gives its port, as soon as it answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    cache = folder.parent / f"{folder.name}-cache"
    command = [
        sys.executable, str(HERE / "responder.py"), f"--data-dir={folder}", f"--cache-dir={cache}",
        f"--agent-udpv4-endpoint=127.0.0.1:{port}", "--log-level=error", f"--logging-method=file:{folder.parent / 'sim.log'}",
    ]  # fmt: skip
    environment = {**os.environ, "SNMPSIM_ALLOW_ROOT": "true"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            _wait(server, port, next(iter(sorted(folder.iterdir()))).stem)
            yield port
        finally:
            server.terminate()


def _wait(server: "subprocess.Popen[str]", port: int, community: str) -> None:
    """Ask for sysUpTime until there is an answer."""
    word = community.encode()
    name = bytes((0x06, 8, 0x2B, 6, 1, 2, 1, 1, 3, 0))
    pdu = bytes((0x30, len(name) + 4, 0x30, len(name) + 2)) + name + bytes((5, 0))
    body = bytes((2, 1, 7, 2, 1, 0, 2, 1, 0)) + pdu
    message = bytes((2, 1, 1, 4, len(word))) + word + bytes((0xA0, len(body))) + body
    until = time.monotonic() + 90
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.3)
        while time.monotonic() < until:
            if server.poll() is not None:
                raise RuntimeError(f"snmpsim ended: {server.stderr.read() if server.stderr else ''}")
            asking.sendto(bytes((0x30, len(message))) + message, ("127.0.0.1", port))
            try:
                asking.recv(2000)
            except (TimeoutError, ConnectionError):
                continue
            return
    raise RuntimeError("snmpsim does not answer")
