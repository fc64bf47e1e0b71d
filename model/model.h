/* A trained network, ready to be asked for the next step.
 *
 * Three things, apart: the model (constant weights and their description, shared by any number of
 * readers), the state (flat memory owned by the caller, copied with memcpy to save and rewind), and
 * the context (what the performer wants). Nothing here allocates after model_load; not for the audio
 * thread all the same (a step costs tens of microseconds).
 *
 * The distribution of a step is a chain (DESIGN, promise 4):
 *   P(step | past) = prod_i P(hit_i | past, hit_<i) * prod_{i hit} P(vel_i, offset_i, ratchet_i | past, hits)
 * with instruments in their order; the chain is a NADE (Larochelle and Murray, "The Neural
 * Autoregressive Distribution Estimator", AISTATS 2011) on the recurrent trunk's output. */
#ifndef DRUMLIN_MODEL_H
#define DRUMLIN_MODEL_H

#include "model/pattern.h"

enum {
	MODEL_MAX_STYLES = 48,
	MODEL_STYLE_NAME = 32,
	MODEL_VELOCITIES = 127, /* classes: velocity - 1 */
	MODEL_OFFSETS = 25      /* 24 equal bins of [-0.5, 0.5), then "exactly 0" */
};

typedef struct model model;

typedef struct model_style {
	char name[MODEL_STYLE_NAME];
	float hits_per_bar; /* mean over the training patterns of this style, 16-step bars */
	float tempo;        /* their median */
	float rolls;        /* share of their hits that are rolls; 0 none, or the model does not say */
	float drummer; /* share of their hits that drummers played (hand.h); 0 where the model was not told */
	/* Which of the model's touches (touch.h) is that of the hand that plays most of it, and which the
	 * other hand's; from 1, 0: none. */
	int touch, touch_other;
} model_style;

/* What the step is asked to be. */
typedef struct model_context {
	float style[MODEL_MAX_STYLES]; /* weights that sum to 1; all zero: unknown */
	float density; /* log2 of this bar's hits over the style's mean, clipped to [-3, 3]; NAN unknown */
	float fill;    /* 0..1; NAN unknown */
	float tempo;   /* quarters a minute; 0 unknown */
	float hand;    /* HAND_MACHINE..HAND_DRUMMER (hand.h); 0 unknown, or either */
	int bar_step, bar_len;
	bool compound; /* beats in threes: 6/8, 12/8, the triplet grid */
	bool anything; /* what comes need not be what people usually play: when listening, not when playing */
	int bar;       /* number of this bar since the start, for position in the phrase (used modulo 4) */
} model_context;

/* Reads a safetensors file (architecture in its metadata). Errors: DR_BAD_INPUT naming file and fault
 * (truncated, sizes that lie, unknown architecture, NaN weights), DR_FAILED (I/O, memory). */
dr_status model_load(const char *path, model **out, dr_error *err) DR_CHECKED;
void model_free(model *m);

/* From now on the large matrices are read in eight bits (small.h), for the steps and for scoring. Before
 * other threads use it. Errors: DR_FAILED (memory). */
dr_status model_make_small(model *m, dr_error *err) DR_CHECKED;

const char *model_arch(const model *m);
/* Names of the collections it was trained on, separated by ", ". Owned by the model. */
const char *model_corpora(const model *m);
long model_n_weights(const model *m);
int model_n_styles(const model *m);
const model_style *model_get_style(const model *m, int i);
float model_style_hand(const model_style *style); /* whose most of it is: HAND_MACHINE or HAND_DRUMMER */
bool model_knows_hands(const model *m);           /* it was told of them in training */
int model_find_style(const model *m, const char *name); /* -1 if there is none */
float model_hits_per_bar(const model *m);               /* over all styles */

/* Size of a state in bytes, a multiple of 64; a state is 64-byte aligned and has no pointers. */
size_t model_state_size(const model *m);
void model_state_init(const model *m, void *state); /* empty history */

/* Takes in what was played on the step before (on the first call after init: NULL) and prepares the
 * distribution of the next step under ctx. */
void model_advance(const model *m, void *state, const step_hits *previous, const model_context *ctx);

/* Logit of P(instrument i hits | past, instruments before i); to be called for i = 0..11 in turn,
 * each followed by model_push with what was chosen. */
float model_hit_logit(const model *m, void *state, int i);
void model_push(const model *m, void *state, int i, bool hit);

/* Forgets the pushes of this step (not the past), to draw it again. */
void model_restart_step(const model *m, void *state);

/* Log-probability (nats) of every one of the 4096 hit vectors of this step; index is the bit mask. */
void model_hit_table(const model *m, void *state, float log_p[1 << INSTRUMENTS]);

/* Natural-log probabilities of velocity, offset and ratchet of instrument i, given the whole hit mask of the
 * step. */
typedef struct model_hit_params {
	float velocity[MODEL_VELOCITIES];
	float offset[MODEL_OFFSETS];
	float ratchet[STEP_MAX_RATCHET];
} model_hit_params;
void model_get_hit_params(const model *m, void *state, int i, uint16_t mask, model_hit_params *out);

/* Mean microtiming (in steps) of training hits within offset bin b (0..24). */
float model_offset_value(const model *m, int b);

/* Scores one pattern as doc/eval.md, rule 5: causal, empty history. Bits, summed over the pattern's
 * steps from first to last (exclusive). style: index or -1 (not given); tempo_given: whether the file's tempo
 * is. */
typedef struct model_score {
	double hit_bits, velocity_bits, offset_bits, ratchet_bits;
	long steps, hits;
} model_score;
/* step_bits (may be NULL) receives every step's hit bits, n_steps of them. */
dr_status model_score_pattern(const model *m, const pattern *p, int style, bool tempo_given,
			      model_score *total, float *step_bits, dr_error *err) DR_CHECKED;

#endif
