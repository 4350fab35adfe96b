"""The address algebra against Microsoft's published vectors, what devices print, and properties of every address."""

import string
from ipaddress import IPv4Address, IPv6Address
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlbwiz.addr import (
    FORM_PLATFORMS,
    MODES,
    AddressError,
    Mac,
    MacForm,
    MacKind,
    Mode,
    all_cluster_macs,
    cluster_mac,
    decode,
    igmp_group,
    in_pool,
    is_group_mac,
    mac,
    mac_from_oid,
    mac_octets,
    mac_oid,
    masked_mac,
    not_a_primary,
    shown,
    spell,
    vendor_of,
)

unhurried = settings(deadline=None)  # a busy machine, or the first look into the registry, is no failure
any_mac = st.binary(min_size=6, max_size=6).map(mac)
any_ipv4 = st.integers(0, 2**32 - 1).map(IPv4Address)
any_ipv6 = st.integers(0, 2**128 - 1).map(IPv6Address)
priorities = st.integers(1, 32)

# The first is the networking blog's of 2008-12-11, the second tech-wiki.net's, the last has the IP of KB 4494444's
# example; what they do not print follows from KB 4494444's formulae.
VECTORS = """
primary       unicast            multicast          igmp               group          host1
172.24.1.201  02-BF-AC-18-01-C9  03-BF-AC-18-01-C9  01-00-5E-7F-01-C9  239.255.1.201  02-01-AC-18-01-C9
199.99.20.70  02-BF-C7-63-14-46  03-BF-C7-63-14-46  01-00-5E-7F-14-46  239.255.20.70  02-01-C7-63-14-46
172.31.3.232  02-BF-AC-1F-03-E8  03-BF-AC-1F-03-E8  01-00-5E-7F-03-E8  239.255.3.232  02-01-AC-1F-03-E8
10.0.0.1      02-BF-0A-00-00-01  03-BF-0A-00-00-01  01-00-5E-7F-00-01  239.255.0.1    02-01-0A-00-00-01
"""
HEAD, *ROWS = (line.split() for line in VECTORS.strip().splitlines())


@pytest.mark.parametrize(HEAD, ROWS)
def test_macs_and_group_follow_from_the_primary_ip(
    primary: str, unicast: str, multicast: str, igmp: str, group: str, host1: str
) -> None:
    ip = IPv4Address(primary)
    assert all_cluster_macs(ip) == {"unicast": unicast, "multicast": multicast, "igmp": igmp}
    assert igmp_group(ip) == IPv4Address(group)
    assert masked_mac(1, ip) == host1


def test_an_ipv6_primary_gives_the_mac_of_microsofts_own_sample() -> None:
    sample = IPv6Address("2001:4898:e8:3018:bd82:dde1:6615:7b0")  # Get-NlbClusterDriverInfo, example 1
    assert all_cluster_macs(sample) == {"unicast": "02-BF-FB-7E-A2-D1", "multicast": "03-BF-FB-7E-A2-D1"}
    with pytest.raises(AddressError, match="needs an IPv4 primary IP, found '2001:4898:"):
        cluster_mac("igmp", sample)


def test_the_articles_static_arp_line_holds_the_mac_of_another_primary() -> None:
    """`arp 172.31.1.232 03bf.bc1f.0164`, much copied, is wrong for its own IP."""
    printed = mac("03bf.bc1f.0164")
    assert printed != cluster_mac("multicast", IPv4Address("172.31.1.232")) == mac("03bf.ac1f.01e8")
    assert decode(printed).mode == "multicast"
    assert decode(printed).primary == IPv4Address("188.31.1.100")


@pytest.mark.parametrize("priority", [0, 33, -1, 256, 10**30])
def test_a_host_priority_outside_1_to_32_is_refused(priority: int) -> None:
    with pytest.raises(AddressError, match=f"from 1 to 32, found {priority}"):
        masked_mac(priority, IPv4Address("10.0.0.1"))


# ---- notations -----------------------------------------------------------------------------------------------------

