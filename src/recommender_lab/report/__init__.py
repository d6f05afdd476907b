"""One HTML page about a run that opens without a network: figures, tables and every shown user's lists."""
