"""The command line: arguments, exit codes, and nothing that is slow to import before it is needed."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from nlbwiz import shell
from nlbwiz.errors import ExitCode, OutputError, UsageError
from nlbwiz.options import DEADLINE, FILE, NAME, REAL_FILE, SYMPTOMS, Seconds, ascii_option, report_options
from nlbwiz.shell import complain, say, tell, write
from nlbwiz.version import VERSION

if TYPE_CHECKING:
    from nlbwiz.tui.run import Left

MONITORING = ("check", "demo")
"""Commands that a monitoring system runs: whatever goes wrong in them is 3, UNKNOWN (Monitoring Plugins guidelines)."""


@click.group(
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80}
)
@click.version_option(VERSION, prog_name="nlbwiz")
@click.pass_context
def cli(context: click.Context) -> ExitCode | None:
    """Why is this Windows NLB cluster broken?

    Asks NLB nodes and Hyper-V hosts (WinRM), switches and routers (SNMP) and says for every cause whether it is
    confirmed, possible, ruled out or unknown, with the evidence. It only reads.

    \b
    Try it:        nlbwiz demo
    Your site:     nlbwiz init > site.toml, fill it in, then:
                   nlbwiz check --site site.toml
    From a ticket: nlbwiz mac 03bf.bc1f.0164

    On a terminal, nlbwiz alone opens the wizard.
    """
    if context.invoked_subcommand is not None:
        return None
    from nlbwiz.tui import terminal

    if terminal.why_not():
        raise click.exceptions.NoArgsIsHelpError(context)
    from nlbwiz.tui.picks import Wish
    from nlbwiz.tui.run import start

    return _left(start(Wish()))


@cli.command()
@click.option("--site", type=FILE, metavar="FILE", help="ask the machines of this site file, live")
@click.option("--bundle", type=FILE, metavar="FILE", help="judge a saved run again, offline")
@click.option("--demo", type=NAME, metavar="NAME", help="ask a simulated site (nlbwiz demo --list)")
@report_options
def check(site: Path | None, bundle: Path | None, demo: str | None, **options: Any) -> ExitCode:
    """Check every cluster of a site and exit 0, 1, 2 or 3.

    \b
    0 healthy    every cause is ruled out or does not apply
    1 warning    something is possible, or confirmed and minor
    2 critical   a cause is confirmed that breaks the service
    3 unknown    not everything could be read (also: any error)
    """
    return _check(site=site, bundle=bundle, demo=demo, **options)


@cli.command()
@click.argument("name", required=False, type=NAME)
@click.option("--list", "listing", is_flag=True, help="the scenarios, one per line")
@report_options
@ascii_option
def demo(name: str | None, listing: bool, ascii_only: bool | None, **options: Any) -> ExitCode:
    """Practise on a simulated site on this machine (default: old-static-arp).

    The real clients speak WinRM and SNMP to simulated hosts and switches on loopback. On a terminal this opens the
    wizard; without one, or with --format, --output or --quiet, it prints the report. Exit codes as in `check`.
    """
    if listing:
        _alone("listing", "--list")
        from nlbwiz.lab import scenario

        say("".join(f"{one:<34} {scenario.title(one)}\n" for one in scenario.names()))
        return ExitCode.OK
    name = name or "old-static-arp"
    from nlbwiz.tui import terminal

    if _given("fmt", "output", "quiet") or terminal.why_not():
        return _check(demo=name, **options)
    from nlbwiz import headless, registry
    from nlbwiz.lab import scenario
    from nlbwiz.tui.run import run

    scenario.must_exist(name)
    chosen = headless.Options(
        demo=name, seed=options["seed"], symptom=options["symptom"], answers=_pairs(options["answers"]),
        deadline_s=options["deadline"], measure_s=options["measure"], save=options["save"],
    )  # fmt: skip
    headless.knowledge_of(
        chosen.symptom or registry.DEFAULT_SYMPTOM, chosen.answers
    )  # said here, not on a screen that closes
    return _left(run(chosen, ascii_only=ascii_only))


@cli.command()
@click.argument("start", required=False, type=NAME)
@click.option("--site", type=FILE, metavar="FILE", help="ask the machines of this site file")
@click.option("--bundle", type=FILE, metavar="FILE", help="look at a saved run, offline")
@click.option("--demo", type=NAME, metavar="NAME", help="ask a simulated site (nlbwiz demo --list)")
@click.option("--symptom", type=NAME, metavar="NAME", help=f"what you see: {SYMPTOMS}")
@click.option("--deadline", type=DEADLINE, metavar="SECONDS", help="how long a round may take")
@click.option("--save", type=REAL_FILE, metavar="FILE", help="keep all evidence as a bundle")
@click.option("--seed", type=int, metavar="N", help="demo only: other addresses and names")
@ascii_option
@click.option("--keys", "key_file", type=FILE, metavar="FILE", help="a key file: other keys (else NLBWIZ_KEYS)")
@click.option("--print-keys", is_flag=True, help="print the present keys as a key file to start from")
def wizard(
    start: str | None,
    site: Path | None,
    bundle: Path | None,
    demo: str | None,
    symptom: str | None,
    deadline: float | None,
    save: Path | None,
    seed: int | None,
    ascii_only: bool | None,
    key_file: Path | None,
    print_keys: bool,
) -> ExitCode:
    """Look for the cause on a screen, live; without a terminal this is `check`.

    START is what you have: a VIP, a MAC, a node, a text out of a ticket, a site file, a bundle, a scenario. It only
    reads. Press F1 for the keys. Screen readers are better served by `check`.
    """
    if print_keys:
        _alone("print_keys", "--print-keys")
        from nlbwiz.tui import keyfile

        say(keyfile.table())
        return ExitCode.OK
    from nlbwiz.tui import terminal

    if start is not None and (site is not None or bundle is not None or demo is not None):
        raise UsageError("START stands alone: --site, --bundle and --demo say the same in another way")
    if (site, bundle, demo, seed) == (None, None, None, None) and not terminal.why_not():
        from nlbwiz.tui import run as screen
        from nlbwiz.tui.picks import Wish

        wish = Wish(text=start or "", symptom=symptom, deadline_s=deadline, save=save)
        return _left(screen.start(wish, ascii_only=ascii_only, key_file=key_file))
    if start is not None:
        raise UsageError("START is for a terminal: give --site FILE, --bundle FILE or --demo NAME instead")
    from nlbwiz import headless

    options = headless.Options(
        site=site, bundle=bundle, demo=demo, seed=seed, symptom=symptom, deadline_s=deadline, save=save,
        warn=lambda text: complain(f"nlbwiz: {text}"),
    )  # fmt: skip
    headless.refuse(options)
    if why := terminal.why_not():
        from nlbwiz.report.formats import render

        complain(f"nlbwiz: {why}: this is the report of `nlbwiz check`")
        report = headless.check(options)
        write(render(report, "text"), None)
        return ExitCode(report.exit_code)
    from nlbwiz.tui.run import run

    return _left(run(options, ascii_only=ascii_only, key_file=key_file))


def _left(left: "Left") -> ExitCode:
    """What the screen leaves behind, on the shell's own."""
    if left.report:
        say(left.report)
    if left.words:
        complain(left.words)
    return left.code


