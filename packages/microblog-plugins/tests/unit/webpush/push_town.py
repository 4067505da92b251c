"""A site whose pushes a real server receives, and apps that decrypt them with another library than ours."""

from __future__ import annotations

import base64
import json
import os

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from microblog_api.sealed import seal_token
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.push import ALERTS, TOKEN_PURPOSE, PushPolicy
from microblog_core.runtime.jobs import JobRunner
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.deliveries import ChangeDeliveryPreferences, change_delivery_preferences
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.push import SetPushSubscription, set_push_subscription
from microblog_core.testing.builder import Builder, FrozenClock
from microblog_core.testing.sites import site_with
from microblog_core.testing.storage.applications import allow, make_application


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def fields(header):
    """`a=1;b=2` or `t=1, k=2` as a dictionary."""
    return dict(part.strip().split("=", 1) for part in header.replace(";", ",").split(","))


class App:
    """An app with a subscription: it has the private key."""

    def __init__(self, path, token_id, token):
        self.path, self.token_id, self.token = path, token_id, token
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, request):
        """The payload of a push, decrypted by http_ece."""
        keys = {"private_key": self.private, "auth_secret": self.auth}
        if request.headers["content-encoding"] == "aes128gcm":
            plain = http_ece.decrypt(request.body, version="aes128gcm", **keys)
        else:
            salt = from_b64(fields(request.headers["encryption"])["salt"])
            dh = from_b64(fields(request.headers["crypto-key"])["dh"])
            plain = http_ece.decrypt(request.body, salt=salt, dh=dh, version="aesgcm", **keys)
        return json.loads(plain)


def who_pushed(request):
    """The claims of the VAPID token, verified by the key that goes with it, and that key."""
    scheme, _, rest = request.headers["authorization"].partition(" ")
    if scheme == "vapid":
        token, key = fields(rest)["t"], fields(rest)["k"]
    else:
        token, key = rest, fields(request.headers["crypto-key"])["p256ecdsa"]
    point = from_b64(key)
    jwk = {"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
    found = jwt.decode(token, ECKey.import_key(jwk), algorithms=["ES256"])
    return found.header, found.claims, key


class PushTown:
    def __init__(self, service, **settings):
        self.service = service
        self.clock = FrozenClock()
        self.site = site_with(
            installed=("webpush",),
            settings={"webpush": {"seconds": 2.0, **settings}},
            clock=self.clock,
            base_url="https://blog.example",
            title="The Blog",
            private_targets=("127.0.0.1",),
        )
        self.runner = JobRunner(self.site, chance=lambda: 0.5)

    async def __aenter__(self):
        await self.site.open()
        self.ada, self.bob, self.cid = [await self.person(name) for name in ("ada", "bob", "cid")]
        self.build = Builder(self.ports.storage, self.clock, self.ports.ids)
        return self

    async def __aexit__(self, *error):
        await self.site.close()

    @property
    def ports(self):
        return self.site.ports

    async def person(self, name):
        command = CreateAccount(username=name, email=f"{name}@people.example", password="correct horse")
        return Actor(account=await create_account(self.ports, SYSTEM, command))

    async def subscribe(self, who, path="/one", *, alerts=ALERTS, policy=PushPolicy.ALL, standard=True):
        """A new app of this person's, subscribed."""
        application = await make_application(self.build)
        token = (await allow(self.build, application, who.account, path)).token
        app = App(path, token.id, f"secret token of {path}")
        sealed = seal_token(self.site.secret(TOKEN_PURPOSE), app.token, token.id)
        command = SetPushSubscription(
            token_id=token.id,
            endpoint=f"{self.service.url}{path}",
            p256dh=b64(app.point),
            auth=b64(app.auth),
            alerts=tuple(alerts),
            policy=policy,
            standard=standard,
            sealed_token=sealed,
        )
        await set_push_subscription(self.ports, who, command)
        return app

    async def post(self, who, text, **changes):
        self.clock.advance(1)
        return (await publish_post(self.ports, who, PublishPost(text=text, **changes))).post

    async def prefer(self, who, channel="webpush", **frequencies):
        command = ChangeDeliveryPreferences(channel=channel, frequencies=frequencies)
        await change_delivery_preferences(self.ports, who, command)

    async def work(self, seconds=0):
        """Run what is due now and in so many seconds; the requests that came of it."""
        before = len(self.service.requests)
        await self.runner.run_due()
        if seconds:
            self.clock.advance(seconds)
            await self.runner.run_due()
        return self.service.requests[before:]

    async def subscriptions(self, who):
        return list(await self.ports.storage.push.of(who.id))

    async def dead(self):
        return (await self.ports.storage.counts()).dead_jobs
