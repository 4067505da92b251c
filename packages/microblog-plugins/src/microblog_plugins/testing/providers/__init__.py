"""Payment providers to test against: the subset of Stripe and Razorpay that our gateways use, served over
real HTTP on this machine, with real signatures, a payer's page, a log of all that happened, and mischief on
demand. Nothing of the gateways is imported here, so that neither can hide a mistake of the other.
"""

from microblog_plugins.testing.providers.mischief import CallFault, Mischief, RingFault
from microblog_plugins.testing.providers.razorpay import RazorpayProvider
from microblog_plugins.testing.providers.ringing import Delivery, Webhook
from microblog_plugins.testing.providers.server import Entry, Outcome
from microblog_plugins.testing.providers.stripe import StripeProvider

__all__ = [
    "CallFault",
    "Delivery",
    "Entry",
    "Mischief",
    "Outcome",
    "RazorpayProvider",
    "RingFault",
    "StripeProvider",
    "Webhook",
]
