"""Plays: conversations with a server written as text that a learner can read.

Here a text becomes a script, and what came is held against what the script expects; the
script is performed elsewhere, as this room has no network and no clock.
"""
