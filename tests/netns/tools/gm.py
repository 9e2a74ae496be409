"""IGMP, MLD and the lab's UDP stream: words to bytes and back.

What the tools in this folder share. The decoder is the lab's own, written from the
RFCs and not from the daemon's code: the two check each other.
"""

import fcntl
import ipaddress
import socket
import struct

STREAM = b"LAB1"  # a stream packet: these four octets, then its number
V3_RECORDS = {1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block"}
RECORD_CODES = {name: code for code, name in V3_RECORDS.items()}


def family_of(address):
    return ipaddress.ip_address(address).version


def packed(address):
    return ipaddress.ip_address(address).packed


def text(octets):
    return str(ipaddress.ip_address(octets))


def ones_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum(data):
    return 0xFFFF & ~ones_sum(data)


def pseudo_header(src, dst, length):
    return packed(src) + packed(dst) + struct.pack("!I3xB", length, 58)


def multicast_mac(group):
    if family_of(group) == 4:
        low = packed(group)[1:]
        return bytes([1, 0, 0x5E, low[0] & 0x7F, low[1], low[2]])
    return b"\x33\x33" + packed(group)[12:]


def float_code(code, exponent_bits, mantissa_bits):
    """RFC 9776 4.1.1 and 4.1.7, RFC 9777 5.1.3 and 5.1.9."""
    if code < 1 << (exponent_bits + mantissa_bits):
        return code
    mantissa = code & ((1 << mantissa_bits) - 1)
    exponent = code >> mantissa_bits & ((1 << exponent_bits) - 1)
    return (mantissa | 1 << mantissa_bits) << (exponent + 3)


# ---- the host's own addresses -----------------------------------------------

def own_mac(interface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return fcntl.ioctl(s, 0x8927, struct.pack("256s", interface.encode()))[18:24]


def own_address(interface, family):
    """The address that a host would use: any IPv4 one, the link-local IPv6 one."""
    if family == 4:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            return text(fcntl.ioctl(s, 0x8915, struct.pack("256s", interface.encode()))[20:24])
    with open("/proc/net/if_inet6") as lines:
        for octets, _, _, scope, _, name in map(str.split, lines):
            if name == interface and scope == "20":
                return text(bytes.fromhex(octets))
    return "::"


# ---- bytes to words ---------------------------------------------------------

def decode_frame(frame):
    """An Ethernet frame as a dict of words; None when it is none of ours."""
    ethertype = struct.unpack_from("!H", frame, 12)[0]
    try:
        if ethertype == 0x0800:
            return decode_ipv4(frame[14:])
        if ethertype == 0x86DD:
            return decode_ipv6(frame[14:])
    except (struct.error, IndexError, ValueError):
        return {"kind": "malformed"}
    return None


def decode_ipv4(packet):
    header = (packet[0] & 15) * 4
    total = struct.unpack_from("!H", packet, 2)[0]
    words = {"src": text(packet[12:16]), "dst": text(packet[16:20]), "ttl": packet[8],
             "ra": int(b"\x94\x04\0\0" in packet[20:header])}
    payload = packet[header:total]
    if packet[9] == 2:
        words["tos"] = packet[1]
        words["cksum"] = "ok" if checksum(packet[:header]) == 0 and checksum(payload) == 0 else "bad"
        words.update(decode_igmp(payload))
        return words
    if packet[9] == 17:
        return decode_udp(words, payload)
    return None


def decode_ipv6(packet):
    length, proto, hops = struct.unpack_from("!HBB", packet, 4)
    words = {"src": text(packet[8:24]), "dst": text(packet[24:40]), "ttl": hops, "ra": 0}
    payload = packet[40:40 + length]
    if proto == 0:
        size = (payload[1] + 1) * 8
        words["ra"] = int(b"\x05\x02\0\0" in payload[2:size])
        proto, payload = payload[0], payload[size:]
    if proto == 58 and payload[0] in (130, 131, 132, 143):
        header = pseudo_header(words["src"], words["dst"], len(payload))
        words["cksum"] = "ok" if checksum(header + payload) == 0 else "bad"
        words.update(decode_mld(payload))
        return words
    if proto == 17:
        return decode_udp(words, payload)
    return None


def decode_udp(words, datagram):
    if datagram[8:12] != STREAM:
        return None
    words.update(kind="data", seq=struct.unpack_from("!Q", datagram, 12)[0])
    return words


def decode_igmp(message):
    kind, code = message[0], message[1]
    group = text(message[4:8])
    if kind == 0x11:
        if len(message) >= 12:
            return decode_query_tail(3, group, float_code(code, 3, 4) / 10, message, 8, 4)
        return {"kind": "query", "ver": 2 if code else 1, "group": group, "maxresp": code / 10}
    if kind == 0x22:
        return {"kind": "report", "ver": 3, "records": decode_records(message, 4)}
    names = {0x12: ("report", 1), 0x16: ("report", 2), 0x17: ("leave", 2)}
    if kind in names:
        return {"kind": names[kind][0], "ver": names[kind][1], "group": group}
    return {"kind": "unknown", "type": kind}


def decode_mld(message):
    kind = message[0]
    code = struct.unpack_from("!H", message, 4)[0]
    if kind == 143:
        return {"kind": "report", "ver": 2, "records": decode_records(message, 16)}
    group = text(message[8:24])
    if kind == 130:
        if len(message) >= 28:
            return decode_query_tail(2, group, float_code(code, 3, 12) / 1000, message, 24, 16)
        return {"kind": "query", "ver": 1, "group": group, "maxresp": code / 1000}
    return {"kind": "report" if kind == 131 else "leave", "ver": 1, "group": group}


def decode_query_tail(version, group, maxresp, message, at, size):
    flags, qqic, count = struct.unpack_from("!BBH", message, at)
    sources = [text(message[at + 4 + i * size:at + 4 + (i + 1) * size]) for i in range(count)]
    return {"kind": "query", "ver": version, "group": group, "maxresp": maxresp,
            "s": flags >> 3 & 1, "qrv": flags & 7, "qqi": float_code(qqic, 3, 4),
            "sources": ",".join(sources), "trailing": len(message) - at - 4 - count * size}


def decode_records(message, size):
    records, at = [], 8
    for _ in range(struct.unpack_from("!H", message, 6)[0]):
        kind, aux, count = struct.unpack_from("!BBH", message, at)
        group = text(message[at + 4:at + 4 + size])
        at += 4 + size
        sources = [text(message[at + i * size:at + (i + 1) * size]) for i in range(count)]
        at += count * size + aux * 4
        records.append("%s/%s/%s" % (V3_RECORDS.get(kind, kind), group, ",".join(sources)))
    return ";".join(records)


# ---- words to bytes ---------------------------------------------------------

def ipv4_packet(src, dst, ttl, router_alert, proto, payload):
    options = b"\x94\x04\0\0" if router_alert else b""
    header = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0xC0, 20 + len(options) + len(payload),
                         0, 0x4000, ttl, proto, 0, packed(src), packed(dst)) + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6_packet(src, dst, hops, router_alert, proto, payload):
    if router_alert:
        payload = bytes([proto, 0, 5, 2, 0, 0, 1, 0]) + payload
        proto = 0
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), proto, hops, packed(src), packed(dst)) + payload


def encode_records(records):
    """Each record is KIND/GROUP/SOURCE,SOURCE as the decoder writes it."""
    octets = b""
    for record in records:
        kind, group, sources = (record + "//").split("/")[:3]
        sources = [s for s in sources.split(",") if s]
        code = RECORD_CODES.get(kind) or int(kind)
        octets += struct.pack("!BBH", code, 0, len(sources)) + packed(group) + b"".join(map(packed, sources))
    return struct.pack("!HH", 0, len(records)) + octets


def encode_query_tail(suppress, qrv, qqic, sources):
    return struct.pack("!BBH", suppress << 3 | qrv, qqic, len(sources)) + b"".join(map(packed, sources))
