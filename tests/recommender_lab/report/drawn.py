"""Reads drawings back: SVG is XML."""

from xml.etree import ElementTree


def marks(svg, tag):
    """Return the attributes of each element of a kind, numbers as such, and its words as `said`."""
    root = ElementTree.fromstring(svg)
    found = [node for node in root.iter() if node.tag == tag]
    return [
        {name: _number(value) for name, value in node.attrib.items()} | {"said": "".join(node.itertext())}
        for node in found
    ]


def said(svg):
    """Return the words of a drawing in their order, without what only a pointer reads."""
    return [node.text for node in ElementTree.fromstring(svg).iter("text")]


def _number(value):
    try:
        return float(value)
    except ValueError:
        return value
