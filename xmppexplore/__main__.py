"""``python -m xmppexplore`` is the command ``xmppexplore``."""

from __future__ import annotations

import sys

from xmppexplore.cli import main

if __name__ == "__main__":
    sys.exit(main())
