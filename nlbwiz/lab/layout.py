"""What a base world looks like, in one value: mode, clusters, teaming, switches."""

from dataclasses import dataclass
from typing import Literal

from nlbwiz.lab.machines import Mode

Teaming = Literal["none", "lacp-dynamic", "si-dynamic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The form of a base world. `spoofing` None: On where the mode is unicast, as KB 4494444 asks for."""

    mode: Mode
    clusters: tuple[str, ...] = ("web",)
    """Roles; the first one is the cluster that scenarios break."""
    vips: int = 1
    """VIPs of the first cluster: the primary, and one additional."""
    teaming: Teaming = "none"
    spoofing: bool | None = None
    second_switch: bool = False
    """hv2 hangs on a second switch behind the first."""

    @property
    def uplinks(self) -> int:
        """Cables per host."""
        return 1 if self.teaming == "none" else 2

    @property
    def spoofs(self) -> bool:
        """Whether MAC address spoofing is On for the NLB virtual NICs."""
        return self.mode == "unicast" if self.spoofing is None else self.spoofing
