"""Four reports made by hand, one per exit code, that every format is tried with. Their device texts are hostile."""

from collections.abc import Iterable
from datetime import date, timedelta
from ipaddress import IPv4Address

from nlbwiz.check import About, Clear, Do, Finding, Gap, Need, Note, Said, Severity, do
from nlbwiz.commands import Platform
from nlbwiz.facts import Agent, Coverage
from nlbwiz.judge import Check, judge
from nlbwiz.known import Facts
from nlbwiz.report.model import Report, build
from nlbwiz.site.model import Accept
from nlbwiz.walk import Advice, Branch, Question, Symptom, Tree, walk
from tests.made import AT, answer, lost, site

HOSTILE = (
    "\x1b[31mred\x1b[0m\x9b2J\x07 <script>alert(1)</script> | `x` ```\n# heading\r\n* item [a](http://evil.example)"
    " ![i](x) *b* __c__ ~~d~~ &amp; $e$ \u202egnp.exe\u200b\u2028\u2029 \ud800 C:\\temp"
)
"""What a VM's name, a port's description or an error text may hold."""
LONG = "a-very-long-name-without-a-blank-" * 5

BOOK = {
    "cisco-ios": Platform(
        name="cisco-ios",
        mac_form="dotted",
        phrases={
            "remove static arp": ("configure terminal", "no arp {ip} {mac} ARPA", "end"),
            "show arp": ("show ip arp {ip}",),
        },
        unconfirmed=frozenset({"show arp"}),
    ),
    "windows": Platform(
        name="windows",
        mac_form="dashed",
        phrases={
            "spoofing on": ("Set-VMNetworkAdapter -VMName {vm} -Name {vnic} -MacAddressSpoofing On",),
            "set arp retry count": (
                "New-ItemProperty -Path HKLM:\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters -Name ArpRetryCount"
                " -PropertyType DWord -Value {count}",
            ),
        },
    ),
}

LAST = Advice(
    id="set-arpretrycount",
    title="Last resort: switch the duplicate check off",
    hides="A real duplicate goes unseen from then on.",
    steps=(do("The machine-wide value, and a restart", "set arp retry count", count=0), do("Watch it for a day")),
    undo=(do("Give it its default back", "set arp retry count", count=3),),
)
TREE = Tree(
    symptoms={
        "duplicate-ip": Symptom(
            id="duplicate-ip",
            title="Windows reports a duplicate IP address",
            order=tuple(Branch(cause=f"NLB90{number}", because=f"place {number}") for number in range(1, 6)),
            last_resort=LAST,
            last_resort_after=("NLB901", "NLB902"),
        )
    },
    questions={
        "same_switch": Question(id="same_switch", text="Do all uplinks end on one switch?", answers=("yes", "no"))
    },
)

TITLES = {
    "NLB901": "Real duplicate IP address",
    "NLB902": "Old static ARP entry for the VIP",
    "NLB903": "MAC address spoofing is off on a unicast node",
    "NLB904": "Team layout",
    "NLB905": "Node state",
}


def check(
    number: str, *said: Said, not_applicable: str = "", crash: str = "", severity: Severity = "critical"
) -> Check:
    """A check that says just this."""

    def evaluate(_: Facts) -> Iterable[Said]:
        if crash:
            raise RuntimeError(crash)
        return said

    about = About(
        id=number, title=TITLES[number], question="q", severity=severity, needs=("cluster", "arp"), sources=("s",)
    )
    applies = (lambda _: not_applicable) if not_applicable else None
    return Check(about=about, slug=number.lower(), page="p", evaluate=evaluate, applies=applies)


CLEAR = Clear(
    where="gw1", saw="the static entry holds 01-00-5E-7F-03-E8, as it must", evidence=("gw1/arp[172.31.3.232]",)
)
WRONG_ARP = Finding(
    where="gw1",
    saw="a static ARP entry sends 172.31.3.232 to 03-BF-BC-1F-01-64",
    expected="01-00-5E-7F-03-E8, made from mode and primary address",
    seen_by=("gw1",),
    evidence=("gw1/arp[172.31.3.232]", "nlb1/cluster"),
    fix=(
        do("Remove the old entry", "remove static arp", "gw1", ip=IPv4Address("172.31.3.232"), mac="03-BF-BC-1F-01-64"),
        do("Tell the network's owner"),
    ),
    verify=(do("Look again", "show arp", "gw1", ip="172.31.3.232"),),
    undo=(do("Put the old entry back", "add static arp", "gw1", ip="172.31.3.232", mac="03-BF-BC-1F-01-64"),),
)


