"""Bytes to values: no clock, no state, no I/O.

Complete input gives a value, incomplete input gives None, malformed input raises WireError.
"""
