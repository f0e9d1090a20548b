"""Where another examination would show a lesion that is believed in: its own map and errors.

Nothing that this examination itself reported goes in: the belief comes from elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corr.exams import mammography, mri
from corr.exams.nodes import normal_nodes
from corr.judgement.result import Judgement
from corr.records import Reading

ERROR_NODES = 32
_EXAMS = {"MG": mammography, "MR": mri}


class Forecast:
    """A belief about the reference breast, pushed through the map of one reading.

    Attributes
    ----------
    places : ``(nodes * points, k)`` what the examination would measure of every point of the
        judgement, for nodes of its errors. In mm: (posterior, transverse) from the nipple on a
        film, (lateral, superior, posterior) from the nipple in the pose of an MRI.
    """

    def __init__(self, judgement: Judgement, reading: Reading) -> None:
        exam, p = _EXAMS[reading.modality], judgement.parameters
        mean, sd = exam.errors(reading, p)
        e = (mean + sd * normal_nodes(ERROR_NODES, len(mean))).astype(np.float32)
        shape = len(e), len(judgement.points)
        seen = exam.appear(reading, judgement.model, e, p)
        self.nodes = len(e)
        self.places = np.stack([np.broadcast_to(c, shape).ravel() for c in seen], 1).astype(float)

    def weights(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights of `places`, of a belief over the points of the reference breast."""
        return np.tile(probability / self.nodes, self.nodes)
