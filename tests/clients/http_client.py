"""Python's http.client against the agent at argv[1], by TLS with CLIENT_CA, CLIENT_CERT and CLIENT_KEY."""

import http.client
import os
import ssl
import sys
from urllib.parse import urlsplit

PLACE = urlsplit(sys.argv[1])
DOCUMENT = b"<NETWORK><NAME>by http.client</NAME></NETWORK>"


def connect():
    if PLACE.scheme == "http":
        return http.client.HTTPConnection(PLACE.hostname, PLACE.port, timeout=60)
    context = ssl.create_default_context(cafile=os.environ["CLIENT_CA"])
    if "CLIENT_CERT" in os.environ:
        context.load_cert_chain(os.environ["CLIENT_CERT"], os.environ["CLIENT_KEY"])
    return http.client.HTTPSConnection(PLACE.hostname, PLACE.port, timeout=60, context=context)


def ask(connection, *arguments, **more):
    connection.request(*arguments, **more)
    answer = connection.getresponse()
    answer.content = answer.read()
    return answer


def asks_many_times_over_one_connection():
    connection = connect()
    ports = set()
    for path in ("/", "/compute", "/nothing", "/network"):
        ask(connection, "GET", path)
        ports.add(connection.sock.getsockname()[1])
    assert len(ports) == 1, ports


def asks_head_and_goes_on():
    connection = connect()
    head = ask(connection, "HEAD", "/compute")
    assert (head.status, head.content) == (200, b""), head.status
    assert int(head.getheader("Content-Length")) == len(ask(connection, "GET", "/compute").content)


def uploads_in_chunks_and_deletes_over_one_connection():
    connection = connect()
    pieces = (DOCUMENT[at : at + 7] for at in range(0, len(DOCUMENT), 7))
    made = ask(connection, "POST", "/network", body=pieces, encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert made.status == 201, made.content
    port = connection.sock.getsockname()[1]
    gone = ask(connection, "DELETE", urlsplit(made.getheader("Location")).path)
    assert (gone.status, connection.sock.getsockname()[1]) == (204, port), gone.status


def waits_for_100_continue():
    connection = connect()
    connection.putrequest("POST", "/network")
    connection.putheader("Content-Length", str(len(DOCUMENT)))
    connection.putheader("Expect", "100-continue")
    connection.endheaders()
    told = connection.sock.recv(1024)
    assert told == b"HTTP/1.1 100 Continue\r\n\r\n", told
    connection.send(DOCUMENT)
    made = connection.getresponse()
    assert made.status == 201, made.status
    made.read()
    assert ask(connection, "DELETE", urlsplit(made.getheader("Location")).path).status == 204


def reads_a_stream():
    connection = connect()
    connection.request("GET", "/-/events?since=0", headers={"Accept": "text/event-stream"})
    answer = connection.getresponse()
    assert answer.chunked
    assert any(answer.readline().startswith(b"id: ") for _ in range(100))


for claim in (
    asks_many_times_over_one_connection,
    asks_head_and_goes_on,
    uploads_in_chunks_and_deletes_over_one_connection,
    waits_for_100_continue,
    reads_a_stream,
):
    sentence = claim.__name__.replace("_", " ")
    try:
        claim()
        print("passed", sentence)
    except Exception as failure:  # each claim stands alone
        print(f"failed {sentence}: {failure!r}")