SPELLINGS: list[tuple[MacForm, str]] = [
    ("dashed", "02-BF-AC-1F-03-E8"),
    ("colons", "02:bf:ac:1f:03:e8"),
    ("dotted", "02bf.ac1f.03e8"),
    ("hhh", "02bf-ac1f-03e8"),
    ("procurve", "02bfac-1f03e8"),
    ("bare", "02BFAC1F03E8"),
    ("octets", "0x02bfac1f03e8"),
    ("oid", "2.191.172.31.3.232"),
]


@pytest.mark.parametrize(("form", "text"), SPELLINGS)
def test_each_form_is_spelled_as_its_devices_write_it(form: MacForm, text: str) -> None:
    assert spell(Mac("02-BF-AC-1F-03-E8"), form) == text


def test_every_form_has_its_platforms_and_its_row_here() -> None:
    assert set(FORM_PLATFORMS) == set(get_args(MacForm)) == {form for form, _ in SPELLINGS}
    assert get_args(Mode) == MODES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("02:BF:AC:1F:03:E8", "02-BF-AC-1F-03-E8"),  # MikroTik, Broadcom ICOS
        ("2:bf:ac:1f:3:e8", "02-BF-AC-1F-03-E8"),  # net-snmp and Solaris leave zeros out
        ("8c-60-4f-19-1c-1", "8C-60-4F-19-1C-01"),
        ("02-bf-ac-1f-03-e8", "02-BF-AC-1F-03-E8"),
        ("0:1:2:3:4:e8", "00-01-02-03-04-E8"),
        ("02 BF AC 1F 03 E8 ", "02-BF-AC-1F-03-E8"),  # net-snmp's Hex-STRING
        ("02BF.AC1F.03E8", "02-BF-AC-1F-03-E8"),
        ("02bf:ac1f:03e8", "02-BF-AC-1F-03-E8"),
        ("02bfac:1f03e8", "02-BF-AC-1F-03-E8"),
        ("0X02BFAC1F03E8", "02-BF-AC-1F-03-E8"),
        ("020000000001", "02-00-00-00-00-01"),  # only decimal digits, still hex
        (".2.191.172.31.3.232", "02-BF-AC-1F-03-E8"),
        ("0.0.0.0.0.10", "00-00-00-00-00-0A"),
        ("\t02bf.ac1f.03e8\r\n", "02-BF-AC-1F-03-E8"),
        (b"\x02\xbf\xac\x1f\x03\xe8", "02-BF-AC-1F-03-E8"),
        (b"f-e2-1", "66-2D-65-32-2D-31"),  # octets are never read as text
    ],
)
def test_a_mac_is_read_in_what_devices_print(text: str | bytes, expected: str) -> None:
    assert mac(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a MAC address: found 0 digits, expected 12 hex digits"),
        ("2bfac1f03e8", "found 11 digits"),  # which zero is missing?
        ("0x2bfac1f03e8", "found 11 digits"),
        ("02-BF-AC-1F-03-E", "found 11 digits, expected"),  # a lost digit, not a zero left out: the others are there
        ("02:bf:ac:1f:3:e8", "found 11 digits, expected"),
        ("172.31.3", "found 6 digits"),  # half an IP address
        ("172.31.3.232", "found 9 digits"),
        ("2024-11-24", "found 8 digits"),
        ("be-fe-01", "found 6 digits"),  # a node's name
        ("02-BF-AC-1F-03-GG", "found 'g'"),
        ("02bf:ac1f-03e8", "found 12 digits in groups that no device writes"),
        ("02:bf-ac:1f:03:e8", "found 12 digits in groups that no device writes"),
        ("02.bf.ac.1f.03.e8", "found 12 digits in groups that no device writes"),
        ("02.01.10.31.03.10", "found 12 digits in groups"),  # hex or decimal?
        ("2.191.172.31.3.256", "from 0 to 255, found 256"),
        ("02-BF-AC-1F-03-E8-00-00", "found 16 digits"),  # EUI-64
        ("02-BF-AC-1F-03-E8\n02-BF-AC-1F-03-E9", r"found '\\n'"),
        ("\u0662-BF-AC-1F-03-E8", r"found '\\u0662'"),  # an Arabic digit two
        ("\x1b[31m", r"^'\\x1b\[31m' is not"),
        (b"", "incomplete ARP entry"),
        (b"\x02\xbf\xac", "expected 6 octets, found 3"),
    ],
)
def test_a_text_that_is_no_mac_is_refused_with_what_was_found(text: str | bytes, message: str) -> None:
    with pytest.raises(AddressError, match=message):
        mac(text)


