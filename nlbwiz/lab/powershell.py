"""What runs behind a simulated WinRM service: the asks of nlbwiz, and for any other text what PowerShell says of it.

The lab does not interpret PowerShell. It knows an ask by its first line, takes the sections from the bootstrap's `$Ask`
and writes what `nlbwiz.lab.windows` renders; tests hold that the real engine writes the same from the same text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from xml.sax.saxutils import escape

from nlbwiz.lab import windows
from nlbwiz.lab.windows import Failed
from nlbwiz.lab.winrm.shell import Output
from nlbwiz.lab.world import World

ASK = re.compile(r"\$Ask\s*=\s*@\(((?:\s*\'[a-z0-9-]+\'\s*,?)*)\)")
FIRST_LINE = re.compile(r'# nlbwiz, ask "(node|host)"')
END = "\r\n"


def runner(
    world: Callable[[], World], machine: str, broken: Mapping[str, Failed]
) -> Callable[[str, str], Iterator[Output]]:
    """`run(script, stdin)` of one machine: `script` is the command line's text, `stdin` the ask. Every line streams.

    `world` is asked anew for every process, so a change shows at the next one; `broken`: sections that fail.
    """

    def run(script: str, stdin: str) -> Iterator[Output]:
        now = world()
        role = windows.role(now, machine)
        named = ASK.search(script)
        ask = FIRST_LINE.match(stdin)
        if named is None or ask is None:
            yield "stderr", error("This simulated machine runs the asks of nlbwiz only, and this is none of them.")
            yield 1
            return
        if ask[1] != role:
            yield "stderr", error(f"This simulated machine is a {role}; it cannot run the ask for a {ask[1]}.")
            yield 1
            return
        for line in windows.lines(now, machine, re.findall(r"[a-z0-9-]+", named[1]), broken=broken):
            yield "stdout", (line + END).encode("ascii")
        yield 0

    return run


def error(message: str) -> bytes:
    """One error record as powershell.exe serialises it to stderr (CLIXML): text lines, ends as _x000D__x000A_."""
    lines = (
        f"{message}",
        "    + CategoryInfo          : NotImplemented: (:) [], NotSupportedException",
        "    + FullyQualifiedErrorId : NotSimulated",
    )
    texts = "".join(f'<S S="Error">{escape(line)}_x000D__x000A_</S>' for line in lines)
    namespace = "http://schemas.microsoft.com/powershell/2004/04"
    return f'#< CLIXML{END}<Objs Version="1.1.0.1" xmlns="{namespace}">{texts}</Objs>'.encode()
