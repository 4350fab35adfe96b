"""The page of `nlbwiz mac`: what it must say, its width, its data as JSON, and its answer to bad text."""

import string
from ipaddress import IPv4Address

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlbwiz import addr
from nlbwiz.addr import AddressError
from nlbwiz.macpage import IpPage, MacPage, page, pages
from nlbwiz.mactext import describe

unhurried = settings(deadline=None)  # a busy machine, or the first look into the registry, is no failure


def flat(text: str) -> str:
    """The page with its line breaks and columns as single spaces."""
    return " ".join(describe(text).split())


SEED = """\
172.31.3.232 as the primary IP of an NLB cluster

Cluster MAC, with which every VIP is answered
            unicast             multicast           IGMP multicast
  dashed    02-BF-AC-1F-03-E8   03-BF-AC-1F-03-E8   01-00-5E-7F-03-E8
  colons    02:bf:ac:1f:03:e8   03:bf:ac:1f:03:e8   01:00:5e:7f:03:e8
  dotted    02bf.ac1f.03e8      03bf.ac1f.03e8      0100.5e7f.03e8
  hhh       02bf-ac1f-03e8      03bf-ac1f-03e8      0100-5e7f-03e8
  procurve  02bfac-1f03e8       03bfac-1f03e8       01005e-7f03e8
  bare      02BFAC1F03E8        03BFAC1F03E8        01005E7F03E8
  octets    0x02bfac1f03e8      0x03bfac1f03e8      0x01005e7f03e8
  oid       2.191.172.31.3.232  3.191.172.31.3.232  1.0.94.127.3.232

Group in IGMP multicast mode: 239.255.3.232

Source MAC of the nodes' frames in unicast mode (MaskSourceMAC is on by default)
            host 1             host 2             host 3
  dashed    02-01-AC-1F-03-E8  02-02-AC-1F-03-E8  02-03-AC-1F-03-E8
  colons    02:01:ac:1f:03:e8  02:02:ac:1f:03:e8  02:03:ac:1f:03:e8
  dotted    0201.ac1f.03e8     0202.ac1f.03e8     0203.ac1f.03e8
  hhh       0201-ac1f-03e8     0202-ac1f-03e8     0203-ac1f-03e8
  procurve  0201ac-1f03e8      0202ac-1f03e8      0203ac-1f03e8
  bare      0201AC1F03E8       0202AC1F03E8       0203AC1F03E8
  octets    0x0201ac1f03e8     0x0202ac1f03e8     0x0203ac1f03e8
  oid       2.1.172.31.3.232   2.2.172.31.3.232   2.3.172.31.3.232
  host priority 1 to 32 in hex is the second octet: 02-01-AC-1F-03-E8 to 02-20-AC-1F-03-E8
"""


def test_a_primary_ip_gives_every_mac_in_every_notation() -> None:
    assert describe("172.31.3.232").startswith(SEED)