def _check(
    *,
    site: Path | None = None,
    bundle: Path | None = None,
    demo: str | None = None,
    symptom: str | None,
    answers: Sequence[str],
    fmt: str,
    output: Path | None,
    deadline: float | None,
    measure: float | None,
    save: Path | None,
    seed: int | None,
    quiet: bool,
) -> ExitCode:
    from nlbwiz import headless
    from nlbwiz.report.formats import render

    if output == Path("-"):
        output = None
    if demo is not None and site is None and bundle is None:
        from nlbwiz.lab import scenario

        scenario.must_exist(demo)
    if output is not None and not output.parent.is_dir():  # said before a minute is spent on asking
        raise OutputError(f"{output}: cannot be written: there is no folder {output.parent}")
    report = headless.check(
        headless.Options(
            site=site,
            bundle=bundle,
            demo=demo,
            seed=seed,
            symptom=symptom,
            answers=_pairs(answers),
            deadline_s=deadline,
            measure_s=measure,
            save=save,
            quiet=quiet,
            warn=lambda text: complain(f"nlbwiz: {text}"),
        )
    )
    write(render(report, fmt), output)
    return ExitCode(report.exit_code)


def _given(*names: str) -> bool:
    """Whether any of these options stands on the command line."""
    context = click.get_current_context()
    return any(context.get_parameter_source(one) is not ParameterSource.DEFAULT for one in names)


def _alone(flag: str, spelled: str) -> None:
    """Refuse what was given beside a flag that would ignore it."""
    context = click.get_current_context()
    given = (one for one in context.params if context.get_parameter_source(one) is not ParameterSource.DEFAULT)
    if any(one != flag for one in given):
        raise UsageError(f"{spelled} takes nothing beside it")


def _pairs(answers: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in answers]
    for (question, equals, answer), given in zip(pairs, answers, strict=True):
        if not (question and equals and answer):
            raise UsageError(f"--answer {given!r}: QUESTION=ANSWER is expected, such as same_switch=yes")
    found = {question: answer for question, _, answer in pairs}
    if len(found) < len(pairs):
        raise UsageError("--answer: one answer to each question is expected")
    return found


@cli.group()
def lab() -> None:
    """The simulated site that demos, tests and benchmarks run against."""


