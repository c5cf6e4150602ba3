"""Items to columns: the append-only log, its rows, frames, saving and loading."""
