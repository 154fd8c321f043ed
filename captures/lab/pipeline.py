#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends five SOAP requests on one connection without waiting for answers: pipeline.py BODIES PORT

Prints for every request what its answer must be, as "STATUS<TAB>FAULT".
"""

import pathlib
import socket
import sys
import time

PREFIX = "http://www.microsoft.com/SoftwareDistribution/"
CLIENT = "/ClientWebService/client.asmx"
SERVER_SYNC = "/ServerSyncWebService/ServerSyncWebService.asmx"

# status, fault, path, SOAPAction below PREFIX, body. The long answers come first and fill the receive window, so that the
# short ones wait together.
REQUESTS = [
    (200, "", CLIENT, "Server/ClientWebService/SyncUpdates", "ClientWebService/SyncUpdates.xml"),
    (500, "InvalidCookie", CLIENT, "Server/ClientWebService/SyncUpdates", "ClientWebService/SyncUpdates-InvalidCookie.xml"),
    (500, "IncompatibleProtocolVersion", SERVER_SYNC, "GetCookie", "ServerSyncWebService/GetCookie-IncompatibleProtocolVersion.xml"),
    (200, "", CLIENT, "Server/ClientWebService/RegisterComputer", "ClientWebService/RegisterComputer.xml"),
    (200, "", CLIENT, "Server/ClientWebService/GetCookie", "ClientWebService/GetCookie.xml"),
]


def main():
    bodies = pathlib.Path(sys.argv[1])
    port = int(sys.argv[2])
    with socket.socket() as connection:
        # Room for little, and nobody takes it away for a while: the server must hold back its answers, and its kernel
        # sends them in full segments, whatever message they belong to.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"".join(request(bodies, port, number) for number in range(len(REQUESTS))))
        time.sleep(2)
        while connection.recv(65536):
            pass
    for status, fault, *_ in REQUESTS:
        print(status, fault, sep="\t")


def request(bodies, port, number):
    _, _, path, action, name = REQUESTS[number]
    body = (bodies / name).read_bytes()
    last = number == len(REQUESTS) - 1
    head = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Connection: {'close' if last else 'Keep-Alive'}",
        "Content-Type: text/xml; charset=utf-8",
        "User-Agent: Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.50",
        f'SOAPAction: "{PREFIX}{action}"',
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


main()