@pytest.mark.parametrize(
    ("text", "sayings"),
    [
        (
            "172.31.3.232",
            [
                "Every VIP of a cluster answers with the MAC of the PRIMARY IP. If 172.31.3.232 is an additional VIP",
                "every cluster whose primary IP ends in .3.232 has it",
                "A Hyper-V MAC pool, a live migration or another NIC does not change it",
                "dotted Cisco IOS",
            ],
        ),
        ("10.1.255.250", ["WARNING: 239.255.255.250 is SSDP's group", "Group in IGMP multicast mode: 239.255.255.250"]),
        (
            "239.255.3.232",
            [
                "239.255.3.232 cannot be the primary IP of an NLB cluster 239.255.3.232 is a multicast group.",
                "the IGMP group of every cluster whose primary IP ends in .3.232",
                "01-00-5E-7F-03-E8",
            ],
        ),
        ("239.255.255.250", ["WARNING: 239.255.255.250 is SSDP's group"]),
        ("224.0.0.1", ["cannot be the primary IP of an NLB cluster 224.0.0.1 is a multicast group"]),
        ("0.0.0.0", ["cannot be the primary IP of an NLB cluster 0.0.0.0 is of the network that means"]),
        ("255.255.255.255", ["cannot be the primary IP of an NLB cluster 255.255.255.255 is reserved or"]),
        ("127.0.0.1", ["cannot be the primary IP of an NLB cluster 127.0.0.1 is a loopback address"]),
        (
            "arp 172.31.1.232 03bf.bc1f.0164 ARPA",
            [
                "In the text: 172.31.1.232, 03-BF-BC-1F-01-64",
                "03-BF-BC-1F-01-64 DOES NOT FIT 172.31.1.232: it is the cluster MAC of 188.31.1.100 in multicast mode",
                "172.31.1.232 would have 03-BF-AC-1F-01-E8",
                "172.31.1.232 as the primary IP",
                "03-BF-BC-1F-01-64: NLB cluster MAC",
            ],
        ),
        (
            "Internet  172.31.3.232   -   03bf.ac1f.03e8  ARPA   Vlan31",
            ["03-BF-AC-1F-03-E8 fits 172.31.3.232: the cluster MAC in multicast mode"],
        ),
        ("Hex-STRING: 02 BF AC 1F 03 E8", ["In the text: 02-BF-AC-1F-03-E8", "mode: unicast"]),
        (
            "The system detected an address conflict for IP address 172.31.3.232 with the system having network "
            "hardware address 02-05-AC-1F-03-E8. Network operations on this system may be disrupted as a result.",
            ["02-05-AC-1F-03-E8 fits 172.31.3.232: the masked MAC of host 5"],
        ),
        (
            "172.31.3.232 is at 8c-60-4f-19-1c-01",
            ["does not fit 172.31.3.232: it is no cluster MAC (address of a NIC)"],
        ),
        ("::ffff:172.31.3.232", ["172.31.3.232 as the primary IP", "03bf.ac1f.03e8"]),
        (
            "2001:4898:e8:3018:bd82:dde1:6615:7b0",
            ["is answered (derived)", "02-BF-FB-7E-A2-D1", "Derived: ", "UNCONFIRMED: whether IGMP multicast mode"],
        ),
        (
            "03bf.bc1f.0164",
            [
                "03-BF-BC-1F-01-64: NLB cluster MAC",
                "primary IP: 188.31.1.100",
                "unicast multicast <- asked IGMP multicast",
                "dotted 02bf.bc1f.0164 03bf.bc1f.0164 0100.5e7f.0164",
                "Right for a VIP only if 188.31.1.100 is the PRIMARY IP",
                "need a static ARP entry with this MAC",
            ],
        ),
        (
            "2.191.172.31.3.232",
            ["mode: unicast", "dashed 02-BF-AC-1F-03-E8 03-BF-AC-1F-03-E8", "must not be learned on a port"],
        ),
        (
            "01:00:5e:7f:ff:fa",
            [
                "mode: IGMP multicast",
                "primary IP: ends in .255.250",
                "unicast 02-BF-w-x-FF-FA, multicast 03-BF-w-x-FF-FA",
                "WARNING: 239.255.255.250 is SSDP's group",
            ],
        ),
        (
            "0205.ac1f.03e8",
            ["masked source MAC of an NLB node", "host priority: 5", "asked unicast multicast IGMP multicast"],
        ),
        ("02-BF-E1-00-00-01", ["225.0.0.1 is a multicast group and no primary IP", "In every notation asked"]),
        ("00-BF-AC-1F-03-E8", ["NLB uses 02-BF-AC-1F-03-E8", "globally administered"]),
        ("00-15-5D-03-15-07", ["Hyper-V vNIC", "ended in .3.21", "vendor: Microsoft Corporation"]),
        ("00:00:0c:07:ac:0a", ["HSRP version 1, group 10"]),
        ("8c-60-4f-19-1c-1", ["vendor: Cisco Systems, Inc", "dotted 8c60.4f19.1c01"]),
    ],
)
def test_the_page_says_what_the_operator_must_know(text: str, sayings: list[str]) -> None:
    shown = flat(text)
    assert [saying for saying in sayings if saying not in shown] == []


def test_a_page_without_anything_to_mind_has_no_empty_heading() -> None:
    assert "Mind" not in describe("8c-60-4f-19-1c-1")


