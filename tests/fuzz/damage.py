"""Small changes to a good file, drawn from a seed: the same reader and number give the same bytes."""

import random

WORDS = [
    *[
        b'"',
        b'""',
        b",",
        b"\n",
        b"\r",
        b"\r\n",
        b"\t",
        b"|",
        b";",
        b"::",
        b"\0",
        b"\xff",
        b"\xe9",
        b"\xef\xbb\xbf",
        b" ",
    ],
    *[b"NULL", b"nan", b"NA", b"\\N", b"inf", b"-1", b"0", b"2.0", b"1e999", b"9" * 30, b"007", b"2024-13-01", b"1970"],
    *[
        "é🎬".encode(),
        "\u2028".encode(),
        b"(no genres listed)",
        b"[",
        b"]",
        b"{",
        b"}",
        b":",
        b"#",
        b"&a",
        b"*a",
        b"!!",
        b"- ",
    ],
    *[
        b'"a\nb"',
        b'"1,2',
        b"1_000",
        b"true",
        b"null",
        b"\x80" * 3,
        b"\xed\xa0\x80",
        b"PK\x03\x04",
        b"PAR1",
        b"\x7f\xff\xff\xff",
    ],
]


def damaged(good: bytes, random: random.Random) -> bytes:
    """Return the file after none to four changes."""
    content = bytearray(good)
    for _ in range(random.randrange(5)):
        at = random.randrange(len(content) + 1)
        end = min(len(content), at + random.choice((1, 2, 8, 40)))
        kind = random.randrange(6)
        if kind == 0 and content:
            content[at % len(content)] ^= 1 << random.randrange(8)
        elif kind == 1:
            del content[at:end]
        elif kind == 2:
            content[at:at] = content[at:end]
        elif kind == 3:
            content[at:at] = random.choice(WORDS)
        elif kind == 4:
            content[at:end] = random.choice(WORDS)
        elif random.random() < 0.2:
            del content[at:]
    return bytes(content)


def lines_damaged(good: bytes, random: random.Random) -> bytes:
    """Change whole fields and lines, so that more of the files stay readable."""
    lines = good.split(b"\n")
    for _ in range(random.randrange(4)):
        at = random.randrange(len(lines))
        kind = random.randrange(4)
        if kind == 0:
            lines[at:at] = [lines[at]]
        elif kind == 1:
            lines[at:at] = [random.choice((b"", b" ", b'""'))]
        elif kind == 2:
            separator = next((mark for mark in (b"\t", b"|", b",") if mark in lines[at]), b",")
            fields = lines[at].split(separator)
            fields[random.randrange(len(fields))] = random.choice(WORDS)
            lines[at] = separator.join(fields)
        else:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)
