"""Why a capture has no exchanges: a second look at it, for what Wireshark took the traffic for.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import collections
import tempfile

from diagnosis import counted

MOST_PACKETS = 200_000  # that the second look takes in
MOST_PORTS = 5

# Segments that bring nothing new, by what Wireshark says of them.
REPEATED = ["tcp.analysis.retransmission", "tcp.analysis.spurious_retransmission"]

# Starts of HTTP in segments that nothing was recognised in.
HTTP = " || ".join(f'tcp.payload[0:{len(text)}] == {":".join(f"{byte:02x}" for byte in text)}'
                   for text in (b"POST ", b"GET /", b"HTTP/1."))
PORTS = ["frame.protocols", "tcp.srcport", "tcp.dstport"]
LENGTHS = ["frame.cap_len", "frame.len", "tcp.len", *REPEATED]


def look(tshark, capture, *words):
    """Lines of a run of tshark over the capture."""
    with capture.opened() as file, tempfile.TemporaryFile() as complaints:
        with tshark.start([*words, "-c", str(MOST_PACKETS)], file, complaints) as process:
            return process.stdout.read().decode(errors="replace").splitlines()


def rows(tshark, capture, display, fields):
    words = [word for field in fields for word in ("-e", field)]
    return [line.split("\t") for line in look(tshark, capture, "-Y", display, "-T", "fields", *words)]


def named(ports):
    shown = [str(port) for port, _ in ports.most_common(MOST_PORTS)]
    return f"port{'' if len(shown) == 1 else 's'} {', '.join(shown)}{', ...' if len(ports) > MOST_PORTS else ''}"


def protocol_counts(lines):
    """{protocol: packets} of the statistics -z io,phs; those of the lowest layer together are all packets."""
    found = collections.Counter()
    for line in lines:
        name, _, rest = line.strip().partition(" ")
        if "frames:" in rest:
            number = int(rest.split("frames:")[1].split()[0])
            found[name] += number
            found["packets"] += 0 if line.startswith(" ") else number
    return found


def secured(tshark, capture):
    """Ports of TLS whose sessions stayed closed."""
    closed, opened = collections.Counter(), set()
    for protocols, source, target in rows(tshark, capture, "tls", PORTS):
        if "tls:" in protocols and "tls:x509" not in protocols:
            opened.update((source, target))
        elif target and source:
            closed[min(source, target, key=int)] += 1
    return collections.Counter({port: number for port, number in closed.items() if port not in opened})


def mistaken(tshark, capture):
    """What HTTP was taken for: {(protocol, port): segments}."""
    found = collections.Counter()
    for protocols, source, target in rows(tshark, capture, f"tcp && !http && ({HTTP})", PORTS):
        above = protocols.split(":tcp:", 1)[1].split(":")[0] if ":tcp:" in protocols else "data"
        found[above, min(source, target, key=int)] += 1
    return found


def cut(tshark, capture):
    """What to say of packets that were not captured whole, as they hold no readable messages."""
    found = [int(captured) for captured, *_ in rows(tshark, capture, "frame.cap_len < frame.len", LENGTHS)]
    if not found:
        return []
    return [f"{counted(len(found), 'packet')} {'was' if len(found) == 1 else 'were'} cut to {max(found)} bytes or less when captured: "
            "capture whole packets (tcpdump -s 0)"]


def without_data(tshark, capture, counts):
    """Why there is nothing to read in packets of IP that are whole."""
    if not counts["tcp"]:
        kinds = ", ".join(name.upper() for name, _ in counts.most_common() if name in ("udp", "icmp", "icmpv6", "sctp", "esp", "gre"))
        return [f"no TCP in them{f' but {kinds}' if kinds else ''}"]
    segments = [row for row in rows(tshark, capture, "tcp.len > 0", LENGTHS) if row[2]]
    if not segments:
        return ["TCP without any data"]
    if all(any(row[3:]) for row in segments):
        return [f"all data in them are retransmissions ({counted(len(segments), 'segment')}); what they repeat is not in the capture"]
    return ["no HTTP in them"]


def sealed(tshark, capture, options):
    ports = secured(tshark, capture)
    if not ports:
        return []
    if options.keylog:
        return [f"TLS on {named(ports)} stays closed: its keys are not in {options.keylog}"]
    return [f"TLS on {named(ports)} stays closed without its keys: --keylog FILE"]


def lines(tshark, capture, options):
    """What to say of a capture without exchanges."""
    counts = protocol_counts(look(tshark, capture, "-q", "-z", "io,phs"))
    packets = counts["packets"]
    if not packets:
        return ["no packets in this capture"]
    first = f"the first {packets} packets" if packets == MOST_PACKETS else f"{packets} packet{'' if packets == 1 else 's'}"
    if not counts["ip"] and not counts["ipv6"]:
        kinds = ", ".join(name for name, _ in counts.most_common(5) if name not in ("packets", "frame", "eth"))
        return [f"{first}, none of them IP{f' ({kinds})' if kinds else ''}: nothing that Windows Update could be in"]
    said = cut(tshark, capture)
    if counts["tls"]:
        said += sealed(tshark, capture, options)
    for (protocol, port), _ in mistaken(tshark, capture).most_common(0 if said else MOST_PORTS):
        taken = "nothing it knows" if protocol == "data" else protocol.upper()
        said.append(f"Wireshark takes HTTP on port {port} for {taken}: -d tcp.port=={port},http")
    if counts["http"]:
        said.append(f"{counts['http']} packets of HTTP, none of them recognised as Windows Update")
    if not said:
        said += without_data(tshark, capture, counts)
    if options.filter:
        said.append(f"or the filter {options.filter} selects none")
    return [f"{first}, no Windows Update: {said[0]}", *said[1:]]
