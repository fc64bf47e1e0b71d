/* The engine's rehearsal: every source of time, every effect and both ways of playing a sample, unheard.
 * Whatever the callback may need later has then been read from disk, bound and touched. Never the audio
 * thread. */
#include "rt/engine_state.h"

#include "rt/rng.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES = 2048, ROUNDS = 8, SAMPLE = 4096, MIDI_OUT = 256, TICK = 0xf8, START = 0xfa };

/* What the rehearsal plays with, instead of the performer's own. */
typedef struct stand_in {
	params params;
	plan plan;
	engine_midi out[MIDI_OUT];
	float sink[FRAMES];
} stand_in;

/* What the engine held before. */
typedef struct aside {
	params *params;
	plan *plan;
	kit_set *kits[ENGINE_KIT_SLOTS], *posted;
	int kit_current;
	bool has_kits, midi_wanted;
} aside;

/* --- a loud kit -------------------------------------------------------------------------------------------
 */

static bool
add_noise(kit *k, int instrument)
{
	kit_layer *l;
	uint64_t seed = 1;
	const int channels = 1 + instrument % 2;
	if (kit_add_layer(k, instrument, SAMPLE, channels, &l, NULL) != DR_OK)
		return false;
	for (int c = 0; c < channels; c++)
		for (int f = 0; f < SAMPLE; f++)
			l->sample.channel[c][f] = 2.0f * rng_next_unit(&seed) - 1.0f;
	return true;
}

static kit *
noise(uint32_t rate, int only)
{
	kit *k = kit_new(rate);
	bool ok = k != NULL;
	for (int i = 0; i < INSTRUMENTS && ok; i++)
		ok = (only >= 0 && only != i) || add_noise(k, i);
	if (!ok) {
		kit_free(k);
		return NULL;
	}
	k->instrument[INST_CH].choke_group = k->instrument[INST_OH].choke_group = 0;
	k->instrument[INST_SD].attack = 50.0f;
	kit_finish(k);
	return k;
}

/* Corners at the engine's rate and at another, and a morph. NULL if memory is short. */
static kit_set *
noises(uint32_t rate)
{
	static const float middle[KIT_CORNERS] = {0.25f, 0.25f, 0.25f, 0.25f};
	kit_set *set = calloc(1, sizeof *set);
	bool ok = set != NULL;
	for (int c = 0; c < KIT_CORNERS && ok; c++) {
		set->corner[c] = noise(c % 2 ? rate / 2 + 1 : rate, -1);
		ok = set->corner[c] != NULL;
		set->n_corners += ok;
	}
	if (ok)
		kit_set_put_morph(set, INST_BD, noise(rate, INST_BD), middle);
	if (ok && set->morph[INST_BD])
		return set;
	kit_set_free(set);
	return NULL;
}

/* --- rounds -----------------------------------------------------------------------------------------------
 */

/* Plain in the first round; then everything is on, and each round in another way. */
static void
set_controls(params *p, int round)
{
	if (round == 0)
		return;
	params_set(p, PARAM_DUCK_AMOUNT, 0.5f, PARAM_SOURCE_NONE);
	params_set(p, PARAM_VOLUME, 1.0f, PARAM_SOURCE_NONE);
	params_set(p, PARAM_KIT_X, (float)(round % 3) * 0.5f, PARAM_SOURCE_NONE);
	params_set(p, PARAM_KIT_Y, (float)(round % 3) * 0.5f, PARAM_SOURCE_NONE);
	params_set(p, PARAM_DELAY_TIME, (float)(round % 2), PARAM_SOURCE_NONE);
	params_set(p, PARAM_REVERB_SIZE, 1.0f + (float)round, PARAM_SOURCE_NONE);
	params_set(p, PARAM_CLOCK_OUT, (float)(round % 3), PARAM_SOURCE_NONE);
	params_set(p, PARAM_METRE, (float)(round % METRES), PARAM_SOURCE_NONE);
	params_set(p, PARAM_TRIPLETS, (float)(round % 2), PARAM_SOURCE_NONE);
	params_set(p, PARAM_SYNC, (float)(round % (SYNC_LINK + 1)), PARAM_SOURCE_NONE);
	for (int i = 0; i < INSTRUMENTS; i++) {
		const struct {
			int slot;
			float value;
		} own[] = {{PARAM_LEVEL, 0.8f},
			   {PARAM_PAN, 0.3f},
			   {PARAM_TUNE, (float)round},
			   {PARAM_DECAY, 1.0f / (float)round},
			   {PARAM_DRIVE, 0.1f * (float)round},
			   {PARAM_FILTER_MODE, (float)(round % 4)},
			   {PARAM_FILTER_CUTOFF, 500.0f * (float)round},
			   {PARAM_FILTER_RESONANCE, 0.5f},
			   {PARAM_SEND_DELAY, 0.7f},
			   {PARAM_SEND_REVERB, 0.7f},
			   {PARAM_SOLO, (float)(round % 2)}};
		for (size_t n = 0; n < sizeof own / sizeof *own; n++)
			params_set(p, param_slot(own[n].slot, i), own[n].value, PARAM_SOURCE_NONE);
	}
}

