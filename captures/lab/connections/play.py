"""Connections that fail, one after the other, on loopback: play.py CERTIFICATE KEY BODY

The clients are curl, dig and Python's ssl; the servers here do what servers, resolvers and proxies do when they fail. Each case
prints a line: what happens, and to which server.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

AGENT = "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.50"
BITS = "Microsoft BITS/7.8"
RESOLVER = "127.0.0.53"
PATH = "/ClientWebService/client.asmx"
ACTION = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService/GetConfig"


# ---- servers --------------------------------------------------------------------------------------------------------

def listen(address, port, backlog=5):
    server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(backlog)
    return server


def serve(address, port, handle, count=1):
    """Handles so many connections, each in its turn."""
    server = listen(address, port)

    def run():
        for _ in range(count):
            connection, _ = server.accept()
            connection.settimeout(10)
            try:
                handle(connection)
            except OSError:
                pass
            connection.close()
        server.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def request(connection):
    """Reads a request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return data


def answer(text):
    """A handler that answers a request with a text and closes the connection."""
    def handle(connection):
        request(connection)
        connection.sendall(text.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) if text.startswith(b"HTTP/") else text)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
    return handle


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_after_request(connection):
    request(connection)
    reset(connection)


def reset_in_answer(connection):
    request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 9000\r\n\r\n" + bytes(3000))
    time.sleep(0.1)
    reset(connection)


def silent(connection):
    connection.recv(65536)
    connection.recv(65536)


def tls_record(kind, body):
    return bytes([kind, 3, 3]) + struct.pack(">H", len(body)) + body


def alert(description):
    def handle(connection):
        connection.recv(65536)
        connection.sendall(tls_record(21, bytes([2, description])))
        connection.recv(1)
    return handle


def close_after_hello(connection):
    connection.recv(65536)


def plain_http(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    connection.recv(1)


def tls_server(handle, files, client_certificate=False, version=ssl.TLSVersion.TLSv1_2):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    context.maximum_version = version
    if client_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files[0])

    def run(connection):
        with context.wrap_socket(connection, server_side=True) as secure:
            handle(secure)
    return run


def tunnel_then_close(connection):
    request(connection)
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    connection.recv(65536)


