"""Keeps smart speakers from sending voice outside the hours their owner allows."""

__version__ = "0.1.0"
