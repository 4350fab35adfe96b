"""The reviewed listing of what the PowerShell asks do, and how it is written anew: `python -m tests.collect.review`.

`asks.reviewed.json` is committed. Whoever changes an ask runs this with a PowerShell 7 (NLBWIZ_PWSH, or `pwsh` on PATH);
the difference of that file is what a reviewer reads. Without an engine a test still holds the asks to its hashes.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nlbwiz.collect import ask_text
from tests.collect.allowed import COMMANDS, FILTERS, FUNCTIONS
from tests.collect.readonly import Node, Tree, verdict
from tests.engine import HOW_TO_GET_ONE, Engine, find

GATE = Path(__file__).with_name("psgate.ps1")
REVIEWED = Path(__file__).with_name("asks.reviewed.json")
KINDS: tuple[ask_text.Kind, ...] = ("node", "host")


def trees(engine: Engine, texts: Sequence[str]) -> list[Tree]:
    """The syntax tree of each text, from one start of the engine."""
    answered: list[Tree] = json.loads(engine.file(GATE, json.dumps(texts)))
    return answered


def listing(tree: Tree, text: str) -> dict[str, Any]:
    """What a script does, for a reader: its hash, and every different command, call, assignment, type and function."""

    def every(kind: str, show: Callable[[Node], str]) -> list[str]:
        return sorted({show(node) for node in tree["nodes"] if node["type"] == kind})

    commands = every("CommandAst", _shown)
    return {
        "sha256": hashlib.sha256(text.encode("ascii")).hexdigest(),
        "windows": [line for line in commands if line.split()[0] in {*COMMANDS, *FILTERS}],
        "programs": [line for line in commands if line.startswith("&")],
        "own functions": [line for line in commands if line.split()[0] in FUNCTIONS],
        "defined": every("FunctionDefinitionAst", lambda node: str(node["name"])),
        "methods": every("InvokeMemberExpressionAst", lambda node: f"{_flat(node['on'])} . {node['member']}"),
        "assigned": every("AssignmentStatementAst", lambda node: str(node["left"])),
        "loops over": every("ForEachStatementAst", lambda node: f"${node['variable']}"),
        "cast to": every("ConvertExpressionAst", lambda node: str(node["name"])),
        "redirected": every("FileRedirectionAst", lambda node: str(node["text"])),
    }


def _shown(node: Node) -> str:
    """A command with its parameters; script blocks as `{...}`, other computed arguments as they are written."""
    sign = {"Ampersand": "& ", "Dot": ". "}.get(node["operator"], "")
    return sign + " ".join(
        "{...}" if element["kind"] == "ScriptBlockExpressionAst" else _flat(element["text"])
        for element in node["elements"]
    )


def _flat(text: str) -> str:
    """One line; what stands in braces is left out, but for a hashtable's."""
    return re.sub(r"\s+", " ", re.sub(r"(?<!@)\{.*\}", "{...}", text, flags=re.DOTALL))


def update(engine: Engine) -> list[str]:
    """Write `asks.reviewed.json` anew. Returns the gate's reasons; with any, nothing is written."""
    texts = {kind: ask_text.script(kind) for kind in KINDS}
    found = dict(zip(texts, trees(engine, list(texts.values())), strict=True))
    reasons = [f"{kind}.ps1 {reason}" for kind, tree in found.items() for reason in verdict(tree, texts[kind])]
    if not reasons:
        shown = {f"{kind}.ps1": listing(tree, texts[kind]) for kind, tree in found.items()}
        REVIEWED.write_text(json.dumps(shown, indent=1) + "\n", encoding="utf-8")
    return reasons


def main() -> int:
    """`python -m tests.collect.review`: check the asks and write the listing anew."""
    engine = find()
    if engine is None:
        sys.stderr.write(HOW_TO_GET_ONE + "\n")
        return 69
    reasons = update(engine)
    sys.stderr.write("".join(f"{reason}\n" for reason in reasons) or f"written: {REVIEWED.name}\n")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
