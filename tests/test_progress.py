"""What is shown on stderr meanwhile: lines for pipes, a table for terminals, and no byte of a device's own."""

import io
import os
import pty
import re
import sys
import termios
import time
from collections.abc import Callable

import pytest

from nlbwiz.check import Kind, Severity
from nlbwiz.judge import Outcome
from nlbwiz.progress import Aside, Lines, Progress, Table, progress
from nlbwiz.record.evidence import Step
from nlbwiz.walk import Symptom, Walk
from tests.made import AT, answer, lost

HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\r\x08\u202e\nsecond line \ud800"
KINDS = {"nlb1": "node", "sw1": "switch"}


def step(target: str, text: str) -> Step:
    return Step(target=target, text=text, at=AT, waiting=1)


def outcome(
    number: str,
    kind: Kind,
    reason: str = "a reason",
    *,
    severity: Severity | None = None,
    waiting: tuple[str, ...] = (),
) -> Outcome:
    return Outcome(
        cluster="web",
        id=number,
        slug="made_up",
        title="t",
        outcome=kind,
        severity=severity,
        reason=reason,
        waiting_for=waiting,
    )


def walk(*outcomes: Outcome) -> Walk:
    return Walk(
        symptom=Symptom(id="routine", title="t", order=()),
        outcomes=outcomes,
        verdict="unknown",
        advice=(),
        questions=(),
    )


def lines(*events: object) -> list[str]:
    out = io.StringIO()
    shown = Lines(out)
    for number, event in enumerate(events):
        shown.show(event, number / 2)  # type: ignore[arg-type]  # a Case's events
    shown.close()
    return out.getvalue().splitlines()


# ---- lines ----


def test_a_step_is_one_line_with_the_seconds() -> None:
    assert lines(step("nlb1", "signing in"), step("sw1", "probing")) == [
        "[  0.00] nlb1: signing in",
        "[  0.50] sw1: probing",
    ]


def test_the_same_step_is_not_said_twice() -> None:
    assert lines(step("nlb1", "waiting"), step("nlb1", "waiting"), step("nlb1", "done"), step("nlb1", "waiting")) == [
        "[  0.00] nlb1: waiting",
        "[  1.00] nlb1: done",
        "[  1.50] nlb1: waiting",
    ]


def test_only_what_brought_no_answer_is_said_of_evidence() -> None:
    assert lines(answer("nlb1", "os", []), lost("nlb1", "dad", status="denied", error="access denied")) == [
        "[  0.50] nlb1/dad: denied: access denied"
    ]


def test_what_one_reason_leaves_unanswered_is_one_line_and_comes_with_its_batch() -> None:
    """Five and two in one batch, another target's among them; nothing waits longer than for the batch's Walk."""
    denied = [
        lost("nlb1", probe, status="denied", error="HTTP 401") for probe in ("os", "dad", "vips", "rules", "state")
    ]
    other = [lost("nlb2", probe, status="denied", error="HTTP 401") for probe in ("os", "dad")]
    mixed = [denied[0], other[0], *denied[1:], step("sw1", "probing"), other[1], lost("nlb1", "query", error="late")]
    assert lines(*mixed, walk(), step("nlb1", "done")) == [
        "[  3.00] sw1: probing",
        "[  4.50] nlb1: denied: HTTP 401 (5 questions: os, dad, vips, rules and 1 more)",
        "[  4.50] nlb2: denied: HTTP 401 (2 questions: os, dad)",
        "[  4.50] nlb1/query: timeout: late",
        "[  5.00] nlb1: done",
    ]


def test_an_outcome_is_said_once_and_the_moment_it_is_final() -> None:
    waiting = outcome("NLB901", "unknown", waiting=("arp@gw1",))
    assert lines(
        walk(waiting, outcome("NLB902", "ruled_out")),
        walk(outcome("NLB901", "confirmed", "gw1: wrong", severity="critical"), outcome("NLB902", "ruled_out")),
    ) == [
        "[  0.00] web: NLB902 made_up: ruled out: a reason",
        "[  0.50] web: NLB901 made_up: CONFIRMED (critical): gw1: wrong",
    ]


