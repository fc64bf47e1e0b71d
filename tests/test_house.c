/* The collection in data/patterns/house: whole, lawful, and what its index says. */
#include "tests/test.h"

#include "model/corpus.h"
#include "model/corpus_walk.h"
#include "model/csv.h"
#include "model/drumtext.h"
#include "model/fileio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUSE DRUMLIN_SOURCE_DATADIR "/patterns/house"

enum { MOST = 1000 };

typedef struct entry {
	const char *file, *style, *substyle, *family, *split; /* of the index */
	int bars, tempo;
	drumtext_head head;
	pattern p;
} entry;

static csv table;
static entry entries[MOST];
static size_t n;

static const char *
cell(size_t row, const char *column)
{
	const int at = csv_column(&table, column);
	assert_true(at >= 0);
	return csv_cell(&table, row, at);
}

static int
read_all(void **state)
{
	(void)state;
	assert_ok(csv_read(HOUSE "/index.csv", &table, &test_error));
	n = table.n_rows;
	assert_in_range(n, 240, MOST);
	for (size_t i = 0; i < n; i++) {
		entry *e = &entries[i];
		*e = (entry){.file = cell(i, "midi_filename"),
			     .style = cell(i, "style"),
			     .substyle = cell(i, "substyle"),
			     .family = cell(i, "family"),
			     .split = cell(i, "split"),
			     .bars = atoi(cell(i, "bars")),
			     .tempo = atoi(cell(i, "bpm"))};
		char *path = file_path_join(HOUSE, e->file), *data;
		size_t size;
		assert_non_null(path);
		assert_ok(file_read_whole(path, DRUMTEXT_MAX_BYTES, &data, &size, &test_error));
		assert_ok(drumtext_parse(data, size, path, &e->head, &e->p, &test_error));
		free(data);
		free(path);
	}
	return 0;
}

static int
clear_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < n; i++)
		pattern_clear(&entries[i].p);
	csv_clear(&table);
	return 0;
}

static bool
ends_with(const char *text, const char *ending)
{
	const size_t a = strlen(text), b = strlen(ending);
	return a >= b && strcmp(text + a - b, ending) == 0;
}

static void
index_and_folder_agree(void **state)
{
	(void)state;
	name_list files;
	assert_ok(walk_patterns(HOUSE, &files, &test_error));
	assert_int_equal(files.n, n);
	for (size_t k = 0; k < files.n; k++) {
		size_t rows = 0;
		for (size_t i = 0; i < n; i++)
			rows += strcmp(entries[i].file, files.name[k]) == 0;
		if (rows != 1)
			fail_msg("%s is %zu times in the index", files.name[k], rows);
	}
	name_list_clear(&files);
}

static void
index_and_heads_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < n; i++) {
		const entry *e = &entries[i];
		const bool fill = ends_with(e->substyle, " fill");
		char style[2 * DRUMTEXT_WORD];
		snprintf(style, sizeof style, "%s/%.*s", e->style,
			 (int)(strlen(e->substyle) - (fill ? 5 : 0)), e->substyle);
		assert_string_equal(e->head.style, style);
		assert_string_equal(e->head.family, e->family);
		assert_int_equal((int)e->p.tempo, e->tempo);
		assert_int_equal(e->p.source_bars, e->bars);
		assert_in_range(e->bars, 2, 4);
		assert_int_equal(e->p.fill, fill);
		assert_true(*e->head.name);
		assert_string_equal(cell(i, "licence"), "CC0-1.0");
		assert_string_equal(cell(i, "time_signature"), "4/4");
		assert_true(strcmp(e->split, "train") == 0 || strcmp(e->split, "validation") == 0);
		assert_true(strncmp(e->file, e->style, strlen(e->style)) == 0);
	}
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
		size_t found = 0;
		for (size_t i = 0; i < n; i++)
			found += strncmp(entries[i].head.style, wanted[w], strlen(wanted[w])) == 0;
		const size_t least = strstr(wanted[w], "2-step") || strstr(wanted[w], "ebm") ? 8 : 12;
		if (found < least)
			fail_msg("%s: %zu patterns", wanted[w], found);
	}
}

static void
no_two_are_the_same_on_the_grid(void **state)
{
	(void)state;
	for (size_t a = 0; a < n; a++)
		for (size_t b = a + 1; b < n; b++) {
			const pattern *x = &entries[a].p, *y = &entries[b].p;
			bool same = x->n_steps == y->n_steps;
			for (int t = 0; same && t < x->n_steps; t++)
				same = step_mask(&x->step[t]) == step_mask(&y->step[t]);
			if (same)
				fail_msg("%s and %s", entries[a].file, entries[b].file);
		}
}

