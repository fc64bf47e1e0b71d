/* The collection in data/patterns/classics: whole, lawful, in the idiom of machines, and none of it the
 * house's. */
#include "tests/test.h"

#include "tests/collection.h"

#include "model/corpus.h"

#include <string.h>

static collection classics = {DRUMLIN_SOURCE_DATADIR "/patterns/classics", "classics", .least_bars = 1},
		  house = {DRUMLIN_SOURCE_DATADIR "/patterns/house", "house", .least_bars = 2};

static const struct {
	const char *style;
	size_t least; /* patterns */
} styles[] = {{"rock/", 46},    {"pop/", 41},     {"funk/", 54},   {"hiphop/", 24}, {"latin/", 44},
	      {"afro/", 21},    {"disco/", 14},   {"reggae/", 31}, {"jazz/", 19},   {"blues/", 15},
	      {"country/", 16}, {"electro/", 12}, {"soul/", 16},   {"gospel/", 8},  {"punk/", 10}};

enum { STYLES = sizeof styles / sizeof *styles };

static int
read_all(void **state)
{
	collection_read(&classics);
	collection_read(&house);
	*state = &classics;
	return 0;
}

static int
clear_all(void **state)
{
	(void)state;
	collection_clear(&classics);
	collection_clear(&house);
	return 0;
}

static void
every_style_is_there(void **state)
{
	(void)state;
	size_t sum = 0;
	for (size_t s = 0; s < STYLES; s++) {
		const size_t found = collection_count(&classics, styles[s].style);
		if (found < styles[s].least)
			fail_msg("%s: %zu patterns", styles[s].style, found);
		sum += found;
	}
	assert_int_equal(sum, classics.n);
}

static void
none_is_in_the_house(void **state)
{
	(void)state;
	for (size_t a = 0; a < classics.n; a++)
		for (size_t b = 0; b < house.n; b++) {
			const collection_entry *x = &classics.entry[a], *y = &house.entry[b];
			if (collection_same_grid(&x->p, &y->p) || strcmp(x->family, y->family) == 0)
				fail_msg("%s and the house's %s", x->file, y->file);
		}
}

/* Accent, normal, ghost; and where nothing swings, every hit is on its step. */
static void
hits_are_a_machine_s(void **state)
{
	(void)state;
	size_t straight = 0;
	for (size_t i = 0; i < classics.n; i++) {
		const collection_entry *e = &classics.entry[i];
		bool moved = false;
		for (int t = 0; t < e->p.n_steps; t++)
			for (int k = 0; k < INSTRUMENTS; k++) {
				const step_hit *h = &e->p.step[t].hit[k];
				if (h->velocity && h->velocity != 120 && h->velocity != 96 &&
				    h->velocity != 56)
					fail_msg("%s: velocity %d on step %d", e->file, h->velocity, t);
				moved = moved || (h->velocity && h->offset);
			}
		straight += !moved;
	}
	assert_true(straight * 3 > classics.n * 2);
}

static void
kicks_and_backbeats_are_where_the_style_has_them(void **state)
{
	(void)state;
	static const char *const backbeat[] = {"rock/straight", "rock/sixteenth",  "rock/gated",
					       "pop/",          "hiphop/boom-bap", "disco/",
					       "soul/",         "blues/",          "punk/fast"};
	for (size_t i = 0; i < classics.n; i++) {
		const collection_entry *e = &classics.entry[i];
		bool two_and_four = false;
		for (size_t k = 0; k < sizeof backbeat / sizeof *backbeat; k++)
			two_and_four =
			    two_and_four || strncmp(e->head.style, backbeat[k], strlen(backbeat[k])) == 0;
		for (int t = 0; collection_is(e, "verse") && t < e->p.n_steps; t += 4) {
			const step_hit *h = e->p.step[t].hit;
			if (two_and_four && t % 8 == 4 &&
			    !(h[INST_SD].velocity | h[INST_CP].velocity | h[INST_RS].velocity))
				fail_msg("%s: no backbeat on step %d", e->file, t);
			if (strcmp(e->style, "disco") == 0 && !h[INST_BD].velocity)
				fail_msg("%s: no kick on step %d", e->file, t);
			if (strcmp(e->substyle, "one-drop") == 0 &&
			    !h[INST_BD].velocity != !h[INST_RS].velocity)
				fail_msg("%s: kick and rim drop apart on step %d", e->file, t);
		}
	}
}

/* The folder above: two collections, each under its own name. */
static void
the_corpus_tells_them_apart(void **state)
{
	(void)state;
	corpus c;
	const char *const path[1] = {DRUMLIN_SOURCE_DATADIR "/patterns"};
	assert_ok(corpus_load(path, 1, NULL, 0, NULL, NULL, &c, &test_error));
	assert_int_equal(c.n_patterns, classics.n + house.n);
	assert_int_equal(c.n_skipped, 0);
	assert_int_equal(c.n_collections, 2);
	assert_string_equal(c.collection[0], "classics");
	assert_string_equal(c.collection[1], "house");
	assert_int_equal(c.n_styles, STYLES + 13); /* electro is in both */
	corpus_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    COLLECTION_TESTS,
	    cmocka_unit_test(every_style_is_there),
	    cmocka_unit_test(none_is_in_the_house),
	    cmocka_unit_test(hits_are_a_machine_s),
	    cmocka_unit_test(kicks_and_backbeats_are_where_the_style_has_them),
	    cmocka_unit_test(the_corpus_tells_them_apart),
	};
	return cmocka_run_group_tests(tests, read_all, clear_all);
}
