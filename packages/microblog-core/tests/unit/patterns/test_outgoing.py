"""Requests to addresses that people gave: they reach nothing but what they should, and hurt nobody else."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from microblog_core.domain.addresses import Allowed
from microblog_core.patterns import outgoing as module
from microblog_core.patterns.admission import Circuit, Refused
from microblog_core.patterns.outgoing import FAILURES, Answer, ForbiddenTarget, Outgoing, ServerFailed
from microblog_core.ports.channels import Temporary
from microblog_core.testing.receiver import Receiver
from microblog_core.testing.servers import free_port

LOCAL = Allowed(["127.0.0.1"])


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


@pytest.fixture
async def client():
    made = Outgoing(allowed=LOCAL, seconds=2.0, rest=0.1)
    yield made
    await made.close()


@pytest.fixture
async def strict():
    """One that may reach nothing private."""
    made = Outgoing(seconds=2.0)
    yield made
    await made.close()


def names(monkeypatch, **answers):
    """Let names resolve to these addresses, one list for each time that is asked; the last one stays."""
    asked = {name.replace("_", "."): list(lists) for name, lists in answers.items()}

    def resolve(host, port, **options):
        found = asked[host]
        addresses = found.pop(0) if len(found) > 1 else found[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    monkeypatch.setattr(module.socket, "getaddrinfo", resolve)


async def post(client, url, **headers):
    return await client.post(url, headers=headers, content=b"hello")


async def test_a_request_arrives_as_it_is_and_the_answer_comes_back(client, receiver):
    receiver.status, receiver.answer, receiver.body = 201, {"X-Said": "thanks"}, b"got it"
    answer = await post(client, f"{receiver.url}/a?b=c", x_mine="1")
    assert (answer.status, answer.headers["x-said"], answer.body) == (201, "thanks", b"got it")
    (taken,) = receiver.requests
    assert (taken.path, taken.body, taken.headers["x_mine"]) == ("/a?b=c", b"hello", "1")
    assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "fe80::1"]
)
async def test_a_name_that_leads_inside_is_refused(strict, receiver, monkeypatch, address):
    names(monkeypatch, hooks_example_org=[[address]])
    with pytest.raises(ForbiddenTarget):
        await post(strict, f"http://hooks.example.org:{receiver.port}/")
    assert receiver.tried == 0


async def test_one_inner_address_among_public_ones_is_enough_to_refuse(strict, receiver, monkeypatch):
    names(monkeypatch, hooks_example_org=[["93.184.216.34", "127.0.0.1"]])
    with pytest.raises(ForbiddenTarget):
        await post(strict, f"http://hooks.example.org:{receiver.port}/")
    assert receiver.tried == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "127.1", "0x7f.1"])
async def test_spellings_of_this_machine_are_refused(strict, receiver, host):
    with pytest.raises(ForbiddenTarget):
        await post(strict, f"http://{host}:{receiver.port}/")
    assert receiver.tried == 0


async def test_a_name_is_resolved_once_and_what_was_looked_at_is_connected_to(receiver, monkeypatch):
    """A name server that says something else the second time is never asked a second time."""
    names(monkeypatch, hooks_example_org=[["127.0.0.1"], ["10.0.0.1"]])
    client = Outgoing(allowed=Allowed(["127.0.0.1"]), seconds=2.0)
    assert (await post(client, f"http://hooks.example.org:{receiver.port}/")).status == 204
    # And the next request looks again.
    with pytest.raises(ForbiddenTarget):
        await post(client, f"http://hooks.example.org:{receiver.port}/")
    assert receiver.tried == 1
    assert receiver.requests[0].headers["host"] == f"hooks.example.org:{receiver.port}"
    await client.close()


async def test_redirects_are_answers_and_not_followed(client, receiver):
    with Receiver() as inner:
        receiver.status, receiver.answer = 307, {"Location": f"{inner.url}/admin"}
        assert (await post(client, receiver.url)).status == 307
        assert inner.tried == 0


async def test_proxies_of_the_environment_are_not_used(client, receiver, monkeypatch):
    with Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert (await post(client, receiver.url)).status == 204
        assert proxy.tried == 0


async def test_an_endless_answer_is_cut(client, receiver):
    receiver.status, receiver.body = 200, b"x" * 1_000_000
    assert len((await post(client, receiver.url)).body) == module.ANSWER_BYTES


async def test_names_that_nobody_knows_and_ports_where_nobody_listens_are_temporary(client, monkeypatch):
    with pytest.raises(Temporary):
        await post(client, f"http://127.0.0.1:{free_port()}/")

    def unknown(host, port, **options):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(module.socket, "getaddrinfo", unknown)
    with pytest.raises(Temporary, match="can't be reached"):
        await post(client, "https://hooks.example.org/")


async def test_what_hangs_is_given_up(receiver):
    client = Outgoing(allowed=LOCAL, seconds=0.2)
    receiver.hangs = True
    began = time.monotonic()
    with pytest.raises(Temporary, match="did not answer in"):
        await post(client, receiver.url)
    assert time.monotonic() - began < 2
    await client.close()


async def test_the_circuit_of_a_host_opens_probes_once_and_recovers_and_others_are_not_touched(client):
    with Receiver() as bad, Receiver() as good:
        bad.status = 503
        for _ in range(FAILURES):
            with pytest.raises(ServerFailed):
                await post(client, bad.url)
        assert client.circuit(bad.url) is Circuit.OPEN
        with pytest.raises(Temporary) as refused:
            await post(client, bad.url)
        assert isinstance(refused.value.__cause__, Refused) and refused.value.retry_after is not None
        assert bad.tried == FAILURES
        assert (await post(client, good.url)).status == 204
        await asyncio.sleep(0.11)
        bad.hangs, bad.status = True, 204
        probe = asyncio.create_task(post(client, bad.url))
        await asyncio.to_thread(bad.wait_for_tries, FAILURES + 1)
        with pytest.raises(Temporary):
            await post(client, bad.url)
        assert bad.tried == FAILURES + 1
        bad.hangs = False
        assert (await probe).status == 204
        assert client.circuit(bad.url) is Circuit.CLOSED


async def test_a_refusal_of_a_message_says_that_the_host_works(client, receiver):
    receiver.status = 400
    for _ in range(FAILURES + 2):
        assert (await post(client, receiver.url)).status == 400
    assert client.circuit(receiver.url) is Circuit.CLOSED


async def test_a_host_has_so_many_places_and_who_comes_then_is_told_to_come_back(client, receiver):
    receiver.hangs = True
    first = [asyncio.create_task(post(client, receiver.url)) for _ in range(2 * module.AT_ONCE)]
    await asyncio.to_thread(receiver.wait_for_tries, module.AT_ONCE)
    with pytest.raises(Temporary) as refused:
        await post(client, receiver.url)
    assert refused.value.retry_after is not None
    receiver.hangs = False
    assert [(await each).status for each in first] == [204] * 2 * module.AT_ONCE
    assert receiver.most_inside == module.AT_ONCE


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("120", 120, 120), ("99999999999", 86400, 86400), ("Fri, 31 Dec 1999 23:59:59 GMT", 0, 0)],
)
def test_when_to_come_back_is_read_and_has_a_bound(said, least, most):
    seconds = Answer(status=429, headers={"retry-after": said}).retry_after
    assert seconds is not None and least <= seconds <= most


@pytest.mark.parametrize("said", ["", "soon", "-1", "١٢"])
def test_what_says_nothing_about_coming_back_is_nothing(said):
    assert Answer(status=429, headers={"retry-after": said}).retry_after is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-made certificate for hooks.example.org, and the context of a server that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.org")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.org")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return str(folder / "cert.pem"), context


@pytest.mark.parametrize("host", ["hooks.example.org", "other.example.org"])
async def test_the_certificate_is_that_of_the_name_not_of_the_address(certificate, monkeypatch, host):
    trusted, context = certificate
    names(monkeypatch, hooks_example_org=[["127.0.0.1"]], other_example_org=[["127.0.0.1"]])
    with Receiver(context=context) as server:
        client = Outgoing(allowed=LOCAL, seconds=5.0, ca_file=trusted)
        url = f"https://{host}:{server.port}/"
        if host == "hooks.example.org":
            assert (await post(client, url)).status == 204
        else:
            with pytest.raises(Temporary):
                await post(client, url)
        assert server.tried == (host == "hooks.example.org")
        await client.close()


async def test_a_certificate_that_nobody_vouches_for_gets_nothing(certificate, monkeypatch):
    names(monkeypatch, hooks_example_org=[["127.0.0.1"]])
    with Receiver(context=certificate[1]) as server:
        client = Outgoing(allowed=LOCAL, seconds=5.0)
        with pytest.raises(Temporary):
            await post(client, f"https://hooks.example.org:{server.port}/")
        assert server.tried == 0
        await client.close()