@lab.command()
@click.argument("name")
@click.option("--seed", type=int, metavar="N", help="other addresses, names and VLANs, from this number")
@click.option("--for", "seconds", type=Seconds(min=0), metavar="SECONDS", help="stop by itself after this time")
def serve(name: str, seed: int | None, seconds: float | None) -> ExitCode:
    """Keep a scenario running and print the site file to use, until Ctrl-C."""
    from nlbwiz.lab.serve import serve

    serve(name, seed=seed, seconds=seconds, say=tell)
    return ExitCode.OK


@cli.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
def mac(text: tuple[str, ...], fmt: str) -> ExitCode:
    """Decode a MAC, or make the cluster MACs of an address. Offline.

    TEXT may be pasted: a line of `show ip arp`, an event, a Hex-STRING. Every
    address in it has its page, and every MAC is held against the IPs beside it.
    As JSON one address is an object; several are an array of such objects.
    """
    from nlbwiz.addr import AddressError
    from nlbwiz.errors import DataError
    from nlbwiz.macpage import pages
    from nlbwiz.mactext import describe

    asked = " ".join(text)
    try:
        if fmt == "json":
            import msgspec

            found = pages(asked)
            say(
                msgspec.json.format(msgspec.json.encode(found[0] if len(found) == 1 else found), indent=2).decode()
                + "\n"
            )
        else:
            say(describe(asked))
    except AddressError as error:
        raise DataError(str(error)) from error
    return ExitCode.OK


@cli.command()
@click.argument("host", type=NAME)
@click.option("--mac", "macs", multiple=True, type=NAME, metavar="M", help="where this MAC is (repeat it for more)")
@click.option("--ip", "ips", multiple=True, type=NAME, metavar="I", help="what its ARP table holds for this address")
@click.option(
    "--vlan", "vlans", multiple=True, type=click.IntRange(1, 4094), metavar="V", help="look in this VLAN only"
)
@click.option(
    "--credential", type=NAME, metavar="REF", help="community or v3 user: env: file: command: keyring: prompt:"
)
@click.option(
    "--deadline", type=DEADLINE, default=30.0, show_default=True, metavar="SECONDS", help="always over by then"
)
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
def switch(
    host: str,
    macs: tuple[str, ...],
    ips: tuple[str, ...],
    vlans: tuple[int, ...],
    credential: str | None,
    deadline: float,
    fmt: str,
) -> ExitCode:
    """Say what is seen on one switch by SNMP: ports, VLANs, LAGs, where a MAC is.

    HOST is a name or an address, with :PORT where it is not 161; IPv6 in
    brackets. It only reads. Without --credential it asks at the terminal.
    """
    from nlbwiz.switch.run import look

    seen = look(
        host, macs=macs, ips=ips, vlans=vlans, credential=credential or "prompt:", deadline_s=deadline
    )  # fmt: skip
    if fmt == "json":
        import msgspec

        say(msgspec.json.format(msgspec.json.encode(seen), indent=2).decode() + "\n")
    else:
        from nlbwiz.switch.text import render

        say(render(seen))
    return ExitCode.OK


@cli.command()
def init() -> ExitCode:
    """Print a commented site file to fill in: nlbwiz init > site.toml."""
    from nlbwiz.site.init import TEMPLATE

    say(TEMPLATE)
    return ExitCode.OK


@cli.command()
@click.argument("name")
def schema(name: str) -> ExitCode:
    """Print the JSON Schema of NAME: site, report or switch."""
    import json

    from nlbwiz.schemas import schema as made

    say(json.dumps(made(name), indent=2) + "\n")
    return ExitCode.OK


@cli.command()
@click.argument("cause", required=False)
@click.option("--all", "everything", is_flag=True, help="every page, one after the other (Markdown)")
def explain(cause: str | None, everything: bool) -> ExitCode:
    """Print what a cause is, what decides it and where that is written; without a cause, the list."""
    from nlbwiz import explain as pages

    if everything:
        _alone("everything", "--all")
    say(pages.catalogue() if everything else pages.page(cause) if cause else pages.listing())
    return ExitCode.OK


@cli.command()
@click.option("--script", type=click.Choice(["node", "host"]), help="the PowerShell that runs there, as it is sent")
def probes(script: str | None) -> ExitCode:
    """Print every command and OID that would be asked, without asking."""
    from nlbwiz import explain as pages

    if script:
        from nlbwiz.collect import ask_text

        say(ask_text.script(script))
    else:
        say(pages.probes())
    return ExitCode.OK


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the right exit code."""
    shell.ended(cli, list(sys.argv[1:] if arguments is None else arguments), MONITORING)


def run(args: list[str]) -> int:
    """Run one command and return its exit code; every error is a sentence on stderr."""
    return shell.run(cli, args)


if __name__ == "__main__":
    main()
