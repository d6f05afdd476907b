"""Speed and memory, measured by a command and never asserted by a test."""
