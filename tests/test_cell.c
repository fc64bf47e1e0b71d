#include "tests/test.h"

#include "rt/cell.h"
#include "rt/param.h"
#include "rt/rng.h"

static bool
same(const cell *a, const cell *b)
{
	return a->kind == b->kind && a->velocity == b->velocity && a->ratchet == b->ratchet &&
	       a->chance == b->chance && a->nth == b->nth && a->of == b->of && a->offset == b->offset;
}

static void
any_word_is_a_tidy_cell_and_comes_back(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	for (int i = 0; i < 100000; i++) {
		seed = rng_mix(seed);
		const cell c = cell_unpack((uint32_t)seed), again = cell_unpack(cell_pack(c));
		const cell tidy = cell_tidy(c);
		assert_true(same(&c, &again) && same(&c, &tidy));
		if (c.kind == CELL_HIT)
			assert_true(c.velocity >= 1 && c.nth >= 1 && c.nth <= c.of && c.chance >= 1);
	}
	assert_int_equal(cell_unpack(0).kind, CELL_FREE);
	assert_int_equal(cell_pack((cell){.kind = CELL_FREE, .velocity = 3}), 0);
}

static void
sounds_by_round_and_chance(void **state)
{
	(void)state;
	cell c = cell_hit(100);
	assert_true(cell_sounds(&c, 0, 0.999f) && cell_sounds(&c, 7, 0.0f));
	c.of = 4;
	c.nth = 3;
	for (int round = 0; round < 12; round++)
		assert_int_equal(cell_sounds(&c, round, 0.5f), round % 4 == 2);
	c = cell_hit(100);
	c.chance = 25;
	assert_true(cell_sounds(&c, 0, 0.2499f) && !cell_sounds(&c, 0, 0.25f));
	c.kind = CELL_REST;
	assert_false(cell_sounds(&c, 0, 0.0f));
}

static void
parameters_keep_cells(void **state)
{
	(void)state;
	static params p;
	params_reset(&p);
	const int last = cell_index(CELL_BARS - 1, INSTRUMENTS - 1, CELL_STEPS - 1);
	assert_int_equal(last, CELLS - 1);
	params_set_cell(&p, last, cell_hit(90));
	params_set_cell(&p, CELLS, cell_hit(90));
	params_set_cell(&p, -1, cell_hit(90));
	assert_int_equal(params_cell(&p, last).velocity, 90);
	assert_int_equal(params_cell(&p, CELLS).kind, CELL_FREE);
	assert_int_equal(p.cell_changes, 1);
	assert_int_equal(p.replan_changes, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_word_is_a_tidy_cell_and_comes_back),
	    cmocka_unit_test(sounds_by_round_and_chance),
	    cmocka_unit_test(parameters_keep_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
