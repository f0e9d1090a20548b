"""The button that saves an explored case, and its file name: nothing is replaced unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as w

from corr.show.explorer.state import Explored
from corr.show.explorer.widgets import message, wide

SAVE, REPLACE = "save as case file", "replace the file"


class SavePanel:
    """Name and button; ``status`` says where a file went, or why it did not.

    A file that is there is named and left alone; the button then offers to replace it, until the
    name is changed or the file is written.
    """

    def __init__(self, explored: Callable[[], Explored], status: w.HTML) -> None:
        self._explored, self._status = explored, status
        self.path = w.Text(description="file", layout=wide(), style={"description_width": "40px"})
        self.button = w.Button()
        self.path.observe(lambda _: self._offer(None), "value")
        self.button.on_click(lambda _: self._save())
        self._offer(None)

    def _offer(self, name: str | None) -> None:
        """Let the next press replace the file of this name."""
        self._replace = name
        self.button.description = SAVE if name is None else REPLACE

    def _save(self) -> None:
        name = self.path.value.strip()
        replaces = name == self._replace
        try:
            path = self._explored().save(name, replace=replaces)
        except FileExistsError:
            self._offer(name)
            there = Path(name).resolve()
            self._say(
                f"not saved: {there.name} is already in {there.parent}; press "
                f'"{REPLACE}", or write another name'
            )
        except (OSError, ValueError) as error:
            self._say(f"not saved: {error}")
        else:
            self._offer(None)
            done = "replaced" if replaces else "saved as"
            self._say(f"{done} {path} in {path.resolve().parent}; judge it with: corr case {path}")

    def _say(self, words: str) -> None:
        self._status.value = message(words)
