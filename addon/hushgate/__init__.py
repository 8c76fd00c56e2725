"""hushgate."""
