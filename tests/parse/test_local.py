"""What is asked here -> facts: the jump host's neighbour table and the operator's answers."""

from ipaddress import IPv4Address, IPv4Interface

import pytest

from nlbwiz import facts as f
from nlbwiz.addr import mac
from nlbwiz.parse.local import answer as read_answer
from nlbwiz.parse.local import jump_interfaces, neighbours, owners
from tests.made import answer, word


def row(ip: str, at: str | None, *state: str) -> dict[str, object]:
    return {"ip": ip, "mac": at, "dev": "eth0", "state": list(state)}


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (row("172.31.3.232", "01:00:5e:7f:03:e8", "REACHABLE"),              "dynamic"),
        (row("172.31.3.232", "01:00:5e:7f:03:e8", "STALE"),                  "dynamic"),
        (row("172.31.3.232", "01:00:5e:7f:03:e8", "COMPLETE"),               "dynamic"),   # /proc/net/arp
        (row("172.31.3.232", "01:00:5e:7f:03:e8"),                           "dynamic"),
        (row("172.31.3.232", "01:00:5e:7f:03:e8", "PERMANENT"),              "static"),
        (row("172.31.3.232", "01:00:5e:7f:03:e8", "STALE", "PROXY"),         "dynamic"),
        (row("172.31.3.232", "01:00:5e:7f:03:e8", "FAILED"),                 None),
        (row("172.31.3.232", None, "FAILED"),                                None),
        (row("172.31.3.232", None, "INCOMPLETE"),                            None),
        (row("172.31.3.232", "", "STALE"),                                   None),
        (row("172.31.3.232", "00:00:00:00:00:00", "NOARP"),                  None),
        (row("172.31.3.232", "00:00:00:00:00:00", "PERMANENT"),              None),
        (row("224.0.0.251", "01:00:5e:00:00:fb", "PERMANENT"),               None),
        (row("172.31.3.255", "ff:ff:ff:ff:ff:ff", "PERMANENT"),              None),
        (row("fe80::1", "00:15:5d:03:15:04", "REACHABLE"),                   None),
    ],
)  # fmt: skip
def test_a_resolved_neighbour_is_a_view_of_the_jump_host(one: dict[str, object], kind: str | None) -> None:
    found = list(neighbours(answer("jump", "jump-neighbors", {"neighbours": [one], "addresses": []})))
    assert [(v.kind, v.device, v.via) for v in found if isinstance(v, f.ArpView)] == (
        [(kind, "jump", "jump")] if kind else []
    )
    for view in found:
        assert isinstance(view, f.ArpView)
        assert (view.ip, view.mac) == (IPv4Address("172.31.3.232"), mac("01005e7f03e8"))


def test_the_jump_hosts_own_interfaces_say_which_subnets_it_sees() -> None:
    one = answer(
        "jump", "jump-neighbors", {"neighbours": [], "addresses": ["172.31.3.50/24", "fe80::1/64", "10.0.0.5/8"]}
    )
    assert jump_interfaces(one) == (IPv4Interface("172.31.3.50/24"), IPv4Interface("10.0.0.5/8"))


@pytest.mark.parametrize(
    "raw",
    ["", "[]", '{"neighbours": [{"mac": "x"}]}', '{"neighbours": [{"ip": "172.31.3.232", "mac": "a tunnel"}]}', "[["],
)
def test_what_is_no_table_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(neighbours(answer("jump", "jump-neighbors", raw)))


def test_a_wrong_interface_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"172\.31\.3\.500"):
        jump_interfaces(answer("jump", "jump-neighbors", {"neighbours": [], "addresses": ["172.31.3.500/24"]}))


@pytest.mark.parametrize("value", ["yes", "no"])
def test_the_operators_word_is_a_fact(value: str) -> None:
    assert list(read_answer(word("same_switch", value))) == [
        f.Answer(question="same_switch", value=value, evidence="operator/answer[same_switch]")
    ]


def test_not_sure_is_no_answer() -> None:
    assert list(read_answer(word("same_switch", "not sure"))) == []


@pytest.mark.parametrize("raw", ["yes", "1", "null", '["yes"]'])
def test_an_answer_that_is_no_text_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(read_answer(answer("operator", "answer", raw, "same_switch")))


LOOK = {"method": "raw socket", "device": "eth0", "sender": "172.31.3.100", "rounds": 2}


def test_every_owner_that_answered_is_a_view_and_nobodys_mac_is_none() -> None:
    macs = ("03:bf:ac:1f:03:e8", "00:11:32:5a:00:66", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")
    told = {**LOOK, "owners": [{"mac": at} for at in macs]}
    found = [one for one in owners(answer("jump", "arp-look", told, "172.31.3.232")) if isinstance(one, f.ArpView)]
    assert [(one.mac, one.kind, one.how) for one in found] == [(mac(at), "dynamic", "raw socket") for at in macs[:2]]


@pytest.mark.parametrize("wrong", [{"method": "a made-up one"}, {"owners": [{"mac": "no MAC"}]}, {"owners": None}])
def test_what_is_no_look_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(owners(answer("jump", "arp-look", {**LOOK, "owners": [], **wrong}, "172.31.3.232")))
