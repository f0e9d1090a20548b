"""Women drawn from the table of constants, judged by it: scores of all worlds into benchmarks/.

Twenty minutes on two cores; the optional extra `jpda` adds one of the simple rules.
"""

from __future__ import annotations

from benchmarks.refresh import OUT, write_csv
from benchmarks.simulated.worlds import world_table
from corr import parameters
from corr.workers import in_workers

BREASTS, OF_ASSUMED = 300, 5


def main() -> None:
    """Write the table."""
    table = world_table(BREASTS, parameters.load(), map_breasts=in_workers, of_assumed=OF_ASSUMED)
    write_csv(table, OUT / "drawn_women.csv")


if __name__ == "__main__":
    main()
