"""One outside thing each; they move bytes and decide nothing."""
