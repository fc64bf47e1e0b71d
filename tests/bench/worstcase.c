/* make worstcase: periods that are as hard on the audio thread as can be found, for callgrind to count.
 *
 * A script is GENES bytes, written in hexadecimal: how much of each burden there is. "random SEED N" and
 * "around SEED N SCRIPT" print N scripts; "run SCRIPT..." plays PERIODS periods of each, and each period is
 * one call of engine_process. The script "typical" is music at 120 bpm that nobody touches.
 * scripts/worstcase.sh searches. */
#include "rt/engine.h"
#include "rt/rng.h"
#include "rt/tape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RATE = 48000,
	FRAMES = 64,
	PERIODS = 40,
	LENGTH = 24000,
	NOTES = 64,
	COMMANDS_MAX = 24,
	SLOTS_MAX = 64
};
enum {
	HITS,
	RATCHETS,
	MIDI,
	ORDERS,
	LATER,
	SETTINGS,
	KITS,
	CORNERS,
	MORPHS,
	TAPE,
	SYNC,
	EFFECTS,
	TUNE,
	TEMPO,
	OFFSETS,
	GENES
};

typedef struct script {
	uint8_t gene[GENES];
	uint64_t rng;
	bool typical;
} script;

static params p;
static plan steps;
static midi_map map;
static kit *corner[KIT_CORNERS];

static bool
chance(script *s, int gene)
{
	return rng_next(&s->rng) % 256 < s->gene[gene];
}

static uint32_t
some(script *s, int gene, uint32_t most)
{
	return (uint32_t)((double)most * s->gene[gene] / 255.0 + 0.5);
}

/* Half a second of decaying sound for every instrument, in stereo. */
static kit *
make_kit(void)
{
	kit *k = kit_new(RATE);
	dr_error err;
	for (int i = 0; i < INSTRUMENTS; i++) {
		kit_layer *l;
		if (!k || kit_add_layer(k, i, LENGTH, 2, &l, &err) != DR_OK)
			abort();
		for (int c = 0; c < 2; c++)
			for (int f = 0; f < LENGTH; f++)
				l->sample.channel[c][f] = 0.5f * expf(-(float)f / 6000.0f) *
							  (float)((f * (i + 3)) % 64 - 32) / 32.0f;
	}
	kit_finish(k);
	return k;
}

static kit_set *
make_set(script *s)
{
	kit_set *set = calloc(1, sizeof *set);
	if (!set)
		abort();
	set->n_corners = 1 + (int)some(s, CORNERS, KIT_CORNERS - 1);
	for (int c = 0; c < set->n_corners; c++)
		set->corner[c] = kit_share(corner[c]);
	for (int i = 0; i < INSTRUMENTS; i++)
		if (chance(s, MORPHS)) {
			float weight[KIT_CORNERS];
			kit_set_wanted(&p, set->n_corners, i, weight);
			kit_set_put_morph(set, i, kit_share(corner[0]), weight);
		}
	return set;
}

/* Up to a few periods of 64 frames apart: as many strokes as there can be on frames of their own. */
static float
offset(script *s)
{
	if (s->typical || !s->gene[OFFSETS])
		return 0.0f;
	return (rng_next_unit(&s->rng) - 0.5f) * 0.5f * (float)s->gene[OFFSETS] / 255.0f;
}

static void
write_plan(script *s)
{
	for (int64_t step = 0; step < PLAN_STEPS; step++) {
		step_event e;
		memset(&e, 0, sizeof e);
		e.bar_len = 16;
		e.bar_step = (uint8_t)(step % 16);
		for (int i = 0; i < INSTRUMENTS; i++)
			if (s->typical ? step % (4 + i) == 0 : chance(s, HITS))
				e.hits.hit[i] = (step_hit){
				    .velocity = 100,
				    .ratchet = (uint8_t)(1 + some(s, RATCHETS, STEP_MAX_RATCHET - 1)),
				    .offset = step_offset_from_float(offset(s))};
		plan_write(&steps, step, &e);
	}
}

static void
set_up(script *s, engine *e)
{
	if (!s->typical) {
		for (int slot = 0; slot < PARAM_SLOTS; slot++)
			if (chance(s, EFFECTS))
				params_set(&p, slot, param_from_unit(slot, rng_next_unit(&s->rng)), 0);
		for (int i = 0; i < INSTRUMENTS; i++)
			params_set(&p, param_slot(PARAM_TUNE, i),
				   param_from_unit(param_slot(PARAM_TUNE, i), (float)s->gene[TUNE] / 255.0f),
				   0);
		params_set(&p, PARAM_TEMPO, param_from_unit(PARAM_TEMPO, (float)s->gene[TEMPO] / 255.0f), 0);
		params_set(&p, PARAM_SYNC, (float)(s->gene[SYNC] % 5), 0);
	}
	write_plan(s);
	kit_set_free(engine_publish_kits(e, make_set(s)));
	engine_want_midi(e, s->gene[SYNC] > 127);
	(void)engine_command(e, COMMAND_PLAY, -1, 1.0f);
}

