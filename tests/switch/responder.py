"""snmpsim's responder, as a program of its own: `python responder.py ARGUMENTS`.

snmpsim imports pysmi for the version that it prints, and only for that. With the real one installed pysnmp 7.1 warns of
names of pysmi that are deprecated, which our tests take for an error; so it is not installed, and its version is told here.
"""

import sys
import types

named = types.ModuleType("pysmi")
named.__version__ = "not installed"  # type: ignore[attr-defined]  # what snmpsim reads of it
sys.modules["pysmi"] = named

if __name__ == "__main__":
    from snmpsim.commands.responder import main

    sys.exit(main())