@pytest.mark.parametrize("text", ["0" * 5_000_000, "\x00" * 5_000_000, "02-" * 100_000, b"\xff" * 5_000_000])
def test_megabytes_get_a_short_answer(text: str | bytes) -> None:
    with pytest.raises(AddressError) as caught:
        mac(text)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()
    assert str(caught.value).isascii()


def test_what_is_shown_of_a_foreign_text_is_quoted_and_short() -> None:
    assert shown("nlb1") == "'nlb1'"
    assert shown("\x1b[2J\u00e9") == r"'\x1b[2J\xe9'"
    assert shown("x" * 41) == f"'{'x' * 40}'... (41 characters)"
    assert shown(b"\x00" * 41).endswith("(41 octets)")
    assert len(shown("\U0001f600" * 40)) < 110


def test_an_index_ends_in_the_mac() -> None:
    fdb_row = (1, 3, 6, 1, 2, 1, 17, 7, 1, 2, 2, 1, 2, 3, 2, 191, 172, 31, 3, 232)  # dot1qTpFdbPort, fdbId 3
    assert mac_from_oid(fdb_row) == "02-BF-AC-1F-03-E8"
    assert mac_oid(Mac("01-00-5E-7F-03-E8")) == (1, 0, 94, 127, 3, 232)
    with pytest.raises(AddressError, match="6 sub-identifiers of a MAC address, found 2"):
        mac_from_oid((3, 232))
    with pytest.raises(AddressError, match="from 0 to 255, found 4096"):
        mac_from_oid((2, 191, 172, 31, 3, 4096))


# ---- decoding ------------------------------------------------------------------------------------------------------

