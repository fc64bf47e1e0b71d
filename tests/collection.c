#include "tests/test.h"

#include "tests/collection.h"

#include "model/corpus.h"
#include "model/corpus_walk.h"
#include "model/fileio.h"

#include <stdio.h>
#include <string.h>

const char *
collection_cell(const collection *c, size_t row, const char *column)
{
	const int at = csv_column(&c->table, column);
	assert_true(at >= 0);
	return csv_cell(&c->table, row, at);
}

void
collection_read(collection *c)
{
	char *path = file_path_join(c->folder, "index.csv"), *data;
	assert_non_null(path);
	assert_ok(csv_read(path, &c->table, &test_error));
	free(path);
	c->entry = calloc(c->table.n_rows, sizeof *c->entry);
	assert_non_null(c->entry);
	for (c->n = 0; c->n < c->table.n_rows; c->n++) {
		collection_entry *e = &c->entry[c->n];
		*e = (collection_entry){.file = collection_cell(c, c->n, "midi_filename"),
					.style = collection_cell(c, c->n, "style"),
					.substyle = collection_cell(c, c->n, "substyle"),
					.family = collection_cell(c, c->n, "family"),
					.split = collection_cell(c, c->n, "split"),
					.bars = atoi(collection_cell(c, c->n, "bars")),
					.tempo = atoi(collection_cell(c, c->n, "bpm"))};
		size_t size;
		path = file_path_join(c->folder, e->file);
		assert_non_null(path);
		assert_ok(file_read_whole(path, DRUMTEXT_MAX_BYTES, &data, &size, &test_error));
		assert_ok(drumtext_parse(data, size, path, &e->head, &e->p, &test_error));
		free(data);
		free(path);
	}
}

void
collection_clear(collection *c)
{
	for (size_t i = 0; i < c->n; i++)
		pattern_clear(&c->entry[i].p);
	free(c->entry);
	csv_clear(&c->table);
}

size_t
collection_count(const collection *c, const char *style)
{
	size_t found = 0;
	for (size_t i = 0; i < c->n; i++)
		found += strncmp(c->entry[i].head.style, style, strlen(style)) == 0;
	return found;
}

static bool
ends_with(const char *text, const char *ending)
{
	const size_t a = strlen(text), b = strlen(ending);
	return a >= b && strcmp(text + a - b, ending) == 0;
}

bool
collection_is(const collection_entry *e, const char *member)
{
	char ending[32];
	snprintf(ending, sizeof ending, "-%s.drum", member);
	return ends_with(e->file, ending);
}

bool
collection_same_grid(const pattern *a, const pattern *b)
{
	bool same = a->n_steps == b->n_steps;
	for (int t = 0; same && t < a->n_steps; t++)
		same = step_mask(&a->step[t]) == step_mask(&b->step[t]);
	return same;
}

void
collection_index_and_folder_agree(void **state)
{
	const collection *c = *state;
	name_list files;
	assert_ok(walk_patterns(c->folder, &files, &test_error));
	assert_int_equal(files.n, c->n);
	for (size_t k = 0; k < files.n; k++) {
		size_t rows = 0;
		for (size_t i = 0; i < c->n; i++)
			rows += strcmp(c->entry[i].file, files.name[k]) == 0;
		if (rows != 1)
			fail_msg("%s is %zu times in the index", files.name[k], rows);
	}
	name_list_clear(&files);
}

void
collection_index_and_heads_agree(void **state)
{
	const collection *c = *state;
	for (size_t i = 0; i < c->n; i++) {
		const collection_entry *e = &c->entry[i];
		const bool fill = ends_with(e->substyle, " fill");
		char style[2 * DRUMTEXT_WORD];
		snprintf(style, sizeof style, "%s/%.*s", e->style,
			 (int)(strlen(e->substyle) - (fill ? 5 : 0)), e->substyle);
		assert_string_equal(e->head.style, style);
		assert_string_equal(e->head.family, e->family);
		assert_int_equal((int)e->p.tempo, e->tempo);
		assert_int_equal(e->p.source_bars, e->bars);
		assert_in_range(e->bars, c->least_bars, 4);
		assert_int_equal(e->p.fill, fill);
		assert_true(*e->head.name);
		assert_string_equal(collection_cell(c, i, "source"), c->name);
		assert_string_equal(collection_cell(c, i, "licence"), "CC0-1.0");
		assert_string_equal(collection_cell(c, i, "time_signature"), "4/4");
		assert_true(strcmp(e->split, "train") == 0 || strcmp(e->split, "validation") == 0);
		assert_true(strncmp(e->file, e->style, strlen(e->style)) == 0);
	}
}

void
collection_no_two_are_the_same_on_the_grid(void **state)
{
	const collection *c = *state;
	for (size_t a = 0; a < c->n; a++)
		for (size_t b = a + 1; b < c->n; b++)
			if (collection_same_grid(&c->entry[a].p, &c->entry[b].p))
				fail_msg("%s and %s", c->entry[a].file, c->entry[b].file);
}

void
collection_families_are_whole(void **state)
{
	const collection *c = *state;
	size_t validation = 0;
	for (size_t a = 0; a < c->n; a++) {
		const collection_entry *e = &c->entry[a];
		size_t members = 0, fills = 0;
		validation += strcmp(e->split, "validation") == 0;
		for (size_t b = 0; b < c->n; b++) {
			const collection_entry *other = &c->entry[b];
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
	assert_in_range(validation * 100 / c->n, 8, 16);
}

static int
hits_in_bar(const pattern *p, int bar)
{
	int hits = 0;
	for (int t = bar * p->bar_len; t < (bar + 1) * p->bar_len; t++)
		hits += __builtin_popcount(step_mask(&p->step[t]));
	return hits;
}

void
collection_fills_are_denser_than_their_verses(void **state)
{
	const collection *c = *state;
	for (size_t a = 0; a < c->n; a++)
		for (size_t b = 0; b < c->n; b++) {
			const collection_entry *fill = &c->entry[a], *verse = &c->entry[b];
			if (!collection_is(fill, "fill") || !collection_is(verse, "verse") ||
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
void
collection_hits_are_dynamic_and_playable(void **state)
{
	const collection *c = *state;
	for (size_t i = 0; i < c->n; i++) {
		const pattern *p = &c->entry[i].p;
		int least = 127, most = 0;
		for (int t = 0; t < p->n_steps; t++) {
			const step_hit *h = p->step[t].hit;
			if (h[INST_CH].velocity && h[INST_OH].velocity)
				fail_msg("%s: both hats on step %d", c->entry[i].file, t);
			for (int k = 0; k < INSTRUMENTS; k++) {
				if (!h[k].velocity)
					continue;
				least = h[k].velocity < least ? h[k].velocity : least;
				most = h[k].velocity > most ? h[k].velocity : most;
			}
		}
		if (most - least < 10)
			fail_msg("%s: velocities %d to %d", c->entry[i].file, least, most);
	}
}

void
collection_is_read_as_one(void **state)
{
	const collection *c = *state;
	corpus read;
	assert_ok(corpus_load(&c->folder, 1, NULL, 0, NULL, NULL, &read, &test_error));
	assert_int_equal(read.n_patterns, c->n);
	assert_int_equal(read.n_skipped, 0);
	assert_int_equal(read.n_collections, 1);
	assert_string_equal(read.collection[0], c->name);
	for (size_t i = 0; i < c->n; i++) {
		assert_int_equal(read.pattern[i].source_bars, c->entry[i].bars);
		assert_int_equal(read.pattern[i].n_steps, 64);
	}
	corpus_clear(&read);
}
