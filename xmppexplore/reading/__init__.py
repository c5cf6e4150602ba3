"""Columns to meaning: handshake, exchanges, findings.  Pure; every conclusion cites rows."""
