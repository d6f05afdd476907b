"""Reads a page as a browser would."""

import html.parser

HOSTILE = "</script><script>alert(1)</script>\"'&🙂"


class Reader(html.parser.HTMLParser):
    """The tags of a page with their attributes, and all its text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data
