"""Payments: tips, memberships, what becomes of them, who is paid, and what everybody reads of it.

No gateway is called within a unit of work: what is about to be asked is committed first, then the gateway is
asked, then its answer is applied. Whatever is killed in between, the reconciler asks again.
"""
