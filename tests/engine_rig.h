/* An engine with a small synthetic kit and a plan that a test fills, for tests of what the callback does. */
#ifndef DRUMLIN_ENGINE_RIG_H
#define DRUMLIN_ENGINE_RIG_H

#include "tests/test.h"

#include "rt/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RIG_RATE = 48000, RIG_MAX = 4096, RIG_MIDI = 256, RIG_BEGAN_US = 5000000 };

typedef struct engine_rig {
	params params;
	plan plan;
	midi_map map;
	engine *engine;
	engine_io io;
	float left[RIG_MAX], right[RIG_MAX], channel[INSTRUMENTS][2][RIG_MAX];
	engine_midi midi_out[RIG_MIDI];
	uint64_t played; /* frames, lost ones too */
	uint32_t lose;   /* so many before the next period */
} engine_rig;

/* A kit whose every instrument is a short decaying burst with its largest sample first. */
static inline kit_set *
rig_kits(int corners)
{
	kit_set *set = calloc(1, sizeof *set);
	for (int c = 0; c < corners; c++) {
		kit *k = kit_new(RIG_RATE);
		for (int i = 0; i < INSTRUMENTS; i++) {
			kit_layer *l;
			assert_ok(kit_add_layer(k, i, 2400, 1 + i % 2, &l, &test_error));
			for (int ch = 0; ch < 1 + i % 2; ch++)
				for (int f = 0; f < 2400; f++)
					l->sample.channel[ch][f] =
					    0.5f * expf(-(float)f / 200.0f) * (f % 8 < 4 ? 1.0f : -1.0f);
		}
		k->instrument[INST_CH].choke_group = k->instrument[INST_OH].choke_group = 0;
		kit_finish(k);
		set->corner[set->n_corners++] = k;
	}
	return set;
}

/* Gives every instrument of a set a morph for its present place: a burst of its own, longer than the
 * corners'. */
static inline kit_set *
rig_morphs(kit_set *set, const params *p)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		float weight[KIT_CORNERS];
		kit *k = kit_new(RIG_RATE);
		kit_layer *l;
		assert_ok(kit_add_layer(k, i, 4800, 1 + i % 2, &l, &test_error));
		for (int ch = 0; ch < 1 + i % 2; ch++)
			for (int f = 0; f < 4800; f++)
				l->sample.channel[ch][f] =
				    0.5f * expf(-(float)f / 400.0f) * (f % 16 < 8 ? 1.0f : -1.0f);
		kit_finish(k);
		kit_set_wanted(p, set->n_corners, i, weight);
		kit_set_put_morph(set, i, k, weight);
	}
	return set;
}

static inline engine_rig *
rig_new(bool with_kits)
{
	engine_rig *r = calloc(1, sizeof *r);
	params_reset(&r->params);
	plan_init(&r->plan);
	midi_map_default(&r->map);
	assert_ok(engine_new(&r->params, &r->plan, &r->map, RIG_RATE, &r->engine, &test_error));
	if (with_kits)
		assert_null(engine_publish_kits(r->engine, rig_kits(1)));
	return r;
}

static inline void
rig_free(engine_rig *r)
{
	engine_free(r->engine);
	free(r);
}

/* Writes a step with the given hits (a mask) at full velocity. */
static inline void
rig_plan(engine_rig *r, int64_t step, unsigned mask)
{
	step_event e;
	memset(&e, 0, sizeof e);
	e.bar_len = 16;
	e.bar_step = (uint8_t)(step % 16);
	for (int i = 0; i < INSTRUMENTS; i++)
		if (mask >> i & 1)
			e.hits.hit[i] = (step_hit){127, 1, 0};
	plan_write(&r->plan, step, &e);
}

/* Plays one period of `frames` into the rig's buffers. */
static inline void
rig_play(engine_rig *r, uint32_t frames, const engine_midi *midi, uint32_t n_midi)
{
	const transport_view transport = r->io.transport;
	r->played += r->lose;
	r->io = (engine_io){.frames = frames,
			    .lost = r->lose,
			    .rate = RIG_RATE,
			    .main = {r->left, r->right},
			    .midi_in = midi,
			    .n_midi_in = n_midi,
			    .midi_out = r->midi_out,
			    .midi_out_capacity = RIG_MIDI,
			    .time_us = RIG_BEGAN_US + r->played * 1000000u / RIG_RATE,
			    .transport = transport};
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int c = 0; c < 2; c++)
			r->io.instrument[i][c] = r->channel[i][c];
	engine_process(r->engine, &r->io);
	r->lose = 0;
	/* The rig's plan is always up to date. */
	engine_status s;
	engine_get_status(r->engine, &s);
	plan_set_epoch(&r->plan, s.epoch);
	r->played += frames;
}

/* First frame of the last period in which the instrument is heard; -1 none. */
static inline int
rig_onset(const engine_rig *r, int instrument)
{
	for (uint32_t f = 0; f < r->io.frames; f++)
		if (fabsf(r->channel[instrument][0][f]) > 1e-4f)
			return (int)f;
	return -1;
}

#endif
