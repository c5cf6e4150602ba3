"""Rows to pixels: static drawings and widgets, handed rows and callables."""
