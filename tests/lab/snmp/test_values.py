import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import rfc1902, rfc1905

from nlbwiz.lab.snmp import values
from nlbwiz.lab.snmp.values import (
    Counter32,
    Counter64,
    EndOfMibView,
    Gauge32,
    Integer32,
    IpAddress,
    Missing,
    NoSuchInstance,
    NoSuchObject,
    ObjectIdentifier,
    OctetString,
    Oid,
    TimeTicks,
    Value,
)

oids = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20).map(lambda tail: (1, 3, *tail))
some_values: st.SearchStrategy[Value | Missing] = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(Integer32),
    st.binary(max_size=300).map(OctetString),
    oids.map(ObjectIdentifier),
    st.ip_addresses(v=4).map(lambda address: IpAddress(str(address))),
    st.integers(0, 2**32 - 1).map(Counter32),
    st.integers(0, 2**32 - 1).map(Gauge32),
    st.integers(0, 2**32 - 1).map(TimeTicks),
    st.integers(0, 2**64 - 1).map(Counter64),
    st.sampled_from([NoSuchObject(), NoSuchInstance(), EndOfMibView()]),
)


@given(oids, some_values)
def test_a_binding_is_written_as_pysnmp_writes_it(oid: Oid, value: Value | Missing) -> None:
    whole = rfc1905.VarBind()
    whole[0] = oid
    if isinstance(value, NoSuchObject | NoSuchInstance | EndOfMibView):
        name = type(value).__name__
        whole[1][name[0].lower() + name[1:]] = values.asn1(value)
    else:
        whole[1]["value"].setComponentByType(rfc_tags(value), values.asn1(value), innerFlag=True)
    assert values.binding(oid, value).octets == encoder.encode(whole)


def rfc_tags(value: Value) -> object:
    return values.asn1(value).tagSet


@given(st.binary(max_size=70_000))
def test_a_frame_is_what_pyasn1_reads_and_as_long_as_foretold(content: bytes) -> None:
    framed = values.tlv(values.OCTET_STRING, content)
    assert bytes(decoder.decode(framed, asn1Spec=rfc1902.univ.OctetString())[0]) == content
    assert len(framed) == values.framed(len(content))


@pytest.mark.parametrize("size", [0, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
def test_lengths_of_a_frame_at_their_borders(size: int) -> None:
    framed = values.tlv(values.OCTET_STRING, bytes(size))
    assert len(decoder.decode(framed, asn1Spec=rfc1902.univ.OctetString())[0]) == size
    assert len(framed) == values.framed(size)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (Counter32(2**32 + 5), 5),
        (Counter64(2**64 + 5), 5),
        (TimeTicks(2**32 + 5), 5),
        (Gauge32(2**32 + 5), 2**32 - 1),
    ],
)
def test_counters_and_ticks_wrap_and_gauges_stay(value: Value, wanted: int) -> None:
    assert int(values.asn1(value)) == wanted
