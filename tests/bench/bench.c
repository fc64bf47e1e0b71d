/* make bench: what Drumlin costs, beside a client that does nothing, in the same run.
 *
 * Shares of a 64-frame period are medians, 99th percentiles and maxima over many periods, timed by the
 * processor's own counter around engine_process; the idle client is a callback that clears its outputs. */
#include "model/composer.h"
#include "model/datafind.h"
#include "model/kitfile.h"
#include "rt/cycles.h"
#include "rt/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 48000, PERIOD = 64, PERIODS = 20000 };

static float left[PERIOD], right[PERIOD], channel[INSTRUMENTS][2][PERIOD];
static uint64_t spent[PERIODS];
static double cycles_per_second;

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
calibrate(void)
{
	const double t = now();
	const uint64_t c = cycles_now();
	while (now() - t < 0.2)
		;
	cycles_per_second = (double)(cycles_now() - c) / (now() - t);
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Returns the median share of a period, in per cent. */
static double
print_shares(const char *name)
{
	const double period = cycles_per_second * PERIOD / RATE;
	qsort(spent, PERIODS, sizeof *spent, by_value);
	printf("%-34s %8.3f %8.3f %8.3f\n", name, 100.0 * (double)spent[PERIODS / 2] / period,
	       100.0 * (double)spent[PERIODS - PERIODS / 100] / period,
	       100.0 * (double)spent[PERIODS - 1] / period);
	return 100.0 * (double)spent[PERIODS / 2] / period;
}

static void
idle_client(void)
{
	for (int i = 0; i < PERIODS; i++) {
		const uint64_t begun = cycles_now();
		memset(left, 0, sizeof left);
		memset(right, 0, sizeof right);
		memset(channel, 0, sizeof channel);
		__asm__ __volatile__("" : : "r"(left), "r"(right), "r"(channel) : "memory");
		spent[i] = cycles_now() - begun;
	}
	print_shares("idle client");
}

typedef struct bench {
	params params;
	plan *plan;
	midi_map map;
	engine *engine;
	model *model;
	composer *composer;
} bench;

static void
look(void *user, composer_view *view)
{
	engine_status s;
	engine_get_status(((bench *)user)->engine, &s);
	*view = (composer_view){s.epoch,
				s.next_step,
				s.position,
				s.tempo,
				s.bars,
				s.rolling,
				s.rate ? (double)s.period / s.rate : 0.0};
}

static void
must(dr_status status, const dr_error *err)
{
	if (status != DR_OK) {
		fprintf(stderr, "bench: %s\n", err->text);
		exit(status_exit_code(status));
	}
}

static void
ignore(void *user, const char *line)
{
	(void)user;
	(void)line;
}

static void
open_bench(bench *b)
{
	dr_error err;
	kit_set *set = calloc(1, sizeof *set);
	char *model_path = model_find("default", &err), *kit_path = kit_find("basalt", &err);
	params_reset(&b->params);
	b->plan = aligned_alloc(4096, (sizeof *b->plan + 4095) / 4096 * 4096);
	plan_init(b->plan);
	midi_map_default(&b->map);
	must(model_path && kit_path ? DR_OK : DR_FAILED, &err);
	const double t = now();
	must(model_load(model_path, &b->model, &err), &err);
	const double loaded = now();
	must(kit_load(kit_path, RATE, ignore, NULL, &set->corner[0], &err), &err);
	printf("model loads in %.1f ms, kit in %.1f ms\n\n", 1e3 * (loaded - t), 1e3 * (now() - loaded));
	set->n_corners = 1;
	must(engine_new(&b->params, b->plan, &b->map, RATE, &b->engine, &err), &err);
	must(composer_new(b->model, &b->params, b->plan, look, b, &b->composer, &err), &err);
	kit_set_free(engine_publish_kits(b->engine, set));
	engine_lock_memory(b->engine);
	if (engine_warm_up(b->engine, NULL) != DR_OK)
		abort();
	free(model_path);
	free(kit_path);
}

static void
play(bench *b, const engine_midi *midi, uint32_t n_midi)
{
	static engine_midi out[256];
	engine_io io = {.frames = PERIOD,
			.rate = RATE,
			.main = {left, right},
			.midi_in = midi,
			.n_midi_in = n_midi,
			.midi_out = out,
			.midi_out_capacity = 256};
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int c = 0; c < 2; c++)
			io.instrument[i][c] = channel[i][c];
	engine_process(b->engine, &io);
	report r;
	while (engine_take_report(b->engine, &r))
		if (r.kind == REPORT_KITS)
			kit_set_free(r.kits);
}

