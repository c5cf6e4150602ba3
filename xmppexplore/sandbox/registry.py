"""The tables of a realm: what its modules and its users' handlers have registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xmppexplore import names
from xmppexplore.errors import UsageError
from xmppexplore.sandbox.features import (
    AnswerHandler,
    Hook,
    Module,
    NonzaHandler,
    ResourceEvent,
    Stage,
)
from xmppexplore.sandbox.stanza import Addressee

__all__ = ["Registry"]


class Registry:
    """What is registered.

    Attributes:
        modules: the features, in order of installation.
        nonzas: handlers of first-level elements that are no stanzas, by Clark name.
    """

    def __init__(self) -> None:
        self.modules: list[Module] = []
        self.nonzas: dict[str, NonzaHandler] = {}
        self._answers: dict[tuple[str, str, Addressee], tuple[AnswerHandler, Module]] = {}
        self._handlers: dict[tuple[str, str], Callable[[Any], Any]] = {}
        self._hooks: dict[tuple[Stage, str], list[tuple[Hook, Module]]] = {}
        self._events: dict[ResourceEvent, list[Callable[..., None]]] = {}
        self._features: dict[Addressee, set[str]] = {}

    def install(self, module: Module) -> None:
        """Add a feature; what it answers replaces what an earlier one answers."""
        self.modules.append(module)
        for answer in module.answers:
            for place in answer.at:
                self._answers[answer.payload, answer.type, place] = (answer.run, module)
        for hook in module.hooks:
            self._hooks.setdefault((hook.stage, hook.kind), []).append((hook, module))
        for event, run in module.events.items():
            self._events.setdefault(event, []).append(run)
        for addressee, features in module.features.items():
            self._features.setdefault(addressee, set()).update(features)
        self.nonzas.update(module.nonzas)

    def answer(
        self, payload: str, handler: Callable[[Any], Any], type: str = "get"
    ) -> Callable[[], None]:
        """Let a handler answer a request to the server or to any of its accounts.

        It comes before the modules, and replaces an earlier handler of the same key.

        Args:
            payload: Clark name of the request's child.
            handler: is given the iq as an :class:`~xmppexplore.wire.element.Element`;
                returns the payload of the result as XML text, or ``None``, or an awaitable
                of either; raises :class:`~xmppexplore.errors.StanzaError` for an error.
            type: ``"get"`` or ``"set"``.

        Returns:
            A function that takes the handler away again.

        Raises:
            UsageError: the type is neither, or the name is no Clark name.
        """
        if type not in ("get", "set"):
            raise UsageError(f"type={type!r}: a request is of type 'get' or 'set'")
        if not all(names.split_qualified(payload)):
            raise UsageError(f"{payload!r}: give namespace and name as '{{namespace}}name'")
        key = (payload, type)
        self._handlers[key] = handler

        def forget() -> None:
            if self._handlers.get(key) is handler:
                del self._handlers[key]

        return forget

    def features(self, addressee: Addressee) -> tuple[str, ...]:
        """Return the service discovery features of the server or of an account, sorted."""
        mine = {names.split_qualified(payload)[0] for payload, _ in self._handlers}
        return tuple(sorted(self._features.get(addressee, set()) | mine))
