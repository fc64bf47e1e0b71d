/* A collection of patterns below data/patterns, read whole, and what holds for each of them. Tests only, main
 * thread; the collection_* tests take it as cmocka's group state. */
#ifndef DRUMLIN_TESTS_COLLECTION_H
#define DRUMLIN_TESTS_COLLECTION_H

#include "model/csv.h"
#include "model/drumtext.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct collection_entry {
	const char *file, *style, *substyle, *family, *split; /* of the index */
	int bars, tempo;                                      /* of the index too; quarter notes a minute */
	drumtext_head head;
	pattern p;
} collection_entry;

typedef struct collection {
	const char *folder, *name; /* absolute; the index's source */
	int least_bars;            /* of a pattern */
	csv table;
	collection_entry *entry;
	size_t n;
} collection;

/* Reads index and patterns; fails the test that calls it where one is bad. collection_clear frees them. */
void collection_read(collection *c);
void collection_clear(collection *c);

/* A row's cell of the index. */
const char *collection_cell(const collection *c, size_t row, const char *column);

/* Patterns whose style and substyle begin so ("techno/du"). */
size_t collection_count(const collection *c, const char *style);

bool collection_is(const collection_entry *e, const char *member); /* "verse", "fill" */
bool collection_same_grid(const pattern *a, const pattern *b); /* the same instruments on the same steps */

/* The tests. */
void collection_index_and_folder_agree(void **state);
void collection_index_and_heads_agree(void **state);
void collection_no_two_are_the_same_on_the_grid(void **state);
void collection_families_are_whole(void **state);
void collection_fills_are_denser_than_their_verses(void **state);
void collection_hits_are_dynamic_and_playable(void **state);
void collection_is_read_as_one(void **state);

#define COLLECTION_TESTS                                                                                     \
	cmocka_unit_test(collection_index_and_folder_agree),                                                 \
	    cmocka_unit_test(collection_index_and_heads_agree),                                              \
	    cmocka_unit_test(collection_no_two_are_the_same_on_the_grid),                                    \
	    cmocka_unit_test(collection_families_are_whole),                                                 \
	    cmocka_unit_test(collection_fills_are_denser_than_their_verses),                                 \
	    cmocka_unit_test(collection_hits_are_dynamic_and_playable),                                      \
	    cmocka_unit_test(collection_is_read_as_one)

#endif
