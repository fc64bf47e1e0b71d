/* libFuzzer target: any bytes as a model file; whatever is taken for one must play a bar. */
#include "model/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_NAME "fuzz_model"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
play_bar(const model *m)
{
	void *state = aligned_alloc(64, model_state_size(m));
	step_hits hits;
	model_hit_params of_hit;
	if (!state)
		abort();
	memset(&hits, 0, sizeof hits);
	model_state_init(m, state);
	for (int step = 0; step < 4; step++) {
		const model_context ctx = {.density = NAN, .fill = NAN, .bar_step = step, .bar_len = 16};
		model_advance(m, state, step ? &hits : NULL, &ctx);
		for (int i = 0; i < INSTRUMENTS; i++) {
			const bool hit = model_hit_logit(m, state, i) > 0.0f;
			model_push(m, state, i, hit);
			hits.hit[i] = (step_hit){.velocity = hit ? 100 : 0, .ratchet = 1};
		}
		model_get_hit_params(m, state, step, 1, &of_hit);
	}
	free(state);
}

/* Whatever is taken for a touch maps every hit to one that can be played, and back. */
static void
put_on_touches(const model *m)
{
	for (int s = 0; s < model_n_styles(m); s++)
		for (int cell = 0; cell < TOUCH_CELLS; cell++) {
			float style[MODEL_MAX_STYLES] = {0};
			const touch_who who = {style, model_style_hand(model_get_style(m, s)), 0.0f};
			touch t;
			style[s] = 1.0f;
			if (!touch_mix(m, &who, cell, &t))
				continue;
			for (int k = 0; k < MODEL_VELOCITIES; k++) {
				const step_hit hit = {touch_velocity(&t, k, 0.99f), 1, 0};
				if (hit.velocity < 1 || hit.velocity > 127 ||
				    touch_undone(&t, hit).velocity < 1)
					abort();
			}
			for (int k = 0; k < MODEL_OFFSETS && t.late; k++)
				if (!(fabsf(touch_offset(&t, k, 0.99f)) <= 0.5f))
					abort();
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	model *m;
	dr_error err;
	if (model_parse(data, size, "fuzz", &m, &err) != DR_OK)
		return 0;
	if (model_n_styles(m) < 0 || model_n_styles(m) > MODEL_MAX_STYLES)
		abort();
	for (int i = 0; i < model_n_styles(m); i++)
		if (model_find_style(m, model_get_style(m, i)->name) < 0)
			abort();
	for (int b = 0; b < MODEL_OFFSETS; b++)
		if (!isfinite(model_offset_value(m, b)))
			abort();
	play_bar(m);
	put_on_touches(m);
	model_free(m);
	return 0;
}

#include "tests/fuzz/replay.h"
