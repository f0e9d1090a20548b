"""Write what follows from the columns of the tables: the JSON Schema and the README's table.

Run it after a change of `corr.tables.findings` or `corr.tables.rows`: `python tools/generated.py`.
"""

from __future__ import annotations

from pathlib import Path

from corr.case.casefile import schema_text
from corr.tables.findings import readme_table

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- columns of the findings table -->\n", "<!-- end of columns -->\n"


def readme(text: str) -> str:
    """The README with the table of columns between its marks anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{readme_table()}\n{END}{after}"


if __name__ == "__main__":
    schema = ROOT / "corr" / "schema" / "case.schema.json"
    schema.write_text(schema_text(), encoding="utf-8")
    path = ROOT / "README.md"
    path.write_text(readme(path.read_text(encoding="utf-8")), encoding="utf-8")
