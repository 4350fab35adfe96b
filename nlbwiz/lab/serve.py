"""Keep a scenario running, so that any outside client can talk to its machines."""

import threading
from collections.abc import Callable

from nlbwiz.lab import scenario
from nlbwiz.lab.site import Lab


def serve(name: str, *, seed: int | None, seconds: float | None, say: Callable[[str], object]) -> None:
    """Run until Ctrl-C or for `seconds`; it says the site file's text first, and its path at the end of that."""
    scenario.must_exist(name)
    with Lab(scenario.load(name, seed=seed)) as lab:
        say(f"# {name}: {scenario.title(name)}")
        say(lab.site_file.read_text(encoding="utf-8"))
        say("# running until Ctrl-C" if seconds is None else f"# running for {seconds:g} s")
        say(f"# nlbwiz check --site {lab.site_file}")
        try:
            threading.Event().wait(seconds)
        except KeyboardInterrupt:
            say("# stopped")
