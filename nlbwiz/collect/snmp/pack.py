"""Packing the variables of many asks into few PDUs, and learning how large a PDU an agent takes. No I/O."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from nlbwiz.collect.snmp.budget import LARGEST_PDU
from nlbwiz.collect.snmp.engine import Binding
from nlbwiz.collect.ticket import Cause, Ticket
from nlbwiz.mibs import Oid

FIRST_PDU = 24
"""Variables in a GET before anything is known of the agent: 730 octets of request, less than 900 of answer."""


@dataclass(slots=True, eq=False)
class Reading:
    """One snmp-get ask and what has come of it."""

    ticket: Ticket
    wanted: tuple[Oid, ...]
    context: str = ""
    """A VLAN's own SNMP context: what is asked in one does not travel with what is asked in another."""
    got: dict[Oid, Binding] = field(default_factory=dict)
    lacks: Cause | None = None
    """Why one of its variables has no answer, where the agent refused that one alone."""

    @property
    def bindings(self) -> list[Binding] | None:
        """All that was wanted, in its order; None while something is missing."""
        return [self.got[oid] for oid in self.wanted] if self.got.keys() >= set(self.wanted) else None


@dataclass(slots=True, eq=False)
class Piece:
    """Variables of one ask that travel together: one row's columns."""

    reading: Reading
    oids: tuple[Oid, ...]


@dataclass(slots=True, eq=False)
class Pdu:
    """Pieces that travel together. `tries`: how often they were lost already; `made`: since when this one waits."""

    pieces: list[Piece]
    tries: int = 0
    made: float = field(default_factory=time.monotonic)

    @property
    def oids(self) -> list[Oid]:
        """Every variable in the order of the request."""
        return [oid for piece in self.pieces for oid in piece.oids]

    @property
    def context(self) -> str:
        """The SNMP context that all of them are asked in."""
        return self.pieces[0].reading.context

    @property
    def readings(self) -> list[Reading]:
        """The asks that have a part in it, each once."""
        return list(dict.fromkeys(piece.reading for piece in self.pieces))

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for it."""
        return any(not piece.reading.ticket.done for piece in self.pieces)


class PduSize:
    """How many variables a PDU to one agent may have: up to 40 (snmp_budget says why), less where it takes less.

    An agent says tooBig, or drops what is too large without a word. A network loses PDUs of any size: only a second
    loss without an answer of that size between them counts as "too large".
    """

    def __init__(self, first: int) -> None:
        self.now = first
        self._most, self._losses = LARGEST_PDU, 0

    def clean(self, variables: int) -> None:
        """A PDU of this size was answered: one that was nearly full shows that the largest may go."""
        if 2 * variables > self.now:
            self.now, self._losses = self._most, 0

    def too_big(self, variables: int) -> None:
        """The agent does not take so many: half of them, for good."""
        self._most = max(1, min(self._most, variables // 2))
        self.now, self._losses = min(self.now, self._most), 0

    def lost(self, variables: int) -> None:
        """A PDU of this size was not answered."""
        self._losses += 1
        if self._losses > 1:
            self.too_big(variables)


class Packer:
    """What one agent is still to be asked. PDUs to be sent again go first, and alone."""

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque()
        self._again: deque[Pdu] = deque()
        self.size = PduSize(FIRST_PDU)

    def __bool__(self) -> bool:
        return bool(self._pieces or self._again)

    def add(self, ticket: Ticket, wanted: tuple[Oid, ...], row: int, context: str = "") -> None:
        """An ask's variables; each `row` of them stay together."""
        reading = Reading(ticket, wanted, context)
        self._pieces.extend(Piece(reading, wanted[at : at + row]) for at in range(0, len(wanted), row))

    def clear(self) -> None:
        """Forget everything that was not sent."""
        self._pieces.clear()
        self._again.clear()

    def next(self) -> Pdu | None:
        """The next PDU, of asks that still wait: as many whole rows as fit. A row larger than a PDU is cut."""
        while self._again:
            pdu = self._again.popleft()
            pdu.pieces = [piece for piece in pdu.pieces if not piece.reading.ticket.done]
            if pdu.pieces:
                return pdu
        pieces: list[Piece] = []
        others: list[Piece] = []
        room = self.size.now
        while self._pieces and room:
            piece = self._pieces.popleft()
            if piece.reading.ticket.done:
                continue
            if pieces and piece.reading.context != pieces[0].reading.context:
                others.append(piece)
                continue
            if len(piece.oids) > room:
                if pieces:
                    self._pieces.appendleft(piece)
                    break
                self._pieces.appendleft(Piece(piece.reading, piece.oids[room:]))
                piece = Piece(piece.reading, piece.oids[:room])
            pieces.append(piece)
            room -= len(piece.oids)
        self._pieces.extendleft(reversed(others))
        return Pdu(pieces) if pieces else None

    def again(self, pdu: Pdu) -> None:
        """Send it once more as it is."""
        self._again.append(Pdu(pdu.pieces, pdu.tries + 1))

    def halve(self, pdu: Pdu, tries: int) -> None:
        """Send it again in two halves; a single variable as it is."""
        pieces = pdu.pieces
        if len(pieces) == 1 and len(pieces[0].oids) > 1:
            piece, half = pieces[0], len(pieces[0].oids) // 2
            pieces = [Piece(piece.reading, piece.oids[:half]), Piece(piece.reading, piece.oids[half:])]
        half = (len(pieces) + 1) // 2
        self._again.extend(Pdu(part, tries) for part in (pieces[:half], pieces[half:]) if part)


def fits(names: Sequence[Oid], bindings: Sequence[Binding]) -> bool:
    """Whether these are the answers to a GET for these names: each one in its place, with a value or a proper exception."""
    return [binding.oid for binding in bindings if binding.type not in ("null", "end_of_view")] == list(names)
