/* A model as its file describes it, and the inside of model.h's `model`: for those who train, save
 * and sample. Players use model.h. */
#ifndef DRUMLIN_MODEL_FILE_H
#define DRUMLIN_MODEL_FILE_H

#include "model/model.h"
#include "model/net.h"
#include "model/touch.h"

/* The features that a network was trained on; a file of another version cannot be used. */
#define MODEL_FORMAT "drumlin-1"
#define MODEL_TOUCH_TENSOR "touch"
enum { MODEL_MAX_TOUCHES = 2 * MODEL_MAX_STYLES };

enum { MODEL_CORPORA = 128, MODEL_MAX_FILE = 256 << 20 };

/* What is known about a network beside its weights. */
typedef struct model_info {
	net_config config;
	model_style style[MODEL_MAX_STYLES];
	int n_styles;
	bool hands;         /* it was told whose hand patterns are from (hand.h); older files were not */
	float hits_per_bar; /* over all training patterns */
	float offset_value[MODEL_OFFSETS];
	const touch_cell *touch;     /* [model_touches][TOUCH_CELLS]; borrowed; NULL if no style has one */
	char corpora[MODEL_CORPORA]; /* names of the collections it was trained on, separated by ", " */
	uint64_t seed;
	long steps; /* training steps seen */
} model_info;

/* Offsets in floats of the parts of a state behind its header. */
typedef struct model_layout {
	size_t x, trunk, y, base, direct, heads_base, a, tanh_a, floats;
} model_layout;

struct model {
	model_info info;
	net net;
	model_layout at;
	float *w;             /* [net.weights.total], 64-byte aligned */
	touch_cell *touch;    /* info.touch */
	small_weights *small; /* the large matrices in eight bits; NULL: in fp32 */
};

/* What model_load reads, from memory (the fuzzer's entry). */
dr_status model_parse(const void *data, size_t size, const char *name, model **out, dr_error *err) DR_CHECKED;

/* How many touches the styles have. */
int model_touches(const model_info *info);

/* A model from parts; w and the touches are copied. Errors: DR_USAGE (sizes), DR_FAILED (memory). */
dr_status model_new(const model_info *info, const float *w, model **out, dr_error *err) DR_CHECKED;

/* Writes info and weights whole. Errors: DR_FAILED naming path. */
dr_status model_write(const char *path, const model_info *info, const net *n, const float *w,
		      dr_error *err) DR_CHECKED;

/* model_hit_table under a tilted chain. */
void model_tilted_table(const model *m, void *state, const chain_tilt *tilt, float log_p[1 << INSTRUMENTS]);

#endif
