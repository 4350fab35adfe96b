"""The running lab, met by real clients: pywinrm and pysnmp, over the site file that any client can use."""

import asyncio
import json
import socket
import stat
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from pysnmp.hlapi.v1arch.asyncio import (
    CommunityData,
    ObjectIdentity,
    ObjectType,
    SnmpDispatcher,
    UdpTransportTarget,
    get_cmd,
)
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError
from winrm.protocol import Protocol

from nlbwiz.collect import ask_text
from nlbwiz.lab import changes, windows
from nlbwiz.lab.changes import Site
from nlbwiz.lab.site import Lab
from nlbwiz.lab.windows import Failed
from nlbwiz.site.load import read
from tests.lab.worlds import loaded

VIP_TYPE = "1.3.6.1.2.1.4.22.1.2.10.172.31.3.232"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever proxy or CA bundle the environment names is not for the loopback."""
    monkeypatch.setenv("no_proxy", "*")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def healthy() -> Iterator[Lab]:
    with Lab(loaded("healthy-igmp")) as lab:
        yield lab


def secret(lab: Lab, kind: str, name: str) -> str:
    """What the site file's reference leads to."""
    table = tomllib.loads(lab.site_file.read_text(encoding="utf-8"))[kind][name]
    reference = str(table["snmp" if kind in ("switch", "gateway") else "credential"])
    return (lab.folder / reference.removeprefix("file:")).read_text(encoding="utf-8").strip()


def client(lab: Lab, kind: str, name: str, **settings: Any) -> Any:
    """pywinrm, signed in as the site file says."""
    user, _, password = secret(lab, kind, name).partition(":")
    if settings.get("transport") is None:
        settings["transport"] = "ntlm"
    return Protocol(lab.servers[name].url, username=user, password=password, proxy=None, **settings)


def run(lab: Lab, kind: str, name: str, *, text: str, sections: tuple[str, ...]) -> tuple[bytes, bytes, int]:
    """One process on a machine: stdout, stderr, exit code."""
    protocol = client(lab, kind, name)
    shell = protocol.open_shell(codepage=65001)
    try:
        command = protocol.run_command(shell, ask_text.COMMAND, [ask_text.bootstrap(sections)])
        protocol.send_command_input(shell, command, text.encode("ascii"), end=True)
        out: tuple[bytes, bytes, int] = protocol.get_command_output(shell, command)
        return out
    finally:
        protocol.close_shell(shell)


def get(lab: Lab, device: str, oid: str, community: str | None = None) -> Any:
    """One value by SNMPv2c, or the error indication."""

    async def once() -> Any:
        with SnmpDispatcher() as dispatcher:
            place = await UdpTransportTarget.create(lab.agents[device].address, timeout=1, retries=0)
            data = CommunityData(
                community or secret(lab, "gateway" if device == "gw1" else "switch", device), mpModel=1
            )
            error, _, _, bindings = await get_cmd(
                dispatcher, data, place, ObjectType(ObjectIdentity(oid)), lookupMib=False
            )
            return error or bindings[0][1]

    return asyncio.run(once())


# ---- the site file ----


def test_the_site_file_is_one_that_the_product_reads(healthy: Lab) -> None:
    site = read(healthy.site_file)
    shown = healthy.world
    assert [*site.nodes, *site.hosts, *site.switches, *site.gateways] == list(shown.names())
    assert {name: one.vip for name, one in site.clusters.items()} == {one.name: one.primary for one in shown.clusters}
    assert site.jump.addresses == ("172.31.0.50/24", "172.31.3.50/24", "172.31.4.50/24")


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
def test_secrets_are_readable_by_their_owner_only(healthy: Lab) -> None:
    assert stat.S_IMODE(healthy.folder.stat().st_mode) == 0o700
    for file in healthy.folder.glob("*.secret"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_labs_share_neither_secrets_nor_ports(healthy: Lab) -> None:
    with Lab(loaded("healthy-igmp")) as other:
        assert secret(healthy, "node", "nlb1") != secret(other, "node", "nlb1")
        assert secret(healthy, "switch", "sw1") != secret(other, "switch", "sw1")
        assert healthy.servers["nlb1"].address != other.servers["nlb1"].address
        assert healthy.agents["sw1"].address != other.agents["sw1"].address


def test_every_machine_listens_on_the_loopback(healthy: Lab) -> None:
    places = [server.address[0] for server in healthy.servers.values()]
    places += [agent.address[0] for agent in healthy.agents.values()]
    assert all(place.startswith("127.") for place in places)


def test_closing_removes_the_files_and_closes_the_ports() -> None:
    lab = Lab(loaded("healthy-unicast"))
    folder, place = lab.folder, lab.servers["nlb1"].address
    lab.close()
    lab.close()
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place, timeout=5)


# ---- Windows ----


@pytest.mark.parametrize(("kind", "name", "role"), [("node", "nlb2", "node"), ("host", "hv1", "host")])
def test_the_shipped_ask_gets_the_worlds_answer(healthy: Lab, kind: str, name: str, role: Any) -> None:
    sections = tuple(windows.sections(healthy.world, name))
    out, err, code = run(healthy, kind, name, text=ask_text.script(role), sections=sections)
    assert (err, code) == (b"", 0)
    assert out.decode("ascii").splitlines() == list(windows.lines(healthy.world, name, sections))