def test_the_data_carries_all_host_priorities_and_reads_as_json() -> None:
    found = page("172.31.3.232")
    assert isinstance(found, IpPage)
    assert [masked.priority for masked in found.masked] == list(range(1, 33))
    data = msgspec.json.decode(msgspec.json.encode(found))
    assert data["subject"] == "primary_ip"
    assert data["cluster"][1]["spelled"]["dotted"] == "03bf.ac1f.03e8"
    assert data["igmp_group"] == "239.255.3.232"


def test_the_data_of_a_mac_reads_as_json() -> None:
    found = page(" 03bf.bc1f.0164\n")
    assert isinstance(found, MacPage)
    data = msgspec.json.decode(msgspec.json.encode(found))
    assert (data["subject"], data["asked"], data["mac"]) == ("mac", "03bf.bc1f.0164", "03-BF-BC-1F-01-64")
    assert (data["kind"], data["mode"], data["primary"]) == ("cluster", "multicast", "188.31.1.100")
    assert [column["mode"] for column in data["cluster"]] == ["unicast", "multicast", "igmp"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nlb1", r"'nlb1' is neither an IP nor a MAC address: expected a primary cluster IP \(172.31.3.232\) or a MAC"),
        ("172.31.3.232/24", "a primary cluster IP without a prefix length"),
        ("fe80::1%\x1b[31m", r"'fe80::1%\\x1b\[31m' is neither .* without a zone"),
        ("172.31.3.256", r"'172.31.3.256' is neither an IP nor a MAC address: octet 256 is above 255; expected"),
        ("172.31.3.999", "octet 999 is above 255"),
        ("172.31.03.232", "an octet has a leading zero"),
        ("172.31.3", "3 numbers with dots, an IPv4 address has 4"),
        ("03bf.bc1f.016", "too short: 11 digits"),
        ("03-bf-bc-1f-01-64-00", "too long: 14 digits"),
        ("no address here, 202611240300 or so", "is neither"),
        ("", "'' is neither"),
    ],
)
def test_a_text_that_is_no_address_is_refused_with_the_forms(text: str, message: str) -> None:
    with pytest.raises(AddressError, match=message) as caught:
        describe(text)
    assert all(addr.spell(addr.mac("02bfac1f03e8"), form) in str(caught.value) for form in addr.FORM_PLATFORMS)


def test_the_addresses_of_a_pasted_text_are_paged_once_each_and_bounded() -> None:
    found = pages("172.31.3.232 03bf.ac1f.03e8\n172.31.3.232/24 (03-BF-AC-1F-03-E8), 2001:db8::1")
    assert [one.subject for one in found] == ["primary_ip", "mac", "primary_ip"]
    assert len(pages(" ".join(f"10.0.{n}.1" for n in range(200)))) == 8
    with pytest.raises(AddressError):
        pages("x " * 4000 + "172.31.3.232")


@pytest.mark.parametrize("text", ["1" * 5_000_000, "\x00" * 5_000_000, "1." * 2_000_000, " " * 5_000_000])
def test_megabytes_get_a_short_answer(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        describe(text)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def fits(shown: str, columns: int) -> bool:
    lines = shown.splitlines()
    return shown.isascii() and all(
        line.isprintable() and len(line) <= columns and line == line.rstrip() for line in lines
    )


@unhurried
@given(st.one_of(st.ip_addresses().map(str), st.binary(min_size=6, max_size=6).map(addr.mac)))
@example("255.255.255.255")
@example("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
@example(addr.masked_mac(32, IPv4Address("223.255.255.255")))
@example(addr.mac("00-BF-FF-FF-FF-FF"))
def test_every_page_is_plain_text_of_at_most_100_columns(text: str) -> None:
    shown = describe(text)
    assert fits(shown, 100)
    assert shown.endswith("\n")


@unhurried
@given(st.one_of(st.text(max_size=80), st.text(alphabet=string.hexdigits + ".:-%/ \n", max_size=40)))
@example("::%\x1b]0;x\x07")
@example("\ud800")
def test_any_text_gives_a_page_or_a_short_error(text: str) -> None:
    try:
        answer, columns = describe(text), 100
    except AddressError as error:
        answer, columns = str(error), 400
    assert fits(answer, columns)
