"""The read-only gate of the PowerShell asks: a verdict over a script's syntax tree. What is not allowed is refused.

`psgate.ps1` gives the tree as PowerShell's own parser sees it; the names that are allowed are in `tests.collect.allowed`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.collect.allowed import (
    COMMANDS,
    ENVIRONMENT,
    EVENT_FILTER,
    FILTERS,
    FUNCTIONS,
    METHODS,
    NEEDS,
    OPERATORS,
    OWN_COLLECTIONS,
    PARAMETER_TYPES,
    PATHS,
    PLAIN,
    PREFERENCES,
    PROGRAMS,
    RESERVED,
    STATIC_METHODS,
    SWITCH,
    TYPES,
)

Node = dict[str, Any]
"""A node of the tree: `type parent line text` and the fields that psgate.ps1 gives its kind."""
Tree = dict[str, Any]
"""`errors` and `requires` of a script, and its `nodes` in the order of the tree."""


def verdict(tree: Tree, text: str) -> list[str]:
    """Every reason why a script may not be shipped, as `line N: reason`; none = it only reads."""
    reasons = list(tree["errors"])
    if not text.isascii():
        reasons.append("line 0: not ASCII (PowerShell takes typographic quotes and dashes for its own)")
    if "`" in text:
        reasons.append("line 0: a backtick: line continuation, or an escape that means something else in version 5.1")
    if tree["requires"]:
        reasons.append("line 0: #requires, which loads modules")
    reasons += [
        f"line {number}: begins with a pipe, which version 5.1 does not read"
        for number, line in enumerate(text.splitlines(), 1)
        if line.lstrip().startswith("|")
    ]
    for node in tree["nodes"]:
        if node["type"] in PLAIN:
            continue
        judge = _JUDGES.get(node["type"])
        found = judge(node) if judge else iter((f"{node['type']} is not on the list",))
        reasons += [f"line {node['line']}: {reason}: {node['text'].splitlines()[0][:90]}" for reason in found]
    return reasons


def _command(node: Node) -> Iterator[str]:
    head, *rest = node["elements"]
    if node["operator"] == "Dot":
        yield "dot-sourcing"
    elif node["operator"] == "Ampersand":
        if head["text"] == "$Body":
            if rest:
                yield "an argument for the section's block"
        elif [element["text"] for element in rest if element["quote"] == "BareWord"] != [e["text"] for e in rest]:
            yield "a computed argument for a program"
        elif len(rest) != 1 or rest[0]["text"] not in PROGRAMS.get(head["text"], ()):
            yield "a program or a verb that is not on the list"
    elif head["quote"] != "BareWord":
        yield "a command that is computed"
    elif node["name"] in FILTERS:
        if [element["kind"] for element in rest] != ["ScriptBlockExpressionAst"]:
            yield "only with one literal script block"
    elif node["name"] in COMMANDS:
        yield from _arguments(node["name"], rest)
    elif node["name"] not in FUNCTIONS:
        yield "a command that is not on the list"
    elif node["name"] == "Read-EventLog" and [bool(EVENT_FILTER.fullmatch(e["text"])) for e in rest] != [True]:
        yield "an event log by something else than its name"


def _arguments(name: str, elements: Sequence[Node]) -> Iterator[str]:
    allowed = COMMANDS[name]
    given: set[str] = set()
    left = list(elements)
    while left:
        element = left.pop(0)
        if element["kind"] != "CommandParameterAst":
            yield f"a positional argument ({element['text']})"
            continue
        parameter = element["name"]
        given.add(parameter)
        takes = allowed.get(parameter)
        if takes is None or element["bound"]:
            yield f"parameter -{parameter} is not on the list"
        elif takes != SWITCH:
            value = left.pop(0)["text"] if left and left[0]["kind"] != "CommandParameterAst" else ""
            refused = not value or (isinstance(takes, frozenset) and value not in takes)
            if refused or (isinstance(takes, re.Pattern) and not takes.fullmatch(value)):
                yield f"-{parameter} with {value}"
    for parameter, reason in NEEDS.get(name[:7], {}).items():
        if parameter in allowed and parameter not in given:
            yield reason


def _pipeline(node: Node) -> Iterator[str]:
    if node["background"]:
        yield "runs in the background"


def _call(node: Node) -> Iterator[str]:
    if node["perhaps"]:
        yield "?. is not in version 5.1"
    if not node["literal"]:
        yield "a method whose name is computed"
    elif node["static"]:
        if node["onKind"] != "TypeExpressionAst" or (node["on"].strip("[]"), node["member"]) not in STATIC_METHODS:
            yield "a static method that is not on the list"
    elif node["member"] not in METHODS and (node["on"], node["member"]) not in OWN_COLLECTIONS:
        yield "a method that is not on the list"


def _member(node: Node) -> Iterator[str]:
    if node["perhaps"]:
        yield "?. is not in version 5.1"
    if node["static"]:
        yield "a static property"
    if not node["literal"]:
        yield "a property whose name is computed"


def _index(node: Node) -> Iterator[str]:
    if node["perhaps"]:
        yield "?[ is not in version 5.1"


def _variable(node: Node) -> Iterator[str]:
    if node["splatted"]:
        yield "splatting hides parameters"
    if not node["unqualified"] and node["name"] not in ENVIRONMENT:
        yield "a variable of a drive or of another scope"


def _assignment(node: Node) -> Iterator[str]:
    name = node["left"].removeprefix("$")
    if node["operator"] != "Equals":
        yield "only = may assign"
    elif node["leftKind"] != "VariableExpressionAst" or not re.fullmatch(r"\w+", name):
        yield "only a plain variable may be assigned"
    elif name in PREFERENCES:
        if node["right"] != PREFERENCES[name]:
            yield "a preference with another value"
    elif name.lower() in RESERVED:
        yield "a variable that means something to PowerShell"
    elif name.lower() in PATHS and not re.fullmatch(r"'HKLM:\\[^']+'", node["right"]):
        yield "a path that is not a registry key of this machine"


def _loop(node: Node) -> Iterator[str]:
    name = node["variable"]
    if node["flags"] not in ("None", "0") or node["label"]:
        yield "a parallel or labelled loop"
    if name == "Body":
        if node["over"] != "$Bodies":
            yield "$Body is only ever one of $Bodies"
    elif not re.fullmatch(r"\w+", name) or name.lower() in RESERVED:
        yield "a variable that means something to PowerShell"


def _function(node: Node) -> Iterator[str]:
    if node["name"] not in FUNCTIONS:
        yield "a function that is not on the list"
    if node["filter"] or node["workflow"]:
        yield "a filter or a workflow"


def _parameter(node: Node) -> Iterator[str]:
    name = node["name"]
    wanted = {"Body": "scriptblock", "Bodies": "scriptblock[]"}.get(name)
    if node["default"]:
        yield "a parameter with a default value"
    for each in node["types"]:
        kind, _, type_name = each.partition(" ")
        if kind != "TypeConstraintAst" or type_name not in PARAMETER_TYPES:
            yield "a parameter's type or attribute that is not on the list"
    if wanted and node["types"] != [f"TypeConstraintAst {wanted}"]:
        yield f"${name} must be a [{wanted}]"
    if not wanted and name.lower() in RESERVED:
        yield "a variable that means something to PowerShell"


def _type(node: Node) -> Iterator[str]:
    if node["name"] not in (PARAMETER_TYPES if node["type"] == "TypeConstraintAst" else TYPES):
        yield "a type that is not on the list"


def _binary(node: Node) -> Iterator[str]:
    if node["operator"] not in OPERATORS:
        yield f"operator {node['operator']} is not on the list"


def _unary(node: Node) -> Iterator[str]:
    if node["operator"] not in ("Not", "Minus"):
        yield f"operator {node['operator']} is not on the list"


def _constant(node: Node) -> Iterator[str]:
    if not re.fullmatch(r"-?\d+", node["text"]):
        yield "a number that is not plain decimal"


def _block(node: Node) -> Iterator[str]:
    if node["kind"] != "End" or not node["unnamed"]:
        yield "a named block"


def _redirection(node: Node) -> Iterator[str]:
    if (node["from"], node["to"]) != ("Error", "$null"):
        yield "writes a file"


def _catch(node: Node) -> Iterator[str]:
    if any(name not in TYPES for name in node["types"]):
        yield "a type that is not on the list"


_JUDGES: dict[str, Callable[[Node], Iterator[str]]] = {
    "CommandAst": _command,
    "PipelineAst": _pipeline,
    "InvokeMemberExpressionAst": _call,
    "MemberExpressionAst": _member,
    "IndexExpressionAst": _index,
    "VariableExpressionAst": _variable,
    "AssignmentStatementAst": _assignment,
    "ForEachStatementAst": _loop,
    "FunctionDefinitionAst": _function,
    "ParameterAst": _parameter,
    "TypeExpressionAst": _type,
    "TypeConstraintAst": _type,
    "ConvertExpressionAst": _type,
    "BinaryExpressionAst": _binary,
    "UnaryExpressionAst": _unary,
    "ConstantExpressionAst": _constant,
    "NamedBlockAst": _block,
    "FileRedirectionAst": _redirection,
    "CatchClauseAst": _catch,
}
