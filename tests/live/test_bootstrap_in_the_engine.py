"""The way the collector starts an ask, in PowerShell's real engine: the bootstrap as an argument, the ask by stdin."""

from pathlib import Path

from nlbwiz.collect import ask_text
from nlbwiz.lab import scenario, stubs
from tests.engine import Engine
from tests.live.simulated import ENVIRONMENT, NOW, read

WORLD = scenario.load("healthy-igmp", now=NOW).world
NODE = WORLD.nodes[0]
# Waits until the test has seen what was written before; gives up after 10 s, so that nothing hangs.
SLOW_PROGRAM = """#!/bin/sh
for _ in $(seq 200); do
    if [ -e "$SystemRoot/go" ]; then echo late; exit 0; fi
    sleep 0.05
done
echo "nobody read the first line"
"""


def test_the_bootstrap_runs_an_ask_that_comes_by_stdin(engine: Engine, tmp_path: Path) -> None:
    done = engine.run(
        ["-ExecutionPolicy", "Bypass", "-EncodedCommand", ask_text.bootstrap(("query", "adapters"))],
        ask_text.script("node"),
        {**stubs.write(WORLD, NODE.name, tmp_path), **ENVIRONMENT},
    )
    assert (done.returncode, done.stderr) == (0, "")
    query, adapters = read(done.stdout.splitlines())
    assert "converged as DEFAULT" in " ".join(query["data"][0]["lines"])
    assert [row["name"] for row in adapters["data"]] == [nic.name for nic in NODE.nics]


def test_a_section_is_written_before_the_next_one_runs(engine: Engine, tmp_path: Path) -> None:
    environment = {**stubs.write(WORLD, NODE.name, tmp_path), **ENVIRONMENT}
    (tmp_path / "System32" / "nlb.exe").write_text(SLOW_PROGRAM, encoding="utf-8")
    bootstrap = ask_text.bootstrap(("driver", "query"))
    with engine.start(["-ExecutionPolicy", "Bypass", "-EncodedCommand", bootstrap], environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(ask_text.script("node"))
        process.stdin.close()
        (first,) = read([process.stdout.readline()])
        (tmp_path / "go").touch()
        (second,) = read(process.stdout.read().splitlines())
        assert process.wait(timeout=10) == 0
    assert (first["section"], first["error"]) == ("driver", None)
    assert second["data"] == [{"lines": ["late"]}]


def test_an_ask_that_is_no_powershell_ends_with_an_error(engine: Engine, tmp_path: Path) -> None:
    done = engine.run(["-EncodedCommand", ask_text.bootstrap(("os",))], "Write-Section 'os' {", ENVIRONMENT)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Missing closing '}'" in done.stderr
