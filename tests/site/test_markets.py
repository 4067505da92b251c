"""Seven markets on a site that was made a moment ago: which gateway takes what follows from the configuration
alone, and `microblog payments route` says why.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from microblog_core.testing.servers import microblog_command

MARKETS = (
    ("GBP", "GB"),
    ("EUR", "DE"),
    ("JPY", "JP"),
    ("KWD", "KW"),
    ("BRL", "BR"),
    ("INR", "IN"),
    ("USD", "US"),
)
OFF = "# gateways = []"
RAZORPAY = """
[sites.main.plugins.razorpay]
key_id = "rzp_test_1"
key_secret = "one"
webhook_secret = "two"
"""
PIX = """
[sites.main.plugins.pix]
address = "https://pix.bank.example"
"""
ENTRY_POINT = "[microblog.plugins]\npix = microblog_pix.plugin\n"


def microblog(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        microblog_command("--data", str(data), *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **variables},
    )


@pytest.fixture
def new_site(tmp_path: Path) -> Callable[..., Path]:
    """A function that makes a site with `microblog init`, whose owner names these gateways."""

    def make(*gateways: str, more: str = "") -> Path:
        data = tmp_path / "data"
        made = microblog(data, "init")
        assert made.returncode == 0, made.stderr
        config = data / "microblog.toml"
        text = config.read_text()
        assert OFF in text
        named = ", ".join(f'"{each}"' for each in gateways)
        config.write_text(text.replace(OFF, f"gateways = [{named}] #", 1) + more)
        return data

    return make


def test_nobody_takes_anything_before_a_gateway_is_named(tmp_path: Path) -> None:
    assert microblog(tmp_path / "data", "init").returncode == 0
    asked = microblog(tmp_path / "data", "payments", "route", "EUR", "DE", "tip")
    assert asked.returncode == 1
    assert "takes no money" in asked.stdout and "Nobody takes a tip in EUR" in asked.stderr


def test_with_the_sandbox_switched_on_seven_markets_pay(new_site) -> None:
    data = new_site("sandbox")
    for number, (currency, country) in enumerate(MARKETS):
        product = ("tip", "membership")[number % 2]
        asked = microblog(data, "payments", "route", currency, country, product)
        assert asked.returncode == 0, asked.stderr
        assert "sandbox: chosen" in asked.stdout, asked.stdout


def test_a_second_gateway_takes_over_one_currency_and_falls_back_to_the_first(new_site) -> None:
    data = new_site("razorpay", "sandbox", more=RAZORPAY)
    taken = microblog(data, "payments", "route", "INR", "IN", "tip").stdout
    assert "razorpay: chosen" in taken and "sandbox: next" in taken
    # It can't charge every month, and says so.
    members = microblog(data, "payments", "route", "INR", "IN", "membership").stdout
    assert "sandbox: chosen" in members and "razorpay: chosen" not in members
    other = microblog(data, "payments", "route", "EUR", "DE", "tip").stdout
    assert "sandbox: chosen" in other and "razorpay: does not take EUR" in other


def test_a_route_in_the_configuration_beats_priorities(new_site) -> None:
    data = new_site(
        "razorpay", "sandbox", more=RAZORPAY + '[sites.main.payments.routes]\nINR = ["sandbox"]\n'
    )
    taken = microblog(data, "payments", "route", "INR", "IN", "tip").stdout
    assert "sandbox: chosen" in taken and "razorpay: chosen" not in taken


def test_a_gateway_that_somebody_else_wrote_takes_over_its_currency(
    new_site, root: Path, tmp_path: Path
) -> None:
    installed = tmp_path / "site-packages"
    about = installed / "microblog_pix-0.1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: microblog-pix\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINT)
    (installed / "microblog_pix").symlink_to(root / "examples/pix-gateway/src/microblog_pix")
    data = new_site("pix", "sandbox", more=PIX)
    path = {"PYTHONPATH": str(installed)}
    taken = microblog(data, "payments", "route", "BRL", "BR", "tip", **path).stdout
    assert "pix: chosen" in taken and "sandbox: next" in taken
    for currency, country in MARKETS:
        if currency in ("EUR", "INR"):
            other = microblog(data, "payments", "route", currency, country, "tip", **path).stdout
            assert "sandbox: chosen" in other and f"pix: does not take {currency}" in other
