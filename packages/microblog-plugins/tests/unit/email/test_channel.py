"""The line to the mail server: protected, kept, and guarded against servers that hang or fail."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mail_town import MailTown, settings_for
from msgspec.structs import replace

from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.notifications import Message
from microblog_core.patterns.admission import Circuit
from microblog_core.patterns.resources import Resources
from microblog_core.plugins.settings import Secret
from microblog_core.ports.channels import AddressGone, Permanent, Temporary
from microblog_core.runtime.jobs import CONCURRENCY
from microblog_core.testing.mail import MailServer
from microblog_core.testing.servers import free_port
from microblog_core.testing.sites import report_of, site_with
from microblog_plugins.email import plugin
from microblog_plugins.email.channel import FAILURES, EmailChannel
from microblog_plugins.email.connections import Connections
from microblog_plugins.email.letters import LetterWriter
from microblog_plugins.email.settings import EmailSettings, check_settings

MESSAGE = Message(
    account_id=1, kind="reset_password", subject="Hi", text="Hello", address="ada@people.example"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-made certificate for 127.0.0.1, and the context of a server that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.org")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return str(folder / "cert.pem"), context


class Line:
    """A channel by itself, closed in the end; the circuit rests for a tenth of a second."""

    def __init__(self, port, **changes):
        values = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "a@blog.example", **changes}
        settings = EmailSettings(**values)
        self.resources = Resources()
        self.connections = Connections(settings)
        self.channel = EmailChannel(
            settings,
            writer=LetterWriter(sender=check_settings(settings), host="blog.example"),
            sender="a@blog.example",
            connections=self.resources.add("c", lambda: self.connections, lambda made: made.close()),
            rest=0.1,
        )

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await self.resources.close()

    async def send(self, **changes):
        await self.channel.deliver(replace(MESSAGE, **changes), key="1")


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_the_line_is_encrypted_and_the_server_knows_us(certificate, tls):
    trusted, context = certificate
    with MailServer(tls=tls, context=context, user="blog", password="s3cret") as server:
        async with Line(
            server.port, tls=tls, ca_file=trusted, user="blog", password=Secret("s3cret")
        ) as line:
            await line.send()
        (mail,) = server.mails
        assert (mail.encrypted, mail.user) == (True, "blog")


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_gets_no_mail(certificate, tls):
    with MailServer(tls=tls, context=certificate[1]) as server:
        async with Line(server.port, tls=tls) as line:
            with pytest.raises(Temporary):
                await line.send()
        assert server.mails == []


async def test_starttls_is_demanded_never_hoped_for(mail_server):
    async with Line(mail_server.port, tls="starttls") as line:
        with pytest.raises(Temporary):
            await line.send()
    assert mail_server.mails == []


async def test_a_wrong_password_is_a_thing_to_mend_and_loses_no_mail(certificate):
    trusted, context = certificate
    with MailServer(tls="starttls", context=context, user="blog", password="s3cret") as server:
        changes = {"tls": "starttls", "ca_file": trusted, "user": "blog", "password": Secret("wrong")}
        async with Line(server.port, **changes) as line:
            with pytest.raises(Temporary, match="SMTPAuthenticationError"):
                await line.send()


async def test_one_connection_is_kept_and_made_anew_when_it_is_stale(mail_server, monkeypatch):
    monkeypatch.setattr("microblog_plugins.email.connections.ASK_SECONDS", 0.0)
    async with Line(mail_server.port) as line:
        for _ in range(3):
            await line.send()
        assert mail_server.connections == 1
        mail_server.rcpt = "550 5.1.1 No such user"
        with pytest.raises(AddressGone):
            await line.send()
        mail_server.rcpt = ""
        await line.send()
        assert mail_server.connections == 1
        mail_server.hang_up()
        await line.send()
        assert (mail_server.connections, len(mail_server.mails)) == (2, 5)


async def test_a_refusal_is_about_the_mail_and_leaves_the_circuit_closed(mail_server):
    async with Line(mail_server.port) as line:
        mail_server.data = "554 5.7.1 Spam"
        for _ in range(FAILURES + 1):
            with pytest.raises(Permanent):
                await line.send()
        mail_server.data = "451 4.7.1 Greylisted"
        for _ in range(FAILURES + 1):
            with pytest.raises(Temporary):
                await line.send()
        assert line.channel.circuit is Circuit.CLOSED


async def test_a_burst_of_all_jobs_that_run_at_once_waits_and_is_refused_nothing(mail_server):
    """A refusal would put the job off, longer each time, although nothing is wrong."""
    async with Line(mail_server.port) as line:
        keys = [f"burst:{number}" for number in range(CONCURRENCY)]
        await asyncio.gather(*[line.channel.deliver(MESSAGE, key=key) for key in keys])
    assert len(mail_server.wait_for(CONCURRENCY)) == CONCURRENCY


async def test_the_circuit_opens_when_the_server_is_gone_probes_once_and_recovers():
    server = MailServer(port=free_port())
    async with Line(server.port) as line:
        for _ in range(FAILURES):
            with pytest.raises(Temporary):
                await line.send()
        assert line.channel.circuit is Circuit.OPEN
        with pytest.raises(Temporary) as refused:
            await line.send()
        assert refused.value.retry_after is not None
        await asyncio.sleep(0.11)
        server.start()
        server.hangs = True
        probe = asyncio.create_task(line.send())
        await asyncio.to_thread(server.wait_for_tries, 1)
        with pytest.raises(Temporary) as refused:
            await line.send()
        assert refused.value.retry_after is not None
        assert server.tried == 1
        server.hangs = False
        await probe
        assert line.channel.circuit is Circuit.CLOSED
        await line.send()
        assert len(server.mails) == 2
        server.stop()


async def test_a_server_that_hangs_is_given_up_and_its_connection_not_used_again(mail_server):
    async with Line(mail_server.port, seconds=1.0) as line:
        mail_server.hangs = True
        with pytest.raises(Temporary, match="did not answer in"):
            await line.send()
        mail_server.hangs = False
        await line.send()
        assert mail_server.connections == 2


async def test_a_server_that_closes_in_the_middle_is_temporary(mail_server):
    async with Line(mail_server.port) as line:
        mail_server.drop = True
        with pytest.raises(Temporary):
            await line.send()


async def test_an_address_that_can_not_be_written_to_is_permanent(mail_server):
    async with Line(mail_server.port) as line:
        for address in ("", "bob@@people.example"):
            with pytest.raises(Permanent):
                await line.send(address=address)
        await line.send(address="jürgen@people.example")
        assert mail_server.mails[0].recipient == "jürgen@people.example"


async def test_a_server_that_hangs_slows_neither_posting_nor_other_jobs(mail_server):
    async with MailTown(mail_server, seconds=20.0, fold_seconds=0.0, connections=1) as town:
        mail_server.hangs = True
        stop = asyncio.Event()
        running = asyncio.create_task(town.runner.run(stop))
        for number in range(80):
            await town.post(town.ada, f"@bob {number}")
            town.clock.advance(1)
        began = time.monotonic()
        post = await town.post(town.bob, "Posting goes on")
        before = town.runner.finished
        await town.post(town.cid, "so do other jobs, @ada")
        while town.runner.finished <= before:
            await asyncio.sleep(0.01)
        assert post.id and time.monotonic() - began < 2
        assert mail_server.mails == []
        mail_server.hangs = False
        stop.set()
        await running


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sender": ""}, "sender"),
        ({"sender": "nobody"}, "sender"),
        ({"sender": "a@b.example\r\nBcc: c@d.example"}, "sender"),
        ({"seconds": 60.0}, "seconds"),
        ({"digest_hour": 24}, "digest_hour"),
        ({"host": "mail.example.org", "password": "x", "user": "y"}, "in the clear"),
    ],
)
def test_settings_that_can_not_work_break_the_plugin_with_a_reason(mail_server, wrong, said):
    site = site_with(
        installed=("email",),
        settings={"email": settings_for(mail_server, **wrong)},
        base_url="https://blog.example",
    )
    report = report_of(site, "email")
    assert report.state == "broken"
    assert said in report.reason
    assert not site.ports.mails


def test_without_a_host_there_is_no_channel_and_no_trouble():
    site = site_with(installed=("email",))
    assert report_of(site, "email").state == "active"
    assert site.contributions.channels == () and not site.ports.mails


def test_a_site_that_nobody_knows_the_address_of_sends_no_mail(mail_server):
    site = site_with(installed=("email",), settings={"email": settings_for(mail_server)})
    assert report_of(site, "email").state == "active"
    site.public_url = ""
    with pytest.raises(ConfigurationError, match="address of the site"):
        plugin._make(site, EmailSettings(host="127.0.0.1", sender="a@b.example"))


async def test_health_says_whether_the_server_answers(town):
    (check,) = town.site.health_checks
    await check.check()
    town.server.stop()
    with pytest.raises(Exception, match=r".+"):
        await check.check()
