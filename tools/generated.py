"""Write what follows from the columns of the tables: the JSON Schema and `docs/columns.md`.

Run it after a change of `corr.tables.findings` or `corr.tables.rows`: `python tools/generated.py`.
"""

from __future__ import annotations

from pathlib import Path

from corr.case.casefile import schema_text
from corr.tables.findings import columns_table

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- columns of the findings table -->\n", "<!-- end of columns -->\n"


def listed(text: str) -> str:
    """The page of the columns with the table of columns between its marks anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{columns_table()}\n{END}{after}"


if __name__ == "__main__":
    schema = ROOT / "corr" / "schema" / "case.schema.json"
    schema.write_text(schema_text(), encoding="utf-8")
    path = ROOT / "docs" / "columns.md"
    path.write_text(listed(path.read_text(encoding="utf-8")), encoding="utf-8")
