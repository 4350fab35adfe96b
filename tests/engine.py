"""Finds PowerShell's engine for the tests and runs texts in it."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOW_TO_GET_ONE = "no PowerShell engine: set NLBWIZ_PWSH to a pwsh (PowerShell 7), or put one on PATH"


@dataclass(frozen=True, slots=True)
class Engine:
    """A PowerShell 7 program. A start costs about half a second, so a test module starts it once."""

    program: str

    def run(
        self, arguments: Sequence[str], stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end, at most 120 s. `environment` is added to this process's own."""
        return subprocess.run(
            [self.program, "-NoLogo", "-NoProfile", "-NonInteractive", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            env={**os.environ, **(environment or {})},
        )

    def start(self, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start it and go on; used as a context manager. stderr is thrown away."""
        return subprocess.Popen(
            [self.program, "-NoLogo", "-NoProfile", "-NonInteractive", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, **(environment or {})},
        )

    def file(self, script: Path, stdin: str = "", environment: Mapping[str, str] | None = None) -> str:
        """What a script file writes. Raises AssertionError with everything it said when it fails or complains."""
        done = self.run(["-File", str(script)], stdin, environment)
        if done.returncode or done.stderr:
            raise AssertionError(f"{script.name} ended with {done.returncode}:\n{done.stderr}\n{done.stdout[:2000]}")
        return done.stdout


def find() -> Engine | None:
    """The engine that NLBWIZ_PWSH names, else the `pwsh` on PATH, else None. Raises when the named one is not there."""
    named = os.environ.get("NLBWIZ_PWSH")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"NLBWIZ_PWSH names {named}, which is not there")
        return Engine(str(Path(named).resolve()))
    on_path = shutil.which("pwsh")
    return Engine(on_path) if on_path else None
