"""Plain text in aligned columns."""

from collections.abc import Collection, Sequence

_GAP = "  "


def text_table(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Align cells in columns, two spaces apart.

    Args:
        rows: lines of cells, the header first if there is one; all of one length.
        right: places of the columns that are aligned to the right; the others are aligned to the left.

    Returns:
        One line per row, without spaces or a newline at its end.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        _GAP.join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
