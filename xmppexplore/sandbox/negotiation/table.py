"""The features that are negotiated, one file each; a new one is its file and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from xmppexplore.sandbox.negotiation import (
    bind2,
    binding,
    login,
    management,
    registering,
    sasl2,
    starttls,
)
from xmppexplore.sandbox.negotiation.feature import Act, Feature, Request
from xmppexplore.sandbox.stream import Phase

__all__ = ["ACTS", "FEATURES", "REQUESTS"]

FEATURES: Final[tuple[Feature, ...]] = (
    starttls.FEATURE,
    login.FEATURE,
    sasl2.FEATURE,
    registering.FEATURE,
    binding.FEATURE,
    management.FEATURE,  # before Bind 2: a session that is resumed needs no resource
    bind2.FEATURE,
)
"""In the order in which they are offered (XEP-0170)."""

ACTS: Final[Mapping[tuple[Phase, str], Act]] = {
    key: act for feature in FEATURES for key, act in feature.acts.items()
}
"""(phase, Clark name) -> what takes the nonza."""

REQUESTS: Final[Mapping[tuple[Phase, str], Request]] = {
    key: request for feature in FEATURES for key, request in feature.requests.items()
}
"""(phase, Clark name of the payload) -> what takes the iq."""
