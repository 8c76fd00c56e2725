"""Values to decisions: pure, and time is an argument."""
