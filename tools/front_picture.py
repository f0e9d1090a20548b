"""One picture of one breast of a case: clock face and matrix, as on the project's front page.

``python tools/front_picture.py data/seed_case.yaml --breast R --out docs/seed_case.png``
"""

from __future__ import annotations

import argparse
from io import BytesIO
from pathlib import Path

from PIL import Image

import corr

COLOURS_KEPT = 256


def main() -> None:
    """Judge the breast and write the picture."""
    parser = argparse.ArgumentParser(description="Clock face and P(same) matrix of one breast.")
    parser.add_argument("case", type=Path, help="a YAML case, or a findings table with --case-id")
    parser.add_argument("--case-id")
    parser.add_argument("--breast", choices=("L", "R"), default="R")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    try:
        breast = corr.judge(given.case).breast(given.case_id, given.breast)
    except corr.CorrError as error:
        parser.error(str(error))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    picture = breast.plot("overview")
    assert not isinstance(picture, corr.html.Snippet)  # there is always a clock face
    whole = Image.open(BytesIO(picture.png)).convert("RGB")
    small = whole.quantize(COLOURS_KEPT, method=Image.Quantize.FASTOCTREE)  # keeps small marks
    small.save(given.out, optimize=True)
    print(f"{given.out}: {picture.alt}")


if __name__ == "__main__":
    main()
