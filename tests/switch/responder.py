"""snmpsim's responder, as a program of its own: `python responder.py ARGUMENTS`.

snmpsim imports pysmi for the version that it prints, and only for that. With the real one pysnmp 7.1 warns of names of
pysmi that are deprecated, on the stderr that a test reads; so an empty one stands in its place here.
"""

import sys
import types

named = types.ModuleType("pysmi")
named.__version__ = "0"  # type: ignore[attr-defined]  # what snmpsim reads of it
sys.modules["pysmi"] = named

if __name__ == "__main__":
    from snmpsim.commands.responder import main

    sys.exit(main())
