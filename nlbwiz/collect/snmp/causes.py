"""Why an SNMP agent gave no answer, in words: what pysnmp and the agent said, and what the operator can do about it.

No text ever holds a community or a key: credentials appear by their reference (`env:NAME`), v3 users by name.
Sources: RFC 3414 3.2 (the Reports of the user-based security model), RFC 3416 3 (error-status).
"""

from pathlib import Path

from nlbwiz.collect.ticket import Cause
from nlbwiz.site.model import SnmpTarget

ELSEWHERE = "read the table on the device itself; newer firmware may cure its agent"
"""What to do where an agent gives only a part of a table."""


def silent(target: SnmpTarget, seconds: float, *, v3: bool) -> Cause:
    """Nothing came back, twice. With v2c a wrong community is silence too (RFC 3584 5.2.1 has no error for it)."""
    if v3:
        alike = "an access list, an agent that is off and a dead device look alike"
        help_ = "see that SNMP runs there and that its access list admits this machine"
    else:
        alike = "a wrong community, an access list and a dead device look alike"
        help_ = (
            f"see that SNMP runs there, that its access list admits this machine, and the community in {target.snmp}"
        )
    return Cause(
        status="timeout",
        error=f"no answer from {target.endpoint} within {seconds:g} s, asked twice: {alike}",
        resolve=f"{help_}; UDP {target.endpoint.port} must be open",
    )


def unheeded(target: SnmpTarget, user: str, seconds: float) -> Cause:
    """The agent told its v3 engine ID, but never answered a request: net-snmp drops what it cannot decrypt."""
    return Cause(
        status="denied",
        error=f"{target.endpoint} answers SNMPv3, but no request of user {user} within {seconds:g} s, asked twice: "
        "with a wrong privacy key some agents stay silent",
        resolve=f"correct the second protocol and key in {target.snmp}; if they are right, the user may see no context",
    )


def deaf_to(target: SnmpTarget, what: str) -> Cause:
    """The agent answers other questions, but not this one."""
    return Cause(
        status="timeout",
        error=f"{target.endpoint} answers, but not when asked for {what}",
        resolve="ask again; if it stays so, read it on the device itself",
    )


def no_context(target: SnmpTarget, context: str) -> Cause:
    """The agent answers, but not in a VLAN's context: a VLAN that it does not have is met with silence (snmp 5)."""
    return Cause(
        status="unsupported",
        error=f"{target.endpoint} answers, but not in the context of VLAN {context}: no such VLAN, or not for us to see",
        resolve="allow the contexts on the device (v3: `snmp-server group G v3 priv context vlan- match prefix`, UNCONFIRMED)",
    )


def late(seconds: float, more_time: str) -> Cause:
    """A limit came first. `more_time`: which one, and what gives more (Clock.more_time)."""
    return Cause(
        status="timeout",
        error=f"not answered in full within {seconds:.1f} s",
        resolve=more_time,
    )


def nonsense(target: SnmpTarget) -> Cause:
    """Datagrams came that hold no SNMP message."""
    return Cause(
        status="garbled",
        error=f"{target.endpoint} answers with something that is not SNMP, or is cut off",
        resolve="see what listens on that port, and whether something between changes or cuts UDP datagrams",
    )


def repeats(oid: str) -> Cause:
    """A walk met an OID that is not larger than the one before: it would never end (RFC 3416 4.2.2)."""
    return Cause(
        status="garbled",
        error=f"the agent repeats rows: after {oid} comes one that is not larger",
        resolve=ELSEWHERE,
    )


def strange(target: SnmpTarget, what: str) -> Cause:
    """A well-formed answer that does not fit the question."""
    return Cause(
        status="garbled",
        error=f"the answer of {target.endpoint} does not fit the question: {what}",
        resolve="read it on the device itself; newer firmware may cure its agent",
    )


def nowhere() -> Cause:
    """An ask for a row without any place (ifIndex, fdbId) where it could be."""
    return Cause(
        status="skipped", error="no place is known where this row could be", resolve="see why the device named none"
    )