def dns_server(stop):
    """Answers by the first label of the name: gone, broken, denied, empty, silent; another one gets an address."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((RESOLVER, 53))
    server.settimeout(0.2)
    while not stop.is_set():
        try:
            query, client = server.recvfrom(4096)
        except socket.timeout:
            continue
        end = query.index(0, 12) + 5
        label = query[13:13 + query[12]]
        code = {b"wsus-gone": 3, b"gone-shop": 3, b"wsus-broken": 2, b"wsus-denied": 5}.get(label, 0)
        if label == b"wsus-silent":
            continue
        records = b""
        if not code and label != b"wsus-empty":
            records = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x0a"
        server.sendto(query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records) > 0, 0, 0) + query[12:end] + records, client)
    server.close()


# ---- clients --------------------------------------------------------------------------------------------------------

def curl(url, to, *options, body=None, agent=AGENT):
    """url by name, to an address and port."""
    command = ["curl", "--silent", "--output", "/dev/null", "--max-time", "8", "--user-agent", agent, "--connect-to", f"::{to}"]
    if body:
        command += ["--data-binary", f"@{body}", "--header", f'SOAPAction: "{ACTION}"', "--header", "Content-Type: text/xml; charset=utf-8"]
    subprocess.run([*command, *options, url], check=False, timeout=60)


def dig(name, *options):
    subprocess.run(["dig", f"@{RESOLVER}", "+noedns", "+noall", *options, "A", name], check=False, stdout=subprocess.DEVNULL, timeout=60)


# ---- the cases ------------------------------------------------------------------------------------------------------

def case(text):
    print(text, flush=True)
    time.sleep(0.2)


def names():
    for label in ("gone", "broken", "denied", "empty"):
        case(f"resolve wsus-{label}.example.test")
        dig(f"wsus-{label}.example.test")
    case("resolve wsus-silent.example.test")
    dig("wsus-silent.example.test", "+tries=2", "+time=1")
    case("resolve updates.example.test, which an exchange shows later")
    dig("updates.example.test")


def connections(body):
    case("refused, then known by an exchange on the same port")
    curl(f"http://updates.example.test:8080{PATH}", "127.0.0.10:8080", body=body)
    thread = serve("127.0.0.10", 8080, answer(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"))
    curl(f"http://updates.example.test:8080{PATH}", "127.0.0.10:8080", body=body)
    thread.join()
    case("refused on the port of WSUS, IPv4 and IPv6")
    curl(f"http://wsus.example.test:8530{PATH}", "127.0.0.11:8530", body=body)
    curl(f"http://[::1]:8530{PATH}", "[::1]:8530", body=body)
    case("no answer: a queue that is full")
    server = listen("127.0.0.12", 8530, 0)
    filler = socket.create_connection(("127.0.0.12", 8530))
    subprocess.run(["curl", "--silent", "--max-time", "5", f"http://127.0.0.12:8530{PATH}"], check=False, timeout=60)
    filler.close()
    server.close()
    case("unreachable: a filter answers")
    curl(f"http://wsus.example.test:8530{PATH}", "127.0.0.13:8530", body=body)


def exchanges(body):
    url = f"http://wsus.example.test:8530{PATH}"
    page = b"<html><body>Log on to go on</body></html>"
    loop = f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()
    cases = [
        ("reset after the request", reset_after_request, 1),
        ("closed without an answer", lambda connection: request(connection), 1),
        ("closed in the body", answer(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n<a>"), 1),
        ("not HTTP", answer(b"SSH-2.0-OpenSSH_9.2\r\n"), 1),
        ("a page in place of SOAP", answer(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)), 1),
        ("a portal", answer(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/login\r\nContent-Length: 0\r\n\r\n"), 1),
    ]
    for number, (text, handle, count) in enumerate(cases):
        case(text)
        address = f"127.0.0.{20 + number}"
        thread = serve(address, 8530, handle, count)
        curl(url, f"{address}:8530", body=body)
        thread.join()
    case("a redirect loop")
    thread = serve("127.0.0.29", 8530, answer(loop), 6)
    curl(url, "127.0.0.29:8530", "--location", "--max-redirs", "5", "--post302", body=body)
    thread.join()
    case("no answer to the request")
    thread = serve("127.0.0.30", 8530, silent)
    curl(url, "127.0.0.30:8530", "--max-time", "3", body=body)
    thread.join()
    case("a download that is reset")
    thread = serve("127.0.0.31", 80, reset_in_answer)
    curl("http://download.windowsupdate.com/d/msdownload/update/software/a.cab", "127.0.0.31:80", agent=BITS)
    thread.join()


def secured(files, body):
    url = f"https://wsus.example.test:8531{PATH}"
    public = "https://sls.update.microsoft.com/SLS/%7B9482F4B4-E343-43B6-B170-9A65BC822C77%7D/x64"
    good = answer(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>")
    cases = [
        ("an alert of the server", alert(40), url, ()),
        ("closed after ClientHello", close_after_hello, public, ()),
        ("plain HTTP on the TLS port", plain_http, url, ()),
        ("a certificate that is not trusted", tls_server(good, files), url, ()),
        ("a certificate for another name", tls_server(good, files), public, ("--cacert", files[0])),
        ("a client certificate", tls_server(good, files, client_certificate=True), url, ("--insecure",)),
        ("goes well, not readable", tls_server(good, files), url, ("--insecure",)),
        ("closed without an answer, not readable", tls_server(request, files), url, ("--insecure",)),
    ]
    for number, (text, handle, target, options) in enumerate(cases):
        case(text)
        address, port = f"127.0.0.{40 + number}", 8531 if ":8531" in target else 443
        thread = serve(address, port, handle)
        curl(target, f"{address}:{port}", "--tls-max", "1.2", *options, body=body if target == url else None)
        thread.join()
    case("leaves after the handshake")
    thread = serve("127.0.0.50", 8531, tls_server(silent, files))
    context = ssl.create_default_context(cafile=files[0])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.50", 8531)) as plain:
        secure = context.wrap_socket(plain, server_hostname="wsus.example.test")
        os.close(secure.detach())
    thread.join()


def tunnels():
    target = "https://fe2.update.microsoft.com/v6/"
    cases = [
        ("a proxy that wants a log-on", answer(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")),
        ("a proxy that forbids", answer(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")),
        ("closed inside of the tunnel", tunnel_then_close),
    ]
    for number, (text, handle) in enumerate(cases):
        case(text)
        address = f"127.0.0.{60 + number}"
        thread = serve(address, 3128, handle)
        subprocess.run(["curl", "--silent", "--output", "/dev/null", "--max-time", "8", "--user-agent", AGENT, "--proxy", f"http://{address}:3128",
                        target], check=False, timeout=60)
        thread.join()


def unrelated():
    case("others: refused, a name that does not exist, reset")
    curl("http://shop.example.test:9999/", "127.0.0.70:9999", agent="curl/8.0")
    dig("gone-shop.example.test")
    thread = serve("127.0.0.71", 80, reset_after_request)
    curl("http://shop.example.test/", "127.0.0.71:80", agent="curl/8.0")
    thread.join()


def main():
    certificate, key, body = sys.argv[1:]
    stop = threading.Event()
    resolver = threading.Thread(target=dns_server, args=(stop,))
    resolver.start()
    time.sleep(0.2)
    names()
    connections(body)
    exchanges(body)
    secured((certificate, key), body)
    tunnels()
    unrelated()
    stop.set()
    resolver.join()


if __name__ == "__main__":
    main()