@pytest.mark.parametrize(
    "event",
    [
        step("nlb1", HOSTILE),
        lost("nlb1", "os", error=HOSTILE),
        walk(outcome("NLB901", "unknown", HOSTILE)),
        step("nlb1", "x" * 100_000),
        step("nlb1", "x\n" * 1000),
    ],
    ids=["a step", "a lost answer", "an outcome", "a long one", "many lines"],
)
def test_a_device_moves_no_cursor(event: object) -> None:
    (line,) = lines(event)
    assert line.isprintable()
    assert len(line) < 500
    line.encode("utf-8")


# ---- the table ----

SEQUENCE = re.compile(r"\x1b\[\d+A\r\x1b\[J")
"""The only thing that is not text: up over the rows, and away with them."""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[io.StringIO, Table]:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "10")
    out = io.StringIO()
    return out, Table(out, KINDS)


def test_the_table_has_one_row_per_target_and_is_redrawn_in_place(terminal: tuple[io.StringIO, Table]) -> None:
    out, table = terminal
    table.show(step("sw1", "probing"), 1.0)
    table.show(step("nlb1", "signing in"), 2.0)
    assert out.getvalue() == "sw1    0.0 s  probing\n\x1b[1A\r\x1b[Jnlb1    0.0 s  signing in\nsw1     1.0 s  probing\n"
    table.close()
    assert out.getvalue().endswith("\x1b[2A\r\x1b[J")


def test_outcomes_scroll_away_above_the_table_once(terminal: tuple[io.StringIO, Table]) -> None:
    out, table = terminal
    table.show(step("nlb1", "asking"), 0.0)
    for _ in range(2):
        table.show(walk(outcome("NLB901", "ruled_out"), outcome("NLB902", "unknown", waiting=("os@nlb1",))), 1.0)
    text = out.getvalue()
    assert text.count("web: NLB901 made_up: ruled out: a reason\n") == 1
    assert "NLB902" not in text
    assert text.count("nlb1    1.0 s  asking\n") == 2


def test_what_was_not_answered_is_counted(terminal: tuple[io.StringIO, Table]) -> None:
    out, table = terminal
    table.show(step("nlb1", "asking"), 0.0)
    for probe in ("os", "dad"):
        table.show(lost("nlb1", probe), 1.0)
    assert out.getvalue().endswith("nlb1           timeout: no answer  (2 not answered)\n")
    table.show(answer("nlb1", "vips", []), 1.0)
    assert out.getvalue().endswith("nlb1           asking  (2 not answered: timeout: no answer)\n")


def test_a_target_that_gave_nothing_says_why_in_its_row_and_after_the_run(
    terminal: tuple[io.StringIO, Table],
) -> None:
    out, table = terminal
    table.show(step("sw1", "probing"), 0.0)
    table.show(lost("nlb1", "os", status="denied", error="HTTP 401"), 1.0)
    table.show(lost("nlb1", "dad", status="denied", error="HTTP 401"), 1.0)
    table.show(lost("operator", "answer", "same_switch", status="skipped"), 1.0)
    assert "\nsw1     1.0 s  probing\n" in out.getvalue()
    assert "nlb1           denied: HTTP 401  (2 not answered)\n" in out.getvalue()
    table.close()
    assert out.getvalue().endswith("\x1b[2A\r\x1b[Jnlb1: denied: HTTP 401 (2 questions: os, dad)\n")


def test_a_row_is_as_wide_as_the_terminal_and_no_wider(terminal: tuple[io.StringIO, Table]) -> None:
    out, table = terminal
    table.show(step("nlb1", "x" * 500), 0.0)
    table.show(walk(outcome("NLB901", "unknown", "y" * 500)), 0.0)
    assert {len(row) for row in SEQUENCE.sub("", out.getvalue()).splitlines()} == {59}


def test_more_targets_than_lines_do_not_scroll_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "10")
    out = io.StringIO()
    table = Table(out, {f"nlb{number}": "node" for number in range(30)})
    for number in range(30):
        table.show(step(f"nlb{number}", "asking"), 0.0)
    assert table.drawn == 7
    assert out.getvalue().endswith("\nnlb5    0.0 s  asking\n+24 more\n")


