"""The table of presence: what may be said of rosters, subscriptions and presence, and by whom.

One line per kind of arrow.  ``by`` is the side that says it, ``client`` or ``server``,
whichever of them we are.
"""

from __future__ import annotations

from typing import Final

from xmppexplore.reading.steps import Meaning

__all__ = ["PRESENCE_STEPS", "SUBSCRIPTION_TYPES"]

SUBSCRIPTION_TYPES: Final = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})
"""Types of presence that ask for, grant or end a subscription (RFC 6121 §4.7.1)."""

PRESENCE_STEPS: Final[dict[tuple[str, str], Meaning]] = {
    ("client", "iq:get"): Meaning(
        "roster-get", "Roster asked for", "RFC 6121 §2.1.3",
        "The client asks for the roster, and from now on it is told of every change.",
    ),
    ("server", "result:get"): Meaning(
        "roster-result", "Roster", "RFC 6121 §2.1.4",
        "The server names each contact with its subscription. A request that waits for this "
        "user's answer (Pending In) is not in it.",
    ),
    ("server", "result:get:same"): Meaning(
        "roster-same", "Roster unchanged", "RFC 6121 §2.6",
        "The version that the client keeps is near enough; what has changed since comes as "
        "pushes.",
    ),
    ("server", "error:get"): Meaning(
        "roster-error", "Roster refused", "RFC 6121 §2.1.3",
        "The server does not give the roster.", "refused",
    ),
    ("client", "iq:set"): Meaning(
        "roster-set", "Contact saved", "RFC 6121 §2.1.5",
        "The client adds or changes one contact: its name and its groups. A subscription "
        "cannot be set here.",
    ),
    ("client", "iq:set:remove"): Meaning(
        "roster-remove", "Contact to be deleted", "RFC 6121 §2.5",
        "The client takes one contact off the roster; the server ends the subscriptions "
        "of both ways as well.",
    ),
    ("server", "result:set"): Meaning(
        "roster-set-result", "Roster changed", "RFC 6121 §2.1.5",
        "The server has kept the change.",
    ),
    ("server", "error:set"): Meaning(
        "roster-set-error", "Change refused", "RFC 6121 §2.3.3",
        "The server does not keep this change, and says why.", "refused",
    ),
    ("server", "iq:push"): Meaning(
        "roster-push", "Roster push", "RFC 6121 §2.1.6",
        "The server tells every client of this user that asked for the roster how the "
        "contact stands now.",
    ),
    ("server", "iq:push:remove"): Meaning(
        "roster-push-remove", "Roster push: deleted", "RFC 6121 §2.5",
        "The server tells every client of this user that asked for the roster that the "
        "contact is no longer in it.",
    ),
    ("server", "iq:push:foreign"): Meaning(
        "roster-push-foreign", "Roster push of a stranger", "RFC 6121 §2.1.6",
        "It is not from the user's own account, so a client must not believe it: nothing "
        "changes.", "refused",
    ),
    ("client", "result:push"): Meaning(
        "roster-push-result", "Push taken", "RFC 6121 §2.1.6",
        "The client has taken the change over. The server need not wait for this.",
    ),
    ("client", "error:push"): Meaning(
        "roster-push-error", "Push not taken", "RFC 6121 §2.1.6",
        "The client did not take the change over.", "refused",
    ),
    ("client", "presence:initial"): Meaning(
        "initial-presence", "Initial presence", "RFC 6121 §4.2",
        "The client says that it is here. The server tells all who may see this user, and "
        "asks after all whom this user may see.",
    ),
    ("client", "presence:later"): Meaning(
        "later-presence", "Presence changes", "RFC 6121 §4.4",
        "The client is still here and says how; the server tells all who may see this user.",
    ),
    ("client", "presence:unavailable"): Meaning(
        "unavailable", "Goes away", "RFC 6121 §4.5",
        "The client says that it is leaving; the server tells all who saw it.",
    ),
    ("client", "presence:directed"): Meaning(
        "directed", "Presence for one alone", "RFC 6121 §4.6",
        "The client shows itself to one address, which needs no subscription.",
    ),
    ("client", "presence:directed:unavailable"): Meaning(
        "directed-unavailable", "Gone for one alone", "RFC 6121 §4.6",
        "The client hides itself from one address.",
    ),
    ("client", "presence:probe"): Meaning(
        "client-probe", "Probe by a client", "RFC 6121 §4.3",
        "The client asks whether a contact is here. To ask is the server's part; clients "
        "are told anyway.",
    ),
    ("server", "presence:probe"): Meaning(
        "probe", "Probe", "RFC 6121 §4.3",
        "A server asks whether this user is here. The own server answers such; a client "
        "does not see them as a rule.",
    ),
    ("server", "presence:available"): Meaning(
        "presence", "Presence delivered", "RFC 6121 §4.2",
        "The server passes on that a contact is here, and how.",
    ),
    ("server", "presence:available:own"): Meaning(
        "own-presence", "Own presence", "RFC 6121 §4.2",
        "The server tells the user's clients of each other, and each of itself.",
    ),
    ("server", "presence:unavailable"): Meaning(
        "presence-unavailable", "Contact gone", "RFC 6121 §4.5",
        "The server passes on that a contact is not here, or may no longer be seen.",
    ),
    ("server", "presence:unavailable:own"): Meaning(
        "own-unavailable", "Own client gone", "RFC 6121 §4.5",
        "The server tells the user's clients that one of them is gone.",
    ),
    ("client", "presence:subscribe"): Meaning(
        "subscribe", "Subscription asked for", "RFC 6121 §3.1, A.2",
        "The user asks to see the contact's presence. The server notes that the request is "
        "out and passes it on.",
    ),
    ("server", "presence:subscribe"): Meaning(
        "subscribe-in", "A request arrives", "RFC 6121 §3.1, A.3",
        "A contact asks to see this user's presence. The request waits until the user "
        "answers; no roster shows it meanwhile.",
    ),
    ("client", "presence:subscribed"): Meaning(
        "subscribed", "Request approved", "RFC 6121 §3.1, A.2",
        "The user lets the contact see the own presence; the server tells the contact and "
        "shows the presence at once.",
    ),
    ("client", "presence:subscribed:early"): Meaning(
        "pre-approval", "Approved in advance", "RFC 6121 §3.4",
        "No request waits. A server that can keep approvals answers a later request with it; "
        "the contact is told nothing now.",
    ),
    ("server", "presence:subscribed"): Meaning(
        "subscribed-in", "Approval arrives", "RFC 6121 §3.1, A.3",
        "The contact has approved: from now on this user sees the contact's presence.",
    ),
    ("client", "presence:unsubscribed"): Meaning(
        "unsubscribed", "Subscription cancelled", "RFC 6121 §3.2, A.2",
        "The contact shall no longer see the user's presence, and is told so.",
    ),
    ("client", "presence:unsubscribed:refusal"): Meaning(
        "refusal", "Request refused", "RFC 6121 §3.1, A.2",
        "The user does not let the contact see the own presence; the request is gone.",
    ),
    ("server", "presence:unsubscribed"): Meaning(
        "unsubscribed-in", "Refusal or end arrives", "RFC 6121 §3.2, A.3",
        "The contact refuses the request or ends the subscription: this user does not see "
        "the contact's presence any more.",
    ),
    ("client", "presence:unsubscribe"): Meaning(
        "unsubscribe", "Subscription given up", "RFC 6121 §3.3, A.2",
        "The user no longer wants to see the contact's presence, or takes the request back.",
    ),
    ("server", "presence:unsubscribe"): Meaning(
        "unsubscribe-in", "Contact gives up", "RFC 6121 §3.3, A.3",
        "The contact no longer wants to see this user's presence, or takes the request back.",
    ),
    ("client", "presence:error"): Meaning(
        "client-error", "Presence error", "RFC 6121 §4.7.1",
        "The client could not use a presence that it was sent.", "refused",
    ),
    ("server", "presence:error"): Meaning(
        "error", "Presence error", "RFC 6121 §4.7.1",
        "A presence could not be delivered or used, and comes back with the reason.", "refused",
    ),
    ("client", "presence:unknown"): Meaning(
        "unknown", "No such type", "RFC 6121 §4.7.1",
        "Presence has seven types, and this is none of them.", "refused",
    ),
    ("server", "presence:unknown"): Meaning(
        "unknown-in", "No such type", "RFC 6121 §4.7.1",
        "Presence has seven types, and this is none of them.", "refused",
    ),
}  # fmt: skip
"""(side, what) -> what the arrow means."""