DECODED: list[tuple[str, MacKind, str | None, str]] = [
    ("03bf.bc1f.0164", "cluster", None, "multicast mode of the primary IP 188.31.1.100"),
    ("02-BF-E1-00-00-01", "cluster", None, "225.0.0.1 is a multicast group and no primary IP"),
    ("01-00-5E-7F-03-E8", "cluster", None, "ends in .3.232; group 239.255.3.232"),
    ("01-00-5E-7F-FF-FA", "cluster", None, "SSDP's 239.255.255.250, which most Windows machines join: ambiguous"),
    ("02-01-AC-1F-03-E8", "masked", None, "host priority 1 in a unicast cluster with the primary IP 172.31.3.232"),
    ("02-20-AC-1F-03-E8", "masked", None, "host priority 32"),
    ("02-01-00-00-00-01", "masked", None, "no primary IP, so it is hardly NLB's"),
    ("02-21-AC-1F-03-E8", "local", None, "Locally administered"),
    ("02-00-AC-1F-03-E8", "local", None, "Locally administered"),
    ("02-42-AC-11-00-02", "local", None, "Locally administered"),
    ("AA-00-04-00-01-04", "local", None, "Locally administered"),  # in the registry, but an address like any local one
    ("00-BF-AC-1F-03-E8", "unknown", None, "NLB uses 02-BF-AC-1F-03-E8 for the primary IP 172.31.3.232"),
    ("00-BF-77-01-02-03", "vendor", "Cisco Systems, Inc", "NLB uses 02-BF-77-01-02-03"),
    ("00-15-5D-03-15-07", "hyper-v", "Microsoft Corporation", "ended in .3.21"),
    ("00-1D-D8-B7-1C-00", "vmm", "Microsoft Corporation", "SCVMM's default pool"),
    ("00-1D-D8-F4-1F-FF", "vmm", "Microsoft Corporation", "SCVMM's default pool"),
    ("00-1D-D8-B7-1B-FF", "vendor", "Microsoft Corporation", "registered to Microsoft Corporation"),
    ("00-1D-D8-F4-20-00", "vendor", "Microsoft Corporation", "registered to Microsoft Corporation"),
    ("00-00-0C-07-AC-0A", "hsrp", "Cisco Systems, Inc", "HSRP version 1, group 10"),
    ("00-00-0C-9F-F1-05", "hsrp", "Cisco Systems, Inc", "HSRP version 2, group 261"),
    ("00-00-0C-9F-E1-05", "vendor", "Cisco Systems, Inc", "registered to"),
    ("00-05-73-A0-0F-FF", "hsrp", "Cisco Systems, Inc", "HSRP for IPv6, group 4095"),
    ("00-00-5E-00-01-14", "vrrp", None, "VRRP for IPv4, virtual router 20"),
    ("00-00-5E-00-02-14", "vrrp", None, "VRRP for IPv6, virtual router 20"),
    ("01-00-5E-00-00-12", "multicast", None, "224.0.0.18 or one of 31 others"),
    ("01-00-5E-FF-00-12", "multicast", None, "A group address"),  # RFC 1112: IPv4 multicast has this bit 0
    ("33-33-FF-15-07-B0", "multicast", None, "ends in ff15:07b0"),
    ("2F-68-1A-56-21-81", "multicast", None, "not a form that NLB makes"),  # seen as a typed ARP row on a Catalyst 6500
    ("03-BE-AC-1F-03-E8", "multicast", None, "not a form that NLB makes"),
    ("8C-60-4F-19-1C-01", "vendor", "Cisco Systems, Inc", "8C-60-4F is registered to Cisco Systems, Inc."),
    ("00-50-C2-00-00-01", "vendor", "T.L.S. Corp.", "registered to T.L.S. Corp."),  # a small block, an IAB
    ("70-B3-D5-00-00-01", "vendor", "IEEE Registration Authority", "in smaller blocks"),
    ("00-BF-00-00-00-01", "unknown", None, "looks like one copied from documentation"),
    ("FC-FF-FF-00-00-01", "unknown", None, "not in the IEEE registry"),
    ("00-00-00-00-00-00", "zero", None, "incomplete ARP entry"),
    ("FF-FF-FF-FF-FF-FF", "broadcast", None, "broadcast address"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "vendor", "note"), DECODED)
def test_a_mac_is_told_apart_by_its_bits(text: str, kind: MacKind, vendor: str | None, note: str) -> None:
    found = decode(mac(text))
    assert (found.kind, found.vendor) == (kind, vendor)
    assert note in found.note


def test_every_kind_has_its_row_here() -> None:
    assert {row[1] for row in DECODED} == set(get_args(MacKind))


def test_a_hyper_v_mac_hints_at_its_hosts_ip() -> None:
    assert decode(Mac("00-15-5D-03-15-07")).pool_host_tail == (3, 21)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00-15-5D-03-15-00", True),
        ("00-15-5D-03-15-FF", True),
        ("00-15-5D-03-14-FF", False),
        ("00-15-5D-03-16-00", False),
        ("00-15-5C-03-15-80", False),
    ],
)
def test_a_pool_includes_both_its_ends(text: str, expected: bool) -> None:
    low, high = mac("00155D031500"), mac("00155D0315FF")
    assert in_pool(mac(text), low, high) is expected
    assert not in_pool(mac(text), high, low)


@pytest.mark.parametrize(
    ("ip", "why"),
    [
        ("172.31.3.232", None),
        ("2001:db8::1", None),
        ("239.255.3.232", "a multicast group"),
        ("ff02::1", "a multicast group"),
        ("127.0.0.1", "a loopback address"),
        ("::1", "a loopback address"),
        ("0.1.2.3", "of the network that means 'this host'"),
        ("::", "of the network that means 'this host'"),
        ("255.255.255.255", "reserved or the broadcast address"),
    ],
)
def test_an_address_that_no_cluster_can_have_is_named(ip: str, why: str | None) -> None:
    assert not_a_primary(IPv6Address(ip) if ":" in ip else IPv4Address(ip)) == why