def test_a_device_moves_no_cursor_in_the_table_either(terminal: tuple[io.StringIO, Table]) -> None:
    out, table = terminal
    table.show(step("nlb1", HOSTILE), 0.0)
    table.show(lost("nlb1", "os", error=HOSTILE), 0.0)
    table.show(walk(outcome("NLB901", "unknown", HOSTILE)), 0.0)
    table.close()
    assert all(char == "\n" or char.isprintable() for char in SEQUENCE.sub("", out.getvalue()))


# ---- which of them ----


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "term", "want"),
    [(Tty, "xterm-256color", Table), (Tty, "dumb", Lines), (Tty, None, Lines), (io.StringIO, "xterm-256color", Lines)],
)
def test_the_table_is_for_terminals_that_can_redraw(
    monkeypatch: pytest.MonkeyPatch, stream: Callable[[], io.StringIO], term: str | None, want: type[Progress]
) -> None:
    if term is None:
        monkeypatch.delenv("TERM", raising=False)
    else:
        monkeypatch.setenv("TERM", term)
    assert type(progress(KINDS, stream())) is want


def test_without_any_stderr_there_is_still_a_progress_to_talk_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    shown = progress(KINDS)
    shown.show(step("nlb1", "asking"), 0.0)
    shown.close()


@pytest.mark.parametrize("make", [Lines, lambda out: Table(out, KINDS)], ids=["lines", "table"])
def test_nobody_has_to_listen(make: Callable[[io.TextIOWrapper], Progress]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as gone:
        shown = make(gone)
        shown.show(step("nlb1", "asking"), 0.0)
        shown.show(step("nlb1", "done"), 0.0)
        with pytest.raises(BrokenPipeError):
            gone.flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, gone.fileno())  # what is still buffered can be closed now
        os.close(nowhere)
    shown.show(step("nlb1", "closed"), 0.0)


def test_a_reader_that_has_stopped_holds_neither_the_run_nor_its_end() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader, os.fdopen(write, "w", encoding="utf-8") as stalled:
        shown = progress(KINDS, stalled)
        began = time.monotonic()
        for number in range(5000):  # more than the pipe and the queue hold
            shown.show(step("nlb1", f"{number} {'x' * 200}"), 0.0)
        shown.close()
        shown.close()
        assert time.monotonic() - began < 2
        assert isinstance(shown, Aside)
        stalled.flush()  # its lock is free
        os.set_blocking(reader.fileno(), False)
        while shown.running:
            reader.read()
            time.sleep(0.01)


def test_what_was_shown_is_written_in_order_when_it_is_closed() -> None:
    read, write = os.pipe()
    with os.fdopen(read, encoding="utf-8") as reader:
        with os.fdopen(write, "w", encoding="utf-8") as out:
            shown = progress(KINDS, out)
            for number in range(100):
                shown.show(step("nlb1", f"step {number}"), 0.0)
            shown.show(lost("nlb1", "os", status="denied", error="HTTP 401"), 1.0)
            shown.close()
        steps = [f"[  0.00] nlb1: step {number}\n" for number in range(100)]
        assert reader.readlines() == [*steps, "[  1.00] nlb1/os: denied: HTTP 401\n"]


def test_a_stream_that_cannot_spell_a_character_costs_the_line_only() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    shown = Lines(out)
    shown.show(step("nlb1", "Gebäude"), 0.0)
    shown.show(step("nlb1", "asking"), 0.0)
    assert out.buffer.getvalue() == b"[  0.00] nlb1: asking\n"


def test_the_width_is_the_terminals_that_stderr_goes_to() -> None:
    main, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 40))
    with os.fdopen(terminal, "w", encoding="utf-8") as out:
        table = Table(out, KINDS)
        table.show(step("nlb1", "x" * 200), 0.0)
        row = os.read(main, 1000)
    os.close(main)
    assert len(row.strip()) == 39
