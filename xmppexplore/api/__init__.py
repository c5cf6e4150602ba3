"""What a person holds: sessions, recordings, the sandbox, panels.  Composes all rooms, thinly."""