def hostile(number: int = 1) -> Finding:
    """A finding whose every text comes from a device."""
    return Finding(
        where=f"hv1, VM {HOSTILE} {number}",
        saw=f"spoofing of {HOSTILE} is Off ({LONG})",
        expected=HOSTILE,
        seen_by=("hv1", HOSTILE),
        evidence=("hv1/vnics",),
        effect_of=("NLB902",),
        fix=(
            do(f"Switch it on for {HOSTILE}", "spoofing on", "hv1", vm="web's $(calc) x", vnic="NLB"),
            do("And here", "spoofing on", "hv1", vm=HOSTILE, vnic="NLB"),
        ),
        verify=(Do(text="Look again", phrase="show spoofing", on="hv1"),),
    )


def _report(*checks: Check, lose: tuple[Need, ...] = (), pending: tuple[Need, ...] = (), accept: str = "") -> Report:
    coverage: dict[tuple[Need, str], Coverage] = {}
    needs: tuple[tuple[Need, str], ...] = (("cluster", "nlb1"), ("cluster", "nlb2"), ("arp", "gw1"))
    for need, target in needs:
        coverage[need, target] = "lost" if need in lose else "pending" if need in pending else "answered"
    facts = Facts(
        cluster="web",
        nodes=("nlb1", "nlb2"),
        hosts=("hv1", "hv2"),
        agents=(
            Agent(
                target="gw1",
                platform="cisco-ios",
                descr="",
                name="gw1",
                forwarding=True,
                uptime_s=None,
                evidence="gw1/agent",
            ),
        ),
        coverage=coverage,
        lost={key: (f"no answer within 1 s {HOSTILE}", "look at the machine") for key in coverage if key[0] in lose},
    )
    outcomes = [judge(one, facts) for one in checks]
    accepts = (
        [Accept(cause=accept, cluster="web", reason=f"legacy, {HOSTILE}", until=date(2027, 3, 31))] if accept else []
    )
    report = build(
        walk(TREE, "duplicate-ip", outcomes, accepts=accepts, today=AT.date()),
        site=site(),
        facts=facts,
        checks=checks,
        book=BOOK,
        evidence=[
            answer("nlb1", "cluster", []),
            answer("gw1", "arp", {}, "172.31.3.232", "3"),
            *(lost("nlb2", probe, status="denied", error=f"access denied {HOSTILE}") for probe in ("os", "cluster")),
            lost("sw1", "fdb", "00-15-5D-03-15-04", "31", error=f"no answer {LONG}"),
        ],
        started=AT,
        ended=AT + timedelta(seconds=3.25),
    )
    report.version = "1.2.3"  # a golden file outlives a release
    return report


def healthy() -> Report:
    """Every cause ruled out, not applicable or accepted; so the last resort is offered."""
    return _report(
        check("NLB901", CLEAR, Note(where="nlb1", saw="started a minute ago", evidence=("nlb1/os",))),
        check("NLB902", CLEAR, Clear(where=HOSTILE, saw=f"{HOSTILE} is in order", evidence=())),
        check("NLB903", not_applicable=f"no node runs unicast: {HOSTILE}"),
        check("NLB904", hostile(), severity="warning"),
        accept="NLB904",
    )


def warning() -> Report:
    """A minor cause and a possible one; both answered."""
    possible = Finding(
        where="sw1",
        saw="two MACs answer",
        expected="one",
        seen_by=("sw1",),
        evidence=("sw1/fdb",),
        possible="one observer",
    )
    return _report(
        check("NLB901", possible),
        check("NLB902", CLEAR),
        check("NLB904", hostile(1), hostile(2), severity="warning"),
    )


def critical() -> Report:
    """A cause, its effect, a gap beside them and a question that would close it."""
    gap = Gap(
        where="hv1", why=f"the topology of {HOSTILE} is not proven", resolve="answer the question", evidence=("hv1/teams",),
        question="same_switch",
    )  # fmt: skip
    return _report(
        check("NLB905", hostile(), Note(where="nlb1", saw=HOSTILE, evidence=("nlb1/state",))),
        check("NLB902", WRONG_ARP, CLEAR),
        check("NLB904", CLEAR, gap),
        check("NLB901", CLEAR),
    )


def unknown() -> Report:
    """Nothing that is needed was read; one check is broken; one cause is still on its way elsewhere."""
    return _report(
        check("NLB901", CLEAR),
        check("NLB902", crash=f"one over nothing {HOSTILE}"),
        check("NLB903"),
        lose=("arp",),
        pending=("cluster",),
    )


REPORTS = {"healthy": healthy, "warning": warning, "critical": critical, "unknown": unknown}
