/* The collection in data/patterns/house: whole, lawful, and what its index says. */
#include "tests/test.h"

#include "tests/collection.h"

#include <string.h>

static collection house = {DRUMLIN_SOURCE_DATADIR "/patterns/house", "house", .least_bars = 2};

static int
read_all(void **state)
{
	collection_read(&house);
	assert_true(house.n >= 240);
	*state = &house;
	return 0;
}

static int
clear_all(void **state)
{
	(void)state;
	collection_clear(&house);
	return 0;
}

static void
every_style_has_its_dozen(void **state)
{
	(void)state;
	static const char *const wanted[] = {
	    "techno/hypnotic", "techno/hard",   "techno/detroit", "techno/dub", "acid/",
	    "industrial/",     "house/chicago", "house/deep",     "house/tech", "electro/",
	    "breaks/",         "jungle/",       "dnb/",           "garage/",    "dubstep/",
	    "trap/",           "trance/",       "minimal/",       "ambient/",   "garage/2-step",
	    "industrial/ebm"};
	for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
		const size_t least = strstr(wanted[w], "2-step") || strstr(wanted[w], "ebm") ? 8 : 12;
		const size_t found = collection_count(&house, wanted[w]);
		if (found < least)
			fail_msg("%s: %zu patterns", wanted[w], found);
	}
}

static void
most_have_a_feel(void **state)
{
	(void)state;
	size_t with_offsets = 0;
	for (size_t i = 0; i < house.n; i++) {
		const pattern *p = &house.entry[i].p;
		bool moved = false;
		for (int t = 0; t < p->n_steps; t++)
			for (int k = 0; k < INSTRUMENTS; k++)
				moved = moved || (p->step[t].hit[k].velocity && p->step[t].hit[k].offset);
		with_offsets += moved;
	}
	assert_true(with_offsets * 2 > house.n);
}

static void
kicks_and_snares_are_where_the_style_has_them(void **state)
{
	(void)state;
	static const char *const floor[] = {"techno", "house", "acid", "trance", "minimal"};
	for (size_t i = 0; i < house.n; i++) {
		const collection_entry *e = &house.entry[i];
		if (!collection_is(e, "verse"))
			continue;
		bool four = false;
		for (size_t k = 0; k < sizeof floor / sizeof *floor; k++)
			four = four || strcmp(e->style, floor[k]) == 0;
		for (int t = 0; t < e->p.n_steps; t += 4) {
			const step_hit *h = e->p.step[t].hit;
			if (four && !h[INST_BD].velocity)
				fail_msg("%s: no kick on step %d", e->file, t);
			if (strcmp(e->style, "dubstep") == 0 && t % 16 == 8 && !h[INST_SD].velocity)
				fail_msg("%s: no snare on the third beat", e->file);
			if (strcmp(e->style, "dnb") == 0 && t % 8 == 4 && !h[INST_SD].velocity)
				fail_msg("%s: no snare on step %d", e->file, t);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    COLLECTION_TESTS,
	    cmocka_unit_test(every_style_has_its_dozen),
	    cmocka_unit_test(most_have_a_feel),
	    cmocka_unit_test(kicks_and_snares_are_where_the_style_has_them),
	};
	return cmocka_run_group_tests(tests, read_all, clear_all);
}