static void
families_are_whole(void **state)
{
	(void)state;
	size_t validation = 0;
	for (size_t a = 0; a < n; a++) {
		const entry *e = &entries[a];
		size_t members = 0, fills = 0;
		validation += strcmp(e->split, "validation") == 0;
		for (size_t b = 0; b < n; b++) {
			const entry *other = &entries[b];
			if (strcmp(e->family, other->family) != 0)
				continue;
			members++;
			fills += other->p.fill == 1;
			if (strcmp(e->split, other->split) != 0 || strcmp(e->style, other->style) != 0)
				fail_msg("%s and %s: one family", e->file, other->file);
		}
		if (members < 3 || members > 6 || fills < 1)
			fail_msg("%s: %zu members, %zu fills", e->family, members, fills);
	}
	assert_in_range(validation * 100 / n, 8, 16);
}

static int
hits_in_bar(const pattern *p, int bar)
{
	int hits = 0;
	for (int t = bar * p->bar_len; t < (bar + 1) * p->bar_len; t++)
		hits += __builtin_popcount(step_mask(&p->step[t]));
	return hits;
}

static void
fills_are_denser_than_their_verses(void **state)
{
	(void)state;
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++) {
			const entry *fill = &entries[a], *verse = &entries[b];
			if (!ends_with(fill->file, "-fill.drum") || !ends_with(verse->file, "-verse.drum") ||
			    strcmp(fill->family, verse->family) != 0)
				continue;
			const pattern *p = &fill->p;
			const int last = hits_in_bar(p, p->source_bars - 1);
			for (int bar = 0; bar < verse->p.source_bars; bar++)
				if (last <= hits_in_bar(&verse->p, bar))
					fail_msg("%s: %d hits in its last bar", fill->file, last);
			/* It leads somewhere: something sounds on the last eighth. */
			const int end = p->source_bars * p->bar_len;
			assert_true(step_mask(&p->step[end - 1]) | step_mask(&p->step[end - 2]));
		}
}

/* Every pattern has louder and softer hits, and no hat is open and closed at once. */
static void
hits_are_dynamic_and_playable(void **state)
{
	(void)state;
	size_t with_offsets = 0;
	for (size_t i = 0; i < n; i++) {
		const pattern *p = &entries[i].p;
		int least = 127, most = 0;
		bool moved = false;
		for (int t = 0; t < p->n_steps; t++) {
			const step_hit *h = p->step[t].hit;
			if (h[INST_CH].velocity && h[INST_OH].velocity)
				fail_msg("%s: both hats on step %d", entries[i].file, t);
			for (int k = 0; k < INSTRUMENTS; k++) {
				if (!h[k].velocity)
					continue;
				least = h[k].velocity < least ? h[k].velocity : least;
				most = h[k].velocity > most ? h[k].velocity : most;
				moved = moved || h[k].offset;
			}
		}
		if (most - least < 10)
			fail_msg("%s: velocities %d to %d", entries[i].file, least, most);
		with_offsets += moved;
	}
	assert_true(with_offsets * 2 > n);
}

static void
kicks_and_snares_are_where_the_style_has_them(void **state)
{
	(void)state;
	static const char *const floor[] = {"techno", "house", "acid", "trance", "minimal"};
	for (size_t i = 0; i < n; i++) {
		const entry *e = &entries[i];
		if (!ends_with(e->file, "-verse.drum"))
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

static void
the_corpus_reads_it_as_one_collection(void **state)
{
	(void)state;
	corpus c;
	const char *const path[1] = {DRUMLIN_SOURCE_DATADIR "/patterns"};
	assert_ok(corpus_load(path, 1, NULL, 0, NULL, NULL, &c, &test_error));
	assert_int_equal(c.n_patterns, n);
	assert_int_equal(c.n_skipped, 0);
	assert_int_equal(c.n_collections, 1);
	assert_string_equal(c.collection[0], "house");
	assert_int_equal(c.n_styles, 14);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(c.pattern[i].source_bars, entries[i].bars);
		assert_int_equal(c.pattern[i].n_steps, 64);
	}
	corpus_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(index_and_folder_agree),
	    cmocka_unit_test(index_and_heads_agree),
	    cmocka_unit_test(every_style_has_its_dozen),
	    cmocka_unit_test(no_two_are_the_same_on_the_grid),
	    cmocka_unit_test(families_are_whole),
	    cmocka_unit_test(fills_are_denser_than_their_verses),
	    cmocka_unit_test(hits_are_dynamic_and_playable),
	    cmocka_unit_test(kicks_and_snares_are_where_the_style_has_them),
	    cmocka_unit_test(the_corpus_reads_it_as_one_collection),
	};
	return cmocka_run_group_tests(tests, read_all, clear_all);
}
