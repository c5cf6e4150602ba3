"""Bytes to items: splitting, phases, one safe parse, redaction.  Pure standard library."""
