"""Execute notebooks and store them the way the project keeps them; for those who write them.

Kept: outputs of the cells tagged ``check`` (small rounded tables, which nbval compares).
Dropped: every other output and execution count, timings, widget state, machine metadata.
Cells without the tag ``check`` get ``nbval-ignore-output``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import nbformat
from nbclient import NotebookClient

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def refresh(path: Path) -> None:
    """Execute the notebook in its own folder and rewrite it.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails; the file is left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    ).execute()
    for cell in notebook.cells:
        tags = [t for t in cell.metadata.get("tags", []) if t != "nbval-ignore-output"]
        if cell.cell_type == "code" and "check" not in tags:
            tags.append("nbval-ignore-output")
            cell.outputs, cell.execution_count = [], None
        cell.metadata = {"tags": tags} if tags else {}
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def main() -> None:
    """Refresh the notebooks named, or all of them."""
    parser = argparse.ArgumentParser(description="Execute and tidy notebooks.")
    parser.add_argument("notebooks", nargs="*", type=Path)
    root = Path(__file__).parents[1]
    for path in parser.parse_args().notebooks or sorted(root.glob("notebooks/*.ipynb")):
        refresh(path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
