"""What a session of this machine gets for so many rows."""

from folketall.storage.session import FEW_ROWS, FEWEST_ROWS, LEAST_MEMORY, memory_for

GIB = 1 << 30


def test_memory_grows_with_the_rows_to_half_the_machine():
    assert memory_for(FEWEST_ROWS, 24 * GIB) == memory_for(20 * FEW_ROWS, 24 * GIB) == LEAST_MEMORY
    assert memory_for(0, 24 * GIB) == LEAST_MEMORY // 3
    assert memory_for(50 * FEW_ROWS, 24 * GIB) == 5_000_000_000
    assert memory_for(200 * FEW_ROWS, 24 * GIB) == 12 * GIB
    assert memory_for(200 * FEW_ROWS, 4 * GIB) == LEAST_MEMORY
