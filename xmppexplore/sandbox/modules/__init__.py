"""The features of the sandbox."""

from xmppexplore.sandbox.modules.table import MODULES as MODULES
