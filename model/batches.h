/* Patterns of a corpus as batches of sequences. Every lane plays one pattern after another; nothing
 * is padded, and the state is emptied where a pattern begins. One thread. */
#ifndef DRUMLIN_BATCHES_H
#define DRUMLIN_BATCHES_H

#include "model/corpus.h"
#include "model/model_file.h"
#include "model/net.h"

typedef enum feed_mode {
	FEED_TRAINING, /* the train split for ever, shuffled, balanced between collections, varied */
	FEED_TUNING,   /* the same with as much of each collection, small as it may be: some is rehearsed */
	FEED_SCORING   /* the validation split once, as it is, causal: no style, density, fill or tempo */
} feed_mode;

/* Groups that losses are summed by: collection * FEED_PARTS + part. */
enum { FEED_FIRST_PASS, FEED_LOOP, FEED_OTHER_METRE, FEED_PARTS };

typedef struct feeder feeder;

/* The corpus and the info (its styles' means are what density labels refer to) are borrowed. In scoring,
 * a collection without any validation pattern gives its train split instead. Errors: DR_BAD_INPUT (no
 * pattern), DR_FAILED. */
dr_status feeder_new(const corpus *c, const model_info *info, feed_mode mode, int lanes, uint64_t seed,
		     feeder **out, dr_error *err) DR_CHECKED;
void feeder_free(feeder *f);

/* Fills the next batch (b->lanes as given to feeder_new). Returns how many rows count: 0 when scoring is
 * done. */
int feeder_fill(feeder *f, net_batch *b);

/* Steps in one epoch, repetitions of small collections included, loops that are played on not. */
long feeder_epoch_steps(const feeder *f);

/* How much training patterns are varied, 0..1 (vary.h), loops at least a little; 1 at first. */
void feeder_set_variation(feeder *f, float strength);

/* What the steps of a loop weigh before they come again, and those of a take in its first bar, few and hard
 * as they are; the latter at most so much that all first bars weigh what all takes would. 1 at first. */
void feeder_set_emphasis(feeder *f, float first_pass, float opening);

/* What the steps of a collection weigh beside the others'; 1 at first. */
void feeder_set_share(feeder *f, int collection, float weight);

/* Parts that are left out of what is given and how it is varied (without.h); none at first. */
void feeder_set_without(feeder *f, unsigned without);

/* Starts again from the first pattern: for scoring. */
void feeder_rewind(feeder *f);

#endif
