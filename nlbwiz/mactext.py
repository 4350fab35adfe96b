"""The page that `nlbwiz mac TEXT` prints, and the MAC calculator shows: ASCII text of so many columns."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from nlbwiz import addr
from nlbwiz.addr import Mac
from nlbwiz.macpage import MODE_NAMES, TITLES, IpPage, MacPage, Spelled, pages

COLUMNS = 100
_MASKED_SHOWN = 3  # the rule beneath them tells the others


def describe(text: str, columns: int = COLUMNS) -> str:
    """The pages as text, ASCII, with a final newline: at most so many columns, but for the tables (70).

    AddressError when the text has no address.
    """
    found = pages(text)
    lines: list[str] = []
    if len(found) > 1 or found[0].asked != text.strip():
        names = ", ".join(one.primary if isinstance(one, IpPage) else one.mac for one in found)
        lines += _wrapped(f"In the text: {names}", "", columns)
        for one in found:
            lines += _wrapped(one.fit, "", columns) if isinstance(one, MacPage) and one.fit else ()
        lines.append("")
    for one in found:
        lines += (*(_ip_lines(one, columns) if isinstance(one, IpPage) else _mac_lines(one, columns)), "")
    if any(isinstance(one, MacPage) or one.cluster for one in found):
        lines += (*_notations(columns), "")
    return "\n".join(lines)


def _ip_lines(ip: IpPage, columns: int) -> Iterator[str]:
    if ip.impossible:
        yield f"{ip.primary} cannot be the primary IP of an NLB cluster"
        yield from _wrapped(f"{ip.impossible}.", "", columns)
        if ip.cluster:
            yield ""
            yield "MAC of the group"
            yield from _table(ip.cluster)
        yield from _ending(ip.notes, columns)
        return
    yield f"{ip.primary} as the primary IP of an NLB cluster"
    yield ""
    yield "Cluster MAC, with which every VIP is answered" + (" (derived)" if ip.cluster[0].derived else "")
    yield from _table(ip.cluster)
    if ip.igmp_group:
        yield ""
        yield f"Group in IGMP multicast mode: {ip.igmp_group}"
    if ip.masked:
        tail = ip.masked[0].mac[6:]
        yield ""
        yield from _wrapped(
            "Source MAC of the nodes' frames in unicast mode (MaskSourceMAC is on by default)", "", columns
        )
        yield from _table(ip.masked[:_MASKED_SHOWN])
        rule = f"host priority 1 to 32 in hex is the second octet: 02-01-{tail} to 02-20-{tail}"
        yield from _wrapped(rule, "  ", columns)
    yield from _ending(ip.notes, columns)


def _mac_lines(found: MacPage, columns: int) -> Iterator[str]:
    yield f"{found.mac}: {TITLES[found.kind]}"
    yield from _wrapped(found.meaning, "", columns)
    yield ""
    yield from (f"{label + ':':<15}{value}" for label, value in _known(found))
    macs = found.cluster
    if all(one.mac != found.mac for one in macs):
        macs = (Spelled(name="asked", mac=found.mac, spelled=found.spelled), *macs)
    yield ""
    yield f"In every notation, with the cluster MACs of {found.primary}" if found.cluster else "In every notation"
    yield from _table(macs, asked=found.mac)
    yield from _ending(found.notes, columns)


def _known(found: MacPage) -> Iterator[tuple[str, str]]:
    if found.mode:
        yield "mode", MODE_NAMES[found.mode]
    if found.primary:
        yield "primary IP", found.primary
    if found.tail:
        yield "primary IP", f"ends in .{found.tail[0]}.{found.tail[1]}"
    if found.priority:
        yield "host priority", str(found.priority)
    if found.igmp_group:
        yield "IGMP group", found.igmp_group + ("" if found.mode == "igmp" else " (if the mode were IGMP multicast)")
    if found.pool_host_tail:
        yield "pool's host", f"had an IP that ended in .{found.pool_host_tail[0]}.{found.pool_host_tail[1]}"
    if found.vendor:
        yield "vendor", found.vendor
    yield "address bits", f"{'group' if found.group_address else 'one NIC'}, {_administered(found.mac)}"


def _administered(mac: Mac) -> str:
    return "locally administered" if addr.mac_octets(mac)[0] & 0x02 else "globally administered"


def _table(columns: Sequence[Spelled], asked: Mac | None = None) -> Iterator[str]:
    """A row a notation, a column a MAC; the column that was asked for is marked."""
    names = [
        column.name + (" <- asked" if column.mac == asked and column.name != "asked" else "") for column in columns
    ]
    widths = [max(len(name), *map(len, column.spelled.values())) for name, column in zip(names, columns, strict=True)]
    label = max(map(len, addr.FORM_PLATFORMS))
    yield _row("", label, names, widths)
    for form in addr.FORM_PLATFORMS:
        yield _row(form, label, [column.spelled[form] for column in columns], widths)


def _row(name: str, label: int, cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"  {name:<{label}}  {'  '.join(padded)}".rstrip()


def _ending(notes: Sequence[str], columns: int) -> Iterator[str]:
    if notes:
        yield ""
        yield "Mind"
    for note in notes:
        yield from _wrapped(note, "  - ", columns)


def _notations(columns: int) -> Iterator[str]:
    yield "Who writes which notation"
    label = max(map(len, addr.FORM_PLATFORMS))
    for form, platforms in addr.FORM_PLATFORMS.items():
        yield from _wrapped(platforms, f"  {form:<{label}}  ", columns)


def _wrapped(text: str, first: str, columns: int) -> list[str]:
    return textwrap.wrap(
        text, columns, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
    )
