"""Keep a scenario running, so that any outside client can talk to its machines."""

import threading
from collections.abc import Callable

from nlbwiz.errors import InputMissingError
from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab


def serve(name: str, *, seed: int | None, seconds: float | None, say: Callable[[str], object]) -> None:
    """Run until Ctrl-C or for `seconds`; says the site file and every machine's endpoint first."""
    if name not in scenario.names():
        raise InputMissingError(f"{name!r:.80} is no scenario; there are: {', '.join(scenario.names())}")
    with Lab(scenario.load(name, seed=seed)) as lab:
        say(f"# {name}: {scenario.title(name)}")
        say(f"# site file: {lab.site_file}   (nlbwiz check --site {lab.site_file})")
        say(lab.site_file.read_text(encoding="utf-8"))
        say("# running until Ctrl-C" if seconds is None else f"# running for {seconds:g} s")
        try:
            threading.Event().wait(seconds)
        except KeyboardInterrupt:
            say("# stopped")
