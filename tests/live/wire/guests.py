"""The Windows machines of a scenario, for a wire lab: the lab's WinRM servers on this namespace's own loopback.

Prints the path of the lab's site file, then stays until stdin ends.
"""

import sys

from nlbwiz.lab.site import Lab
from tests.live.wire.worlds import chosen


def main(name: str) -> None:
    """Run one scenario's machines."""
    with Lab(chosen(name)) as lab:
        print(lab.site_file, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