static void
play_round(engine *e, stand_in *s, int round)
{
	static const engine_midi in[] = {
	    {0, 1, {START, 0, 0}},  {0, 3, {0x99, 36, 127}}, {0, 3, {0x99, 38, 90}}, {3, 1, {TICK, 0, 0}},
	    {7, 3, {0x99, 42, 30}}, {9, 3, {0x99, 46, 127}}, {900, 1, {TICK, 0, 0}}, {1800, 1, {TICK, 0, 0}}};
	const uint64_t time_us = 1000000;
	engine_io io = {.frames = FRAMES,
			.rate = e->clock.rate,
			.main = {s->sink, s->sink},
			.midi_in = in,
			.n_midi_in = sizeof in / sizeof *in,
			.midi_out = s->out,
			.midi_out_capacity = MIDI_OUT,
			.transport = {.present = true, .rolling = true, .frame = (uint64_t)round * FRAMES},
			.time_us = time_us};
	transport_bbt bbt;
	for (int i = 0; i < INSTRUMENTS; i++)
		io.instrument[i][0] = io.instrument[i][1] = s->sink;
	set_controls(&s->params, round);
	engine_set_timeline(e, &(engine_timeline){.time_us = time_us, .tempo = 120.0, .playing = true});
	(void)engine_command_at(e, COMMAND_TRIGGER, INST_LT, 80.0f, time_us + 1000);
	(void)engine_set_at(e, PARAM_SWING, 0.1f, PARAM_SOURCE_NONE, time_us + 1500);
	engine_obey(e, COMMAND_PLAY, -1, 1.0f);
	e->start_wait = e->clock.rate; /* nobody composes yet: start all the same */
	engine_process(e, &io);
	engine_bbt(e, 0, &bbt);
	engine_obey(e, round % 2 ? COMMAND_PANIC : COMMAND_CONTINUE, -1, 1.0f);
	io.transport.rolling = false;
	engine_process(e, &io);
	engine_obey(e, COMMAND_STOP, -1, 1.0f);
	engine_process(e, &io);
}

static void
drain(engine *e)
{
	report r;
	engine_timed_midi m;
	float peak[ENGINE_METERS];
	while (engine_take_report(e, &r))
		if (r.kind == REPORT_KITS)
			kit_set_free(r.kits);
	while (engine_take_midi(e, &m))
		;
	engine_take_peaks(e, peak);
}

/* --- before and after
 * --------------------------------------------------------------------------------------- */

static void
put_aside(engine *e, stand_in *s, aside *a)
{
	a->params = e->params;
	a->plan = e->plan;
	memcpy(a->kits, e->kits, sizeof a->kits);
	memset(e->kits, 0, sizeof e->kits);
	a->kit_current = e->kit_current;
	a->has_kits = atomic_load(&e->shared.has_kits);
	a->midi_wanted = atomic_load(&e->shared.midi_wanted);
	a->posted = atomic_exchange(&e->mailbox, NULL);
	e->params = &s->params;
	e->plan = &s->plan;
	e->kit_current = -1;
	engine_want_midi(e, true);
}

static void
put_back(engine *e, const aside *a)
{
	e->params = a->params;
	e->plan = a->plan;
	drain(e);
	for (int i = 0; i < ENGINE_KIT_SLOTS; i++)
		kit_set_free(e->kits[i]);
	memcpy(e->kits, a->kits, sizeof a->kits);
	e->kit_current = a->kit_current;
	engine_want_midi(e, a->midi_wanted);
	engine_set_timeline(e, &(engine_timeline){.time_us = 0});
	memset(&e->timeline, 0, sizeof e->timeline);
	atomic_store(&e->shared.has_kits, a->has_kits);
	atomic_store(&e->shared.midi_events, 0);
	atomic_store(&e->mailbox, a->posted);
	engine_reset(e, e->clock.rate);
	e->epoch++;
	atomic_store(&e->shared.moving, e->epoch);
	atomic_store(&e->shared.epoch, e->epoch);
}

static void
fill_plan(plan *p)
{
	plan_init(p);
	for (int64_t step = 0; step < PLAN_STEPS; step++) {
		step_event event = {.bar_step = (uint8_t)(step % 16), .bar_len = 16};
		for (int i = 0; i < INSTRUMENTS; i++)
			event.hits.hit[i] = (step_hit){100, 2, 0};
		plan_write(p, step, &event);
	}
}

dr_status
engine_warm_up(engine *e, dr_error *err)
{
	stand_in *s = NULL;
	aside a;
	tape *t;
	const dr_status status = tape_new(true, e->clock.rate, &t, err);
	if (status != DR_OK)
		return status;
	kit_set *set = noises(e->clock.rate);
	if (!set || posix_memalign((void **)&s, 4096, sizeof *s) != 0) {
		kit_set_free(set);
		tape_free(t);
		return error_set(err, DR_FAILED, "out of memory for the engine's warm-up");
	}
	memset(s, 0, sizeof *s);
	params_reset(&s->params);
	fill_plan(&s->plan);
	put_aside(e, s, &a);
	kit_set_free(engine_publish_kits(e, set));
	for (int round = 0; round < ROUNDS; round++) {
		(void)engine_set_tape(e, round ? t : NULL);
		play_round(e, s, round);
		drain(e);
	}
	(void)engine_set_tape(e, NULL);
	tape_free(t);
	put_back(e, &a);
	free(s);
	return DR_OK;
}