def test_any_other_text_is_an_error_in_clixml(healthy: Lab) -> None:
    out, err, code = run(healthy, "node", "nlb1", text="Get-Process", sections=("os",))
    assert (out, code) == (b"", 1)
    assert b"asks of nlbwiz only" in err


def test_the_ask_of_the_other_role_is_an_error(healthy: Lab) -> None:
    _, err, code = run(healthy, "host", "hv1", text=ask_text.script("node"), sections=("os",))
    assert code == 1
    assert b"it cannot run the ask for a node" in err


def test_the_lab_counts_shells_and_processes() -> None:
    with Lab(loaded("healthy-unicast")) as lab:
        run(lab, "node", "nlb1", text=ask_text.script("node"), sections=("os",))
        counts = lab.counts["nlb1"]
        assert (counts.shells_created, counts.processes, counts.shells_open) == (1, 1, 0)  # type: ignore[union-attr]


def test_a_section_can_be_made_to_fail() -> None:
    broken = {"nlb1": {"vips": Failed("System.Exception", "Gone", "gone")}}
    with Lab(loaded("healthy-unicast"), broken=broken) as lab:
        out, _, _ = run(lab, "node", "nlb1", text=ask_text.script("node"), sections=("vips", "os"))
        errors = {line["section"]: line["error"] for line in map(json.loads, out.splitlines())}
        assert errors["os"] is None
        assert errors["vips"]["id"] == "Gone"


def test_the_refused_account_is_refused_and_the_others_are_not() -> None:
    with Lab(loaded("half-dark")) as lab:
        with pytest.raises(InvalidCredentialsError):
            client(lab, "node", "nlb2").open_shell()
        protocol = client(lab, "node", "nlb1")
        protocol.close_shell(protocol.open_shell())
        assert lab.servers["hv2"].presence in ("dead", "refusing")


def test_over_https_the_site_file_names_the_authority() -> None:
    with Lab(loaded("healthy-unicast"), http=False) as lab:
        site = read(lab.site_file)
        assert {str(node.endpoint)[:8] for node in site.nodes.values()} == {"https://"}
        protocol = client(lab, "node", "nlb1", ca_trust_path=site.nodes["nlb1"].ca)
        protocol.close_shell(protocol.open_shell())


# ---- SNMP ----


def test_the_agent_tells_the_typed_entry(healthy: Lab) -> None:
    assert bytes(get(healthy, "gw1", VIP_TYPE)) == bytes.fromhex("01005e7f03e8")


def test_a_vlan_is_reached_through_its_community(healthy: Lab) -> None:
    oid = "1.3.6.1.2.1.17.1.4.1.2.24"
    assert int(get(healthy, "gw1", oid, secret(healthy, "gateway", "gw1") + "@10")) == 10124


def test_with_v3_the_secret_is_a_user_with_both_keys() -> None:
    with Lab(loaded("healthy-unicast"), snmp="v3") as lab:
        name, auth, auth_key, priv, priv_key = secret(lab, "switch", "sw1").split(":")
        assert (name, auth, priv) == ("nlbwiz", "sha256", "aes128")
        assert len(auth_key) >= 8 <= len(priv_key)


# ---- changes while it runs ----


def test_silence_ends_when_a_machine_wakes() -> None:
    with Lab(loaded("healthy-unicast")) as lab:
        lab.silence("gw1")
        assert "timeout" in str(get(lab, "gw1", "1.3.6.1.2.1.1.5.0")).lower()
        lab.wake("gw1")
        assert bytes(get(lab, "gw1", "1.3.6.1.2.1.1.5.0")) == b"gw1"
        presences = []
        for change in (lab.silence, lab.wake):
            change("nlb1")
            presences.append(lab.servers["nlb1"].presence)
        assert presences == ["silent", "open"]


def test_latency_is_set_per_machine() -> None:
    with Lab(loaded("healthy-unicast")) as lab:
        lab.set_latency("nlb1", 0.3)
        lab.set_latency("sw1", 0.02)
        assert (lab.servers["nlb1"].latency_s, lab.servers["nlb2"].latency_s) == (0.3, 0)
        assert (lab.agents["sw1"].faults.latency_s, lab.agents["gw1"].faults.latency_s) == (0.02, 0)
        with pytest.raises(KeyError, match="nobody"):
            lab.set_latency("nobody", 1)


def test_everything_is_silent_in_the_dark() -> None:
    with Lab(loaded("all-dark")) as lab:
        assert {server.presence for server in lab.servers.values()} == {"silent"}
        assert all(agent.faults.silent for agent in lab.agents.values())


def test_a_fixed_world_shows_at_once_on_every_machine() -> None:
    scenario = loaded("gateway-arp-missing")
    with Lab(scenario) as lab:
        fixed = changes.typed_arp(Site(scenario.world, scenario.numbering), ip="web.vip", mac="multicast web.vip").world
        assert not bytes(get(lab, "gw1", VIP_TYPE))
        lab.change(fixed)
        assert bytes(get(lab, "gw1", VIP_TYPE)) == bytes.fromhex("03bfac1f03e8")
        with pytest.raises(ValueError, match="other machines"):
            lab.change(loaded("healthy-igmp", 1).world)


def test_a_wrong_password_is_refused(healthy: Lab) -> None:
    protocol = Protocol(
        healthy.servers["nlb1"].url, transport="ntlm", username=r"LAB\operator", password="no", proxy=None
    )
    with pytest.raises((InvalidCredentialsError, WinRMTransportError)):
        protocol.open_shell()
