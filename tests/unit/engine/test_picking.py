"""Who gets what is on the shelf."""

import pytest

from crm_o2c.engine.picking import PARTLY, READY, WAITS, WAITS_FOR_REST, Served, Shelf, Wanted

BOLT, NUT = ("BOLT", "Stores"), ("NUT", "Stores")


def test_orders_take_in_their_order():
	shelf = Shelf({BOLT: 10})
	served = [shelf.serve([Wanted(BOLT, qty)])[0] for qty in (6, 6, 1)]
	assert served == [Served(6, READY), Served(4, PARTLY), Served(0, WAITS)]


def test_what_is_set_aside_is_a_line_s_own():
	shelf = Shelf({BOLT: 10})
	shelf.add(BOLT, -8)
	first, second = shelf.serve([Wanted(BOLT, 5)])[0], shelf.serve([Wanted(BOLT, 8, 8)])[0]
	assert (first, second) == (Served(2, PARTLY), Served(8, READY))


def test_more_set_aside_than_is_wanted_is_not_more():
	assert Shelf().serve([Wanted(BOLT, 5, 9)]) == [Served(5, READY)]


def test_lines_of_one_order_share_an_item():
	assert [s.ready for s in Shelf({BOLT: 7}).serve([Wanted(BOLT, 5), Wanted(BOLT, 5)])] == [5, 2]


def test_an_order_that_ships_whole_takes_nothing_where_a_line_lacks():
	shelf = Shelf({BOLT: 10, NUT: 1})
	lines = [Wanted(BOLT, 4), Wanted(NUT, 2), Wanted(("NONE", "Stores"), 1)]
	assert shelf.serve(lines, whole=True) == [Served(0, WAITS_FOR_REST), Served(0, WAITS_FOR_REST), Served(0, WAITS)]
	assert shelf.serve([Wanted(BOLT, 10), Wanted(NUT, 1)], whole=True) == [Served(10, READY), Served(1, READY)]


@pytest.mark.parametrize("free", [0, -3])
def test_nothing_is_taken_from_less_than_nothing(free):
	shelf = Shelf({BOLT: free})
	assert shelf.serve([Wanted(BOLT, 2)]) == [Served(0, WAITS)]
	shelf.add(BOLT, 5)
	assert shelf.serve([Wanted(BOLT, 2)])[0].ready == min(2, 5 + free)


def test_a_pair_that_was_never_spoken_of():
	shelf = Shelf({BOLT: 0})
	assert shelf.knows(BOLT)
	assert not shelf.knows(NUT)