/* Times periods with `voices` sounding: pads are hit between the timed periods to keep them up. */
static void
time_voices(bench *b, uint32_t voices)
{
	static const int notes[] = {49, 51, 46, 36, 41, 47, 50, 56, 38, 39, 37, 42};
	char name[48];
	uint64_t sum = 0;
	for (int i = 0; i < PERIODS; i++) {
		engine_status s;
		engine_get_status(b->engine, &s);
		for (int tries = 0; s.voices < voices && tries < 8; tries++) {
			const engine_midi pad = {
			    0, 3, {0x99, (uint8_t)notes[(i + tries) % INSTRUMENTS], 100}};
			play(b, &pad, 1);
			engine_get_status(b->engine, &s);
		}
		sum += s.voices;
		const uint64_t begun = cycles_now();
		play(b, NULL, 0);
		spent[i] = cycles_now() - begun;
	}
	snprintf(name, sizeof name, "process(), %.0f voices", (double)sum / PERIODS);
	const double share = print_shares(name);
	if (voices)
		printf("%-34s %8.0f\n", "  voices that fill a core", 100.0 / share * (double)sum / PERIODS);
}

/* Every channel driven, filtered and sent to delay and reverb, and the kick pumping. */
static void
switch_effects(bench *b, bool on)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		params_set(&b->params, param_slot(PARAM_DRIVE, i), on ? 0.5f : 0.0f, PARAM_SOURCE_NONE);
		params_set(&b->params, param_slot(PARAM_FILTER_MODE, i), on ? 1.0f : 0.0f, PARAM_SOURCE_NONE);
		params_set(&b->params, param_slot(PARAM_SEND_DELAY, i), on ? 0.3f : 0.0f, PARAM_SOURCE_NONE);
		params_set(&b->params, param_slot(PARAM_SEND_REVERB, i), on ? 0.3f : 0.0f, PARAM_SOURCE_NONE);
	}
	params_set(&b->params, PARAM_DUCK_AMOUNT, on ? 0.7f : 0.0f, PARAM_SOURCE_NONE);
}

static void
time_groove(bench *b, const char *name)
{
	engine_command(b->engine, COMMAND_PLAY, -1, 1.0f);
	for (int i = 0; i < PERIODS; i++) {
		while (composer_update(b->composer, 64))
			;
		const uint64_t begun = cycles_now();
		play(b, NULL, 0);
		spent[i] = cycles_now() - begun;
	}
	print_shares(name);
	engine_command(b->engine, COMMAND_STOP, -1, 1.0f);
}

static void
time_render(bench *b)
{
	const int bars = 64;
	const double t = now();
	const uint32_t periods = (uint32_t)(bars * 16 * 15.0 * RATE / 130.0 / PERIOD);
	for (uint32_t i = 0; i < periods; i++) {
		while (composer_update(b->composer, 64))
			;
		play(b, NULL, 0);
	}
	const double seconds = now() - t, music = (double)periods * PERIOD / RATE;
	composer_stats s;
	composer_get_stats(b->composer, &s);
	printf("\ncomposer: %.0f us a step (mean of the last 64), %.0f us at worst\n", s.step_us,
	       s.step_us_max);
	printf("render with the network on: %.0f times real time (%.1f s of music in %.2f s), periods of %d "
	       "frames\n",
	       music / seconds, music, seconds, PERIOD);
}

int
main(void)
{
	static bench b;
	calibrate();
	open_bench(&b);
	printf("share of a %d-frame period, %%          median      p99      max\n", PERIOD);
	idle_client();
	/* Two octaves down they last: so many voices are otherwise never up at once. */
	for (int i = 0; i < INSTRUMENTS; i++)
		params_set(&b.params, param_slot(PARAM_TUNE, i), -24.0f, PARAM_SOURCE_NONE);
	time_voices(&b, 0);
	time_voices(&b, 16);
	time_voices(&b, 64);
	for (int i = 0; i < INSTRUMENTS; i++)
		params_set(&b.params, param_slot(PARAM_TUNE, i), 0.0f, PARAM_SOURCE_NONE);
	time_groove(&b, "process(), the network's groove");
	switch_effects(&b, true);
	time_groove(&b, "the same with every effect on");
	switch_effects(&b, false);
	idle_client();
	engine_command(b.engine, COMMAND_PLAY, -1, 1.0f);
	time_render(&b);
	composer_free(b.composer);
	engine_free(b.engine);
	model_free(b.model);
	free(b.plan);
	return 0;
}
