"""All that is true of the people of a shard, as the registers come to hear of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic.draws import Draws
from folketall_trial.synthetic.identity import Identity
from folketall_trial.synthetic.localities import Localities
from folketall_trial.synthetic.noise import Noise
from folketall_trial.synthetic.paths import Steps
from folketall_trial.synthetic.world import Families, People


@dataclass(frozen=True, slots=True)
class Lives:
    """One shard; arrays have an entry for each of its people, steps for each step."""

    people: People
    families: Families
    steps: Steps
    identity: Identity
    grounds: NDArray[np.int64]
    """What the stay of each immigrant rests on: a place in `udb.GROUNDS`."""
    becomes: NDArray[np.int64]
    """The day an immigrant becomes Norwegian."""
    places: Localities
    draws: Draws
    noise: Noise
