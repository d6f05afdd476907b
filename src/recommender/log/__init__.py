"""The log as histories: order, split, requests and what each may see."""
