"""The settings of a simulated WinRM service, and `winrm get winrm/config` as it answers with them."""

from dataclasses import dataclass
from typing import Literal

from nlbwiz.lab.winrm.wsman import CONFIG

Scheme = Literal["Negotiate", "NTLM", "Basic"]
"""An HTTP authentication scheme. Windows offers Negotiate; NTLM is for clients that know only that name."""
CbtHardening = Literal["None", "Relaxed", "Strict"]
"""Service\\Auth\\CbtHardeningLevel. `Relaxed` is like `None` here: a binding that a client sends is not compared."""

_Tree = dict[str, "str | int | _Tree"]


@dataclass(slots=True, kw_only=True)
class Settings:
    """What `winrm set winrm/config` could change; the defaults are those of Windows Server 2016."""

    auth: tuple[Scheme, ...] = ("Negotiate", "Basic")
    allow_unencrypted: bool = False
    cbt: CbtHardening = "Relaxed"
    max_shells: int = 30
    max_operations: int = 1500
    max_envelope_kb: int = 500


def configuration_xml(settings: Settings) -> str:
    """The cfg:Config element with the elements, in the order and with the defaults that were recorded from Windows."""
    ports: _Tree = {"HTTP": 5985, "HTTPS": 5986}
    tree: _Tree = {
        "MaxEnvelopeSizekb": settings.max_envelope_kb,
        "MaxTimeoutms": 60000,
        "MaxBatchItems": 32000,
        "MaxProviderRequests": 4294967295,
        "Client": {
            "NetworkDelayms": 5000,
            "URLPrefix": "wsman",
            "AllowUnencrypted": "false",
            "Auth": {
                "Basic": "true",
                "Digest": "true",
                "Kerberos": "true",
                "Negotiate": "true",
                "Certificate": "true",
                "CredSSP": "false",
            },
            "DefaultPorts": ports,
            "TrustedHosts": "",
        },
        "Service": {
            "RootSDDL": "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)",
            "MaxConcurrentOperations": 4294967295,
            "MaxConcurrentOperationsPerUser": settings.max_operations,
            "EnumerationTimeoutms": 240000,
            "MaxConnections": 300,
            "MaxPacketRetrievalTimeSeconds": 120,
            "AllowUnencrypted": _yes(settings.allow_unencrypted),
            "Auth": {
                "Basic": _yes("Basic" in settings.auth),
                "Kerberos": "false",
                "Negotiate": _yes("Negotiate" in settings.auth),
                "Certificate": "false",
                "CredSSP": "false",
                "CbtHardeningLevel": settings.cbt,
            },
            "DefaultPorts": ports,
            "IPv4Filter": "*",
            "IPv6Filter": "*",
            "EnableCompatibilityHttpListener": "false",
            "EnableCompatibilityHttpsListener": "false",
            "CertificateThumbprint": "",
            "AllowRemoteAccess": "true",
        },
        "Winrs": {
            "AllowRemoteShellAccess": "true",
            "IdleTimeout": 7200000,
            "MaxConcurrentUsers": 2147483647,
            "MaxShellRunTime": 2147483647,
            "MaxProcessesPerShell": 2147483647,
            "MaxMemoryPerShellMB": 2147483647,
            "MaxShellsPerUser": settings.max_shells,
        },
    }
    return f'<cfg:Config xmlns:cfg="{CONFIG}">{_elements(tree)}</cfg:Config>'


def _elements(tree: _Tree) -> str:
    return "".join(
        f"<cfg:{name}>{_elements(value) if isinstance(value, dict) else value}</cfg:{name}>"
        for name, value in tree.items()
    )


def _yes(value: bool) -> str:
    return "true" if value else "false"
