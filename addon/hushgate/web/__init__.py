"""The page and /metrics, on the addon's loop."""
