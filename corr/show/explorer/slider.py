"""A slider that can be named, reached and moved with the keyboard: the browser's own.

The sliders of ipywidgets have no name for a screen reader, and their readout cannot say "medial".
The last value is always sent: while the kernel is busy, the browser keeps it back.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets as t

_ESM = """
function render({ model, el }) {
  const get = (name) => model.get(name);
  const label = document.createElement("label"), input = document.createElement("input");
  const shown = document.createElement("output");
  input.type = "range";
  input.dataset.lmSuppressShortcuts = "true";  // arrows move the slider, not JupyterLab's cells
  if (get("labelled")) {
    const words = document.createElement("span");
    words.textContent = get("label");
    label.append(words, input);
  } else {
    input.setAttribute("aria-label", get("label"));
    label.append(input);
  }
  el.classList.add("explore-slider");
  el.append(label, shown);
  function say() {
    const value = get("value"), stops = get("stops"), ends = get("ends");
    const stop = stops.find(([at]) => at === value);
    const number = Math.abs(value).toFixed(get("decimals"));
    const toward = ends.length && value !== 0 ? " " + ends[value < 0 ? 1 : 0] : "";
    const text = stop ? stop[1] : (ends.length ? number : value.toFixed(get("decimals"))) + toward;
    shown.textContent = text;
    input.setAttribute("aria-valuetext", text);
  }
  function follow() {
    const stops = get("stops"), at = stops.findIndex(([value]) => value === get("value"));
    input.min = stops.length ? 0 : get("min");
    input.max = stops.length ? stops.length - 1 : get("max");
    input.step = stops.length ? 1 : get("step");
    const value = stops.length ? at : get("value");
    if (Number(input.value) !== value) input.value = value;
    say();
  }
  input.addEventListener("input", () => {
    const stops = get("stops"), value = Number(input.value);
    model.set("value", stops.length ? stops[value][0] : value);
    model.save_changes();
    say();
  });
  model.on("change:value", follow);
  follow();
  requestAnimationFrame(() => {
    const all = el.closest(".explore-case");
    if (all) all.dataset.lmSuppressShortcuts = "true";
  });
}
export default { render };
"""


class Slider(anywidget.AnyWidget):
    """One number between two others, with its name and what it says.

    Attributes
    ----------
    label, labelled : its name; whether that stands before it, or beside it in another widget
    value, min, max, step : where it is, and may be
    decimals : of the readout
    stops : values and what each is called, where it stops at these only
    ends : what a value above and one below 0 are called, e.g. lateral and medial
    """

    _esm = _ESM
    label = t.Unicode().tag(sync=True)
    labelled = t.Bool(default_value=True).tag(sync=True)
    value = t.Float().tag(sync=True)
    min = t.Float().tag(sync=True)
    max = t.Float(1.0).tag(sync=True)
    step = t.Float(1.0).tag(sync=True)
    decimals = t.Int().tag(sync=True)
    stops: t.List[Any] = t.List().tag(sync=True)
    ends: t.List[str] = t.List().tag(sync=True)


def decimals(step: float) -> int:
    """How many decimals a step has.

    >>> decimals(1.0), decimals(0.5), decimals(0.05)
    (0, 1, 2)
    """
    return len(f"{step:g}".partition(".")[2])