/* What comes from outside before a period. */
static uint32_t
burden(script *s, engine *e, engine_midi midi[NOTES], uint64_t now_us)
{
	const uint32_t notes = some(s, MIDI, NOTES);
	for (uint32_t i = 0; i < notes; i++)
		midi[i] = (engine_midi){.frame = i * FRAMES / notes,
					.size = 3,
					.data = {(uint8_t)(rng_next(&s->rng) % 2 ? 0x99 : 0xb0),
						 (uint8_t)(rng_next(&s->rng) % 128),
						 (uint8_t)(1 + rng_next(&s->rng) % 127)}};
	for (uint32_t i = some(s, ORDERS, COMMANDS_MAX); i > 0; i--)
		(void)engine_command(e, COMMAND_TRIGGER, (int)(rng_next(&s->rng) % INSTRUMENTS), 100.0f);
	for (uint32_t i = some(s, LATER, COMMANDS_MAX); i > 0; i--)
		(void)engine_command_at(e, COMMAND_TRIGGER, (int)(rng_next(&s->rng) % INSTRUMENTS), 100.0f,
					now_us + rng_next(&s->rng) % 20000);
	for (uint32_t i = some(s, SETTINGS, SLOTS_MAX); i > 0; i--) {
		const int slot = (int)(rng_next(&s->rng) % PARAM_SLOTS);
		if (slot != PARAM_LEARN)
			params_set(&p, slot, param_from_unit(slot, rng_next_unit(&s->rng)), 0);
	}
	if (chance(s, KITS))
		kit_set_free(engine_publish_kits(e, make_set(s)));
	return notes;
}

static void
play(script *s)
{
	static float left[FRAMES], right[FRAMES], channel[INSTRUMENTS][2][FRAMES], sound[4096 * TAPE_ALL];
	static engine_midi out[256], in[NOTES];
	engine *e;
	tape *t = NULL;
	dr_error err;
	params_reset(&p);
	plan_init(&steps);
	if (engine_new(&p, &steps, &map, RATE, &e, &err) != DR_OK || tape_new(true, RATE, &t, &err) != DR_OK)
		abort();
	set_up(s, e);
	engine_set_tape(e, s->gene[TAPE] > 127 ? t : NULL);
	for (uint64_t period = 0; period < PERIODS; period++) {
		engine_io io = {.frames = FRAMES,
				.rate = RATE,
				.main = {left, right},
				.midi_in = in,
				.midi_out = out,
				.midi_out_capacity = 256,
				.time_us = 5000000 + period * FRAMES * 1000000 / RATE};
		engine_status status;
		engine_get_status(e, &status);
		plan_set_epoch(&steps, status.epoch);
		for (int i = 0; i < INSTRUMENTS; i++)
			for (int c = 0; c < 2; c++)
				io.instrument[i][c] = channel[i][c];
		io.n_midi_in = s->typical ? 0 : burden(s, e, in, io.time_us);
		engine_process(e, &io);
		report r;
		while (engine_take_report(e, &r))
			if (r.kind == REPORT_KITS)
				kit_set_free(r.kits);
		while (tape_read(t, sound, 4096) > 0)
			;
	}
	engine_free(e);
	tape_free(t);
}

static bool
parse(const char *text, script *s)
{
	*s = (script){.typical = strcmp(text, "typical") == 0, .rng = 1};
	for (int g = 0; !s->typical && g < GENES; g++) {
		unsigned value;
		if (sscanf(text + 2 * g, "%2x", &value) != 1)
			return false;
		s->gene[g] = (uint8_t)value;
		s->rng = rng_mix(s->rng + value + 1);
	}
	return true;
}

/* Other scripts: none of the genes of `from` kept if it is NULL. */
static void
print_scripts(uint64_t seed, int n, const script *from)
{
	for (; n > 0; n--) {
		for (int g = 0; g < GENES; g++) {
			const uint64_t bits = rng_next(&seed);
			const bool extreme = bits >> 20 & 1;
			const unsigned drawn = extreme ? (bits >> 21 & 1 ? 255 : 0) : bits & 255;
			printf("%02x", from && bits >> 22 & 3 ? from->gene[g] : drawn);
		}
		printf("\n");
	}
}

int
main(int argc, char **argv)
{
	script s;
	midi_map_default(&map);
	if (argc >= 4 && strcmp(argv[1], "random") == 0) {
		print_scripts(strtoull(argv[2], NULL, 10), atoi(argv[3]), NULL);
	} else if (argc == 5 && strcmp(argv[1], "around") == 0 && parse(argv[4], &s)) {
		print_scripts(strtoull(argv[2], NULL, 10), atoi(argv[3]), &s);
	} else if (argc > 2 && strcmp(argv[1], "run") == 0) {
		for (int c = 0; c < KIT_CORNERS; c++)
			corner[c] = make_kit();
		for (int i = 2; i < argc; i++) {
			if (!parse(argv[i], &s))
				return 2;
			play(&s);
		}
		for (int c = 0; c < KIT_CORNERS; c++)
			kit_free(corner[c]);
	} else {
		fprintf(stderr, "usage: worstcase random SEED N | around SEED N SCRIPT | run SCRIPT...\n");
		return 2;
	}
	return 0;
}