def not_there(names: str, status: str = "noSuchObject") -> Cause:
    """noSuchObject for everything: the agent does not have these objects (RFC 3416 4.2.1). `status`: what it said."""
    return Cause(
        status="unsupported",
        error=f"the agent does not have {names} ({status})",
        resolve="read it on the device itself; or let the agent's SNMP view include it",
    )


def refused(target: SnmpTarget, status: str, oid: str) -> Cause:
    """An error-status for one single variable. `status`: its name in RFC 3416, e.g. `genErr`."""
    if status in ("noAccess", "authorizationError"):
        return Cause(
            status="denied",
            error=f"the agent refuses {oid} ({status})",
            resolve=f"let the SNMP view of {target.snmp} include it",
        )
    if status == "tooBig":
        return Cause(
            status="unsupported",
            error=f"the agent cannot answer even {oid} alone (tooBig)",
            resolve="raise the largest SNMP packet that the device sends, or read it there",
        )
    return Cause(
        status="unsupported",
        error=f"the agent fails on {oid} ({status})",
        resolve="read it on the device itself; newer firmware may cure its agent",
    )


def indicated(target: SnmpTarget, indication: str, text: str, user: str) -> Cause:
    """What pysnmp calls an error indication, by its class name; mostly a Report of SNMPv3. `user`: the v3 user."""
    place, reference = target.endpoint, target.snmp
    match indication:
        case "WrongDigest" | "AuthenticationFailure" | "AuthenticationError":
            error = f"wrong authentication key or protocol for v3 user {user} at {place}"
            resolve = f"correct the first protocol and key in {reference}"
        case "UnknownUserName" | "UnknownSecurityName":
            error = f"{place} does not know the v3 user {user}"
            resolve = f"correct the user in {reference}, or create it on the device"
        case "DecryptionError":
            error = f"wrong privacy key or protocol for v3 user {user} at {place}"
            resolve = f"correct the second protocol and key in {reference}"
        case "UnsupportedSecurityLevel":
            error = f"{place} does not take v3 user {user} at this security level"
            resolve = f"give {reference} the authentication and privacy that the device wants for this user"
        case "EncryptionError" | "UnsupportedPrivProtocol" | "UnsupportedAuthProtocol" | "NoEncryption":
            error = "this Python cannot encrypt SNMPv3: the package cryptography is missing or older than 47"
            resolve = "install cryptography>=47"
        case "NotInTimeWindow":
            error = (
                f"{place} refuses the time of v3 messages: its engine boots or clock jump, or two devices share an ID"
            )
            resolve = "give every device an SNMP engine ID of its own, and see that its clock runs"
        case _:
            said = text or indication
            return Cause(status="garbled", error=f"{place} ended the exchange: {said}", resolve="ask again")
    return Cause(status="denied", error=error, resolve=resolve)


def unsendable(target: SnmpTarget, reason: str) -> Cause:
    """The own system would not send: no route, network down, a local firewall."""
    return Cause(
        status="unreachable",
        error=f"this machine cannot send to {target.endpoint}: {reason}",
        resolve="see the route and the firewall of this machine",
    )


def unresolved(target: SnmpTarget, reason: str) -> Cause:
    """The endpoint is a name without an address."""
    return Cause(
        status="unreachable",
        error=f"the name {target.endpoint.host} has no address: {reason}",
        resolve=f"correct the endpoint of {target.name}, or write its address instead",
    )


def no_credential(target: SnmpTarget, reason: str) -> Cause:
    """The reference gave no community and no v3 user."""
    return Cause(
        status="denied",
        error=f"no SNMP credential: {reason}",
        resolve=f"make {target.snmp} give a community or a v3 user",
    )


def broken(reason: str) -> Cause:
    """Our own fault, or an installation without pysnmp."""
    return Cause(
        status="unsupported", error=f"SNMP does not work in this installation: {reason}", resolve="install again"
    )


def our_fault(error: Exception) -> Cause:
    """An exception that nobody expected: where it was raised, not its text, which may quote what a library was given."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return broken(type(error).__name__ + place)


def no_question(target: str, probe: str) -> Cause:
    """Something that SNMP cannot ask, or nobody whom it could."""
    return Cause(status="unsupported", error=f"{probe} is no SNMP question, or {target} no SNMP target of the site")
