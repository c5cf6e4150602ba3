"""Bytes to items, and items to meaning as far as XML goes.  Pure standard library.

``records``: the words (item, kinds, context).  ``splitter``: bytes to items; ``plain`` is
the slow one it is tested against, ``shapes`` and ``streaming`` are its parts, ``rules`` what
both refuse.  ``phases``: which phase a connection is in.  ``element``: the one safe parse;
``serialise`` the way back, ``malformed`` its errors.  ``redact`` covers what ``secrets`` lists.
"""