# ---- properties ----------------------------------------------------------------------------------------------------


@unhurried
@given(any_mac)
def test_every_form_of_every_mac_is_read_back(address: Mac) -> None:
    for form in FORM_PLATFORMS:
        text = spell(address, form)
        assert mac(text) == mac(text.upper().replace("0X", "0x")) == mac(f" {text.lower()}\n") == address
    assert mac(mac_octets(address)) == mac_from_oid(mac_oid(address)) == mac_from_oid((1, 3, 6, *mac_oid(address)))
    assert mac(address) == spell(address, "dashed") == address


@unhurried
@given(st.integers(0, 2**48 - 1), st.integers(0, 2**48 - 1), st.integers(0, 2**48 - 1))
def test_a_pool_holds_what_lies_between_its_ends(one: int, low: int, high: int) -> None:
    address, first, last = (mac(value.to_bytes(6)) for value in (one, low, high))
    assert in_pool(address, first, last) == (low <= one <= high)


@unhurried
@given(st.sampled_from(MODES), any_ipv4)
def test_a_cluster_mac_tells_its_mode_and_primary_ip(mode: Mode, primary: IPv4Address) -> None:
    found = decode(cluster_mac(mode, primary))
    assert (found.kind, found.mode) == ("cluster", mode)
    if mode == "igmp":
        assert (found.primary, found.tail) == (None, tuple(primary.packed[2:]))
    else:
        assert (found.primary, found.tail) == (primary, None)
    assert is_group_mac(found.mac) == (mode != "unicast")


@unhurried
@given(priorities, any_ipv4)
def test_a_masked_mac_tells_its_host_priority_and_primary_ip(priority: int, primary: IPv4Address) -> None:
    found = decode(masked_mac(priority, primary))
    assert (found.kind, found.priority, found.primary, found.mode) == ("masked", priority, primary, None)
    assert not is_group_mac(found.mac)


@unhurried
@given(any_ipv4)
def test_the_group_maps_to_the_mac_of_igmp_mode_by_rfc_1112(primary: IPv4Address) -> None:
    low_23_bits = int(igmp_group(primary)) & 0x7FFFFF
    assert mac((0x01005E << 24 | low_23_bits).to_bytes(6)) == cluster_mac("igmp", primary)


@unhurried
@given(any_ipv6)
def test_an_ipv6_primary_gives_a_cluster_mac_of_each_mode_but_igmp(primary: IPv6Address) -> None:
    macs = all_cluster_macs(primary)
    assert list(macs) == ["unicast", "multicast"]
    assert {mode: decode(address).mode for mode, address in macs.items()} == {mode: mode for mode in macs}
    assert macs["unicast"][3:] == macs["multicast"][3:] == "BF" + masked_mac(7, primary)[5:]


@unhurried
@given(any_mac)
def test_every_mac_is_decoded_with_a_plain_note(address: Mac) -> None:
    found = decode(address)
    assert found.mac == address
    assert found.note.isascii()
    assert found.note.isprintable()
    assert found.note.endswith(".")


@unhurried
@given(
    st.one_of(st.text(max_size=80), st.text(alphabet=string.hexdigits + ".:- x\n", max_size=40), st.binary(max_size=8))
)
@example("0x0x02bfac1f03e8")
@example("\ud800")
@example("9" * 17)
def test_reading_a_mac_answers_or_raises_address_error(text: str | bytes) -> None:
    try:
        answer: str = mac(text)
        assert mac(answer) == answer
    except AddressError as error:
        answer = str(error)
    assert answer.isascii()
    assert answer.isprintable()
    assert len(answer) < 400


@unhurried
@given(st.binary(min_size=3, max_size=3))
def test_local_and_group_addresses_have_no_vendor(prefix: bytes) -> None:
    vendor = vendor_of(mac(prefix + b"\x00\x00\x01"))
    assert vendor is None or (vendor.isascii() and not prefix[0] & 0x03)
