"""Python's requests against the agent at argv[1], by TLS with CLIENT_CA, CLIENT_CERT and CLIENT_KEY."""

import os
import sys

import requests

URL = sys.argv[1]
DOCUMENT = b"<NETWORK><NAME>by requests</NAME></NETWORK>"


def begin():
    session = requests.Session()
    session.trust_env = False  # or REQUESTS_CA_BUNDLE would win over ours
    session.verify = os.environ.get("CLIENT_CA", True)
    if "CLIENT_CERT" in os.environ:
        session.cert = (os.environ["CLIENT_CERT"], os.environ["CLIENT_KEY"])
    return session


def connections(session):
    return session.get_adapter(URL).poolmanager.connection_from_url(URL).num_connections


def asks_many_times_over_one_connection():
    with begin() as session:
        statuses = [session.get(URL + path, timeout=60).status_code for path in ("/", "/compute", "/nothing", "/network")]
        assert statuses == [200, 200, 404, 200], statuses
        assert connections(session) == 1, connections(session)


def asks_head_and_goes_on():
    with begin() as session:
        head = session.head(URL + "/compute", timeout=60)
        assert int(head.headers["Content-Length"]) == len(session.get(URL + "/compute", timeout=60).content)
        assert connections(session) == 1, connections(session)


def uploads_in_chunks_and_deletes_over_one_connection():
    with begin() as session:
        made = session.post(URL + "/network", data=(DOCUMENT[at : at + 7] for at in range(0, len(DOCUMENT), 7)), timeout=60)
        assert made.request.headers["Transfer-Encoding"] == "chunked"
        assert made.status_code == 201, made.text
        gone = session.delete(made.headers["Location"], timeout=60)
        assert gone.status_code == 204, gone.text
        assert connections(session) == 1, connections(session)


def is_told_why_a_large_body_is_refused():
    answer = begin().post(URL + "/network", data=b" " * (2 << 20), timeout=60)
    assert answer.status_code == 413, answer.status_code


def reads_a_stream():
    with begin().get(URL + "/-/events?since=0", headers={"Accept": "text/event-stream"}, stream=True, timeout=60) as answer:
        lines = answer.iter_lines(chunk_size=1)
        assert any(next(lines).startswith(b"id: ") for _ in range(100))


for claim in (
    asks_many_times_over_one_connection,
    asks_head_and_goes_on,
    uploads_in_chunks_and_deletes_over_one_connection,
    is_told_why_a_large_body_is_refused,
    reads_a_stream,
):
    sentence = claim.__name__.replace("_", " ")
    try:
        claim()
        print("passed", sentence)
    except Exception as failure:  # each claim stands alone
        print(f"failed {sentence}: {failure!r}")
