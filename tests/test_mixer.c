#include "tests/test.h"
#include "tests/tone.h"

#include "rt/block.h"
#include "rt/mixer.h"
#include "rt/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, BLOCK = 64 };

typedef struct desk {
	params params;
	mixer mixer;
	float bus[INSTRUMENTS][2][VOICE_CHUNK];
	float left[VOICE_CHUNK], right[VOICE_CHUNK];
	int64_t at;
	int frames; /* of a block */
} desk;

static desk *
desk_new(void)
{
	desk *d = calloc(1, sizeof *d);
	params_reset(&d->params);
	d->frames = BLOCK;
	assert_ok(mixer_new(&d->mixer, RATE, &test_error));
	return d;
}

static void
desk_free(desk *d)
{
	mixer_free(&d->mixer);
	free(d);
}

static void
set(desk *d, int slot, float value)
{
	params_set(&d->params, slot, value, 0);
}

/* One block with `level` at each instrument of the mask: at 0 Hz, or a sine. */
static void
play(desk *d, unsigned mask, float level, double hz)
{
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int f = 0; f < d->frames; f++) {
			const double x = hz > 0.0 ? sin(2.0 * M_PI * hz * (double)(d->at + f) / RATE) : 1.0;
			d->bus[i][0][f] = d->bus[i][1][f] = mask >> i & 1 ? level * (float)x : 0.0f;
		}
	mixer_run(&d->mixer,
		  &(mixer_input){
		      .params = &d->params, .tempo = 120.0, .heard = mask, .frames = (uint32_t)d->frames},
		  d->bus, d->left, d->right);
	d->at += d->frames;
}

/* The block in which what is played now comes out of the main bus. */
static void
play_through(desk *d, unsigned mask, float level, double hz)
{
	for (uint32_t f = 0; f <= mixer_latency(&d->mixer); f += BLOCK)
		play(d, mask, level, hz);
}

static void
by_default_it_only_adds(void **state)
{
	(void)state;
	static float in[2][6400], out[2][6400];
	desk *d = desk_new();
	uint64_t seed = test_seed();
	const int late = (int)mixer_latency(&d->mixer);
	for (int at = 0; at < 6400; at += BLOCK) {
		for (int c = 0; c < 2; c++)
			for (int f = 0; f < BLOCK; f++) {
				in[c][at + f] = 0.0f;
				for (int i = 0; i < INSTRUMENTS; i++) {
					d->bus[i][c][f] = 0.05f * (rng_next_unit(&seed) - 0.5f);
					in[c][at + f] += d->bus[i][c][f];
				}
			}
		mixer_kick(&d->mixer, 127);
		mixer_run(
		    &d->mixer,
		    &(mixer_input){.params = &d->params, .tempo = 120.0, .heard = 0xfff, .frames = BLOCK},
		    d->bus, out[0] + at, out[1] + at);
	}
	for (int c = 0; c < 2; c++)
		for (int f = 0; f + late < 6400; f++)
			assert_true(fabsf(out[c][f + late] - MIXER_HEADROOM * in[c][f]) < 1e-6f);
	desk_free(d);
}

static void
solo_and_mute_silence(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		desk *d = desk_new();
		set(d, param_slot(PARAM_SOLO, INST_SD), round == 1);
		set(d, param_slot(PARAM_MUTE, INST_BD), round == 2);
		play_through(d, 1u << INST_BD, 0.25f, 0.0);
		assert_true(fabsf(d->left[60] - (round == 0 ? 0.25f * MIXER_HEADROOM : 0.0f)) < 1e-5f);
		desk_free(d);
	}
}

static void
a_kick_turns_the_others_down_heard_or_not(void **state)
{
	(void)state;
	for (int muted = 0; muted < 2; muted++) {
		desk *d = desk_new();
		set(d, PARAM_DUCK_AMOUNT, 0.8f);
		set(d, param_slot(PARAM_DUCK, INST_RS), 0.5f);
		set(d, param_slot(PARAM_DUCK, INST_CP), 0.0f);
		set(d, param_slot(PARAM_MUTE, INST_BD), (float)muted);
		play(d, 0xfff, 0.1f, 0.0);
		mixer_kick(&d->mixer, 127);
		play(d, 0xfff, 0.1f, 0.0);
		/* From the kick's own frame on. */
		assert_true(d->bus[INST_SD][0][0] < 0.1f && d->bus[INST_SD][0][0] > 0.09f);
		assert_true(fabsf(d->bus[INST_SD][0][50] - 0.02f) < 1e-3f);
		assert_true(fabsf(d->bus[INST_RS][0][50] - 0.06f) < 1e-3f);
		assert_true(fabsf(d->bus[INST_CP][0][50] - 0.1f) < 1e-5f);
		assert_true(fabsf(d->bus[INST_BD][0][50] - (muted ? 0.0f : 0.1f)) < 1e-5f);
		/* Three steps at 120 bpm are 18000 frames. */
		while (d->at < 2 * BLOCK + 9000)
			play(d, 0xfff, 0.1f, 0.0);
		assert_true(fabsf(d->bus[INST_SD][0][0] - 0.06f) < 2e-3f);
		while (d->at < 2 * BLOCK + 18100)
			play(d, 0xfff, 0.1f, 0.0);
		assert_true(fabsf(d->bus[INST_SD][0][63] - 0.1f) < 1e-5f);
		desk_free(d);
	}
}

/* A click to the delay comes back in time with the music, and in the main bus only. */
static void
returns_go_to_the_main_bus(void **state)
{
	(void)state;
	desk *d = desk_new();
	set(d, param_slot(PARAM_SEND_DELAY, INST_SD), 1.0f);
	set(d, PARAM_DELAY_TIME, (float)param_choice(PARAM_DELAY_TIME, "1/16"));
	set(d, PARAM_DELAY_TONE, 20000.0f);
	play(d, 1u << INST_SD, 0.5f, 0.0);
	int echo = -1;
	while (d->at < 12000 && echo < 0) {
		play(d, 0, 0.0f, 0.0);
		for (int f = 0; f < BLOCK; f++) {
			for (int i = 0; i < INSTRUMENTS; i++)
				assert_true(d->bus[i][0][f] == 0.0f);
			if (d->at > 1000 && echo < 0 && fabsf(d->left[f]) > 0.05f)
				echo = (int)d->at - BLOCK + f;
		}
	}
	assert_int_equal(echo, 6000 + (int)mixer_latency(&d->mixer));
	desk_free(d);
}

static void
the_delays_choices_are_what_they_are_called(void **state)
{
	(void)state;
	char name[PARAM_CHOICE_MAX];
	float last = 0.0f;
	for (int i = 0; i <= (int)param_describe(PARAM_DELAY_TIME)->high; i++) {
		int over, under;
		char kind = ' ';
		assert_true(sscanf(param_choice_name(PARAM_DELAY_TIME, i, name), "%d/%d%c", &over, &under,
				   &kind) >= 2);
		const float steps = 16.0f * (float)over / (float)under *
				    (kind == 'T'   ? 2.0f / 3.0f
				     : kind == 'D' ? 1.5f
						   : 1.0f);
		assert_true(fabsf(mixer_delay_steps(i) - steps) < 1e-5f && steps > last);
		last = steps;
		assert_int_equal(param_choice(PARAM_DELAY_TIME, name), i);
	}
	assert_int_equal(param_choice(PARAM_DELAY_TIME, "1/5"), -1);
	assert_int_equal(param_choice(PARAM_DELAY_TIME, ""), -1);
}

static void
a_cut_silences_the_tails(void **state)
{
	(void)state;
	desk *d = desk_new();
	set(d, param_slot(PARAM_SEND_REVERB, INST_SD), 1.0f);
	set(d, param_slot(PARAM_SEND_DELAY, INST_SD), 1.0f);
	set(d, PARAM_REVERB_SIZE, 10.0f);
	for (int n = 0; n < 500; n++)
		play(d, 1u << INST_SD, 0.2f, 500.0);
	for (int n = 0; n < 100; n++)
		play(d, 0, 0.0f, 0.0);
	float last = d->left[BLOCK - 1];
	assert_true(fmaxf(block_peak(BLOCK, d->left), block_peak(BLOCK, d->right)) > 0.01f);
	mixer_cut(&d->mixer);
	const int blocks = (int)(mixer_latency(&d->mixer) + 144) / BLOCK + 2;
	for (int n = 0; n < blocks; n++) {
		play(d, 0, 0.0f, 0.0);
		for (int f = 0; f < BLOCK; f++) {
			assert_true(fabsf(d->left[f] - last) < 0.1f);
			last = d->left[f];
		}
	}
	for (int n = 0; n < 1000; n++) {
		play(d, 0, 0.0f, 0.0);
		for (int f = 0; f < BLOCK; f++)
			assert_true(d->left[f] == 0.0f && d->right[f] == 0.0f);
	}
	desk_free(d);
}

/* --- every control ----------------------------------------------------------------------------------------
 */

static const int of_a_channel[] = {
    PARAM_LEVEL,      PARAM_PAN,         PARAM_MUTE,          PARAM_SOLO,
    PARAM_DRIVE,      PARAM_FILTER_MODE, PARAM_FILTER_CUTOFF, PARAM_FILTER_RESONANCE,
    PARAM_SEND_DELAY, PARAM_SEND_REVERB, PARAM_DUCK};
static const int of_all[] = {PARAM_VOLUME,      PARAM_DELAY_TIME,  PARAM_DELAY_FEEDBACK, PARAM_DELAY_TONE,
			     PARAM_DELAY_LEVEL, PARAM_REVERB_SIZE, PARAM_REVERB_DAMPING, PARAM_REVERB_LEVEL,
			     PARAM_DUCK_AMOUNT, PARAM_DUCK_RELEASE};
enum { CHANNEL = sizeof of_a_channel / sizeof *of_a_channel, ALL = sizeof of_all / sizeof *of_all };

static int
control(int n)
{
	return n < CHANNEL ? param_slot(of_a_channel[n], of_a_channel[n] == PARAM_SOLO ? INST_CP : INST_SD)
			   : of_all[n - CHANNEL];
}

/* Everything on, so that each control has something to change. */
static desk *
busy_desk(void)
{
	desk *d = desk_new();
	set(d, param_slot(PARAM_DRIVE, INST_SD), 0.3f);
	set(d, param_slot(PARAM_FILTER_MODE, INST_SD), 1.0f);
	set(d, param_slot(PARAM_FILTER_CUTOFF, INST_SD), 800.0f);
	set(d, param_slot(PARAM_FILTER_RESONANCE, INST_SD), 0.2f);
	set(d, param_slot(PARAM_SEND_DELAY, INST_SD), 0.5f);
	set(d, param_slot(PARAM_SEND_REVERB, INST_SD), 0.5f);
	set(d, PARAM_DUCK_AMOUNT, 0.6f);
	return d;
}

static void
play_busy(desk *d)
{
	if (d->at % 12800 == 12160)
		mixer_kick(&d->mixer, 127);
	play(d, 1u << INST_SD, 0.1f, 200.0);
}

typedef struct steps {
	float largest, peak; /* between neighbouring samples; of the samples */
} steps;

/* Plays on; every `every` blocks (0: only once, at the start) the control goes somewhere else. */
static steps
sweep(desk *d, int slot, int blocks, int every, uint64_t *seed, float place)
{
	steps s = {0.0f, 0.0f};
	float last = d->left[d->frames - 1];
	for (int n = 0; n < blocks; n++) {
		if (every && n % every == 0)
			set(d, slot,
			    param_from_unit(slot, rng_next(seed) & 1 ? (float)(rng_next(seed) & 1)
								     : rng_next_unit(seed)));
		else if (n == 0)
			set(d, slot, param_from_unit(slot, place));
		play_busy(d);
		for (int f = 0; f < d->frames; f++) {
			if (every || n > blocks / 2)
				s.largest = fmaxf(s.largest, fabsf(d->left[f] - last));
			s.peak = fmaxf(s.peak, fabsf(d->left[f]));
			last = d->left[f];
		}
	}
	return s;
}

/* A tone plays, and a control jumps about: the steps from sample to sample stay near those that the tone
 * makes while the control rests anywhere. Blocks are short, as where much happens within a period: without
 * smoothing there would be steps, and this is the proof that there are none. */
static void
no_control_makes_a_zipper(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	char path[PARAM_PATH_MAX];
	for (int n = 0; n < CHANNEL + ALL; n++) {
		const int slot = control(n);
		desk *d = busy_desk();
		d->frames = 4;
		steps rest = {0.0f, 0.0f};
		for (float place = 0.0f; place <= 1.0f; place += 0.25f) {
			const steps s = sweep(d, slot, 16000, 0, &seed, place);
			rest.largest = fmaxf(rest.largest, s.largest);
			rest.peak = fmaxf(rest.peak, s.peak);
		}
		const steps moved = sweep(d, slot, 64000, 371, &seed, 0.0f);
		print_message("%-24s at rest %.4f, moved %.4f of %.2f\n", param_path(slot, path),
			      (double)rest.largest, (double)moved.largest, (double)rest.peak);
		assert_true(moved.largest < 1.2f * rest.largest + 0.01f * rest.peak);
		desk_free(d);
	}
}

/* Frames that an effect's own lines take before a control of what goes into them is heard: three steps at 120
 * bpm, the shortest line of the reverb. */
static int64_t
on_its_way(int slot)
{
	if (slot == param_slot(PARAM_SEND_DELAY, INST_SD) || slot == PARAM_DELAY_FEEDBACK)
		return 18000;
	return slot == param_slot(PARAM_SEND_REVERB, INST_SD) ? 1188 : 0;
}

/* Two desks play the same; on one a control is moved: from that very frame on they differ, and not before. */
static void
a_control_is_heard_from_its_frame_on(void **state)
{
	(void)state;
	char path[PARAM_PATH_MAX];
	for (int n = 0; n < CHANNEL + ALL; n++) {
		const int slot = control(n);
		desk *a = busy_desk(), *b = busy_desk();
		for (int block = 0; block < 393; block++) { /* the kick of block 390 is still at work */
			play_busy(a);
			play_busy(b);
		}
		const float now = params_get(&b->params, slot), high = param_describe(slot)->high;
		set(b, slot, now == high ? param_describe(slot)->low : high);
		const int64_t moved = b->at;
		int64_t heard = -1;
		for (int block = 0; block < 400 && heard < 0; block++) {
			play_busy(a);
			play_busy(b);
			for (int f = 0; f < BLOCK && heard < 0; f++)
				if (a->left[f] != b->left[f] || a->right[f] != b->right[f])
					heard = b->at - BLOCK + f - moved;
		}
		const int64_t late = mixer_latency(&a->mixer) + on_its_way(slot);
		/* The first frames of a movement may be lost in rounding. */
		if (heard < late || heard > late + 8)
			fail_msg("%s is heard after %ld frames instead of %ld", param_path(slot, path),
				 (long)heard, (long)late);
		desk_free(a);
		desk_free(b);
	}
}

/* Minutes of loud noise and random controls: no NaN, and never above the ceiling. */
static void
anything_goes_and_stays_below_the_ceiling(void **state)
{
	(void)state;
	enum { SOME = 40 * BLOCK };
	static float heard[2][SOME];
	desk *d = desk_new();
	uint64_t seed = test_seed();
	double peak = 0.0;
	for (int round = 0; round < 250; round++) {
		for (int at = 0; at < SOME; at += BLOCK) {
			const uint64_t bits = rng_next(&seed);
			const int slot = (int)(bits % PARAM_SLOTS);
			set(d, slot,
			    param_from_unit(slot, bits & 1u << 20 ? (float)(bits >> 21 & 1)
								  : rng_next_unit(&seed)));
			const unsigned mask = (unsigned)(bits >> 32) & 0xfff;
			for (int i = 0; i < INSTRUMENTS; i++)
				for (int c = 0; c < 2; c++)
					for (int f = 0; f < BLOCK; f++)
						d->bus[i][c][f] =
						    mask >> i & 1 ? 2.0f * rng_next_unit(&seed) - 1.0f : 0.0f;
			if (bits >> 48 & 1)
				mixer_kick(&d->mixer, 1 + (int)(bits >> 49) % 127);
			if ((bits >> 56) == 0)
				mixer_cut(&d->mixer);
			mixer_run(&d->mixer,
				  &(mixer_input){.params = &d->params,
						 .tempo = 20.0 + (double)(bits >> 40 & 255),
						 .heard = mask,
						 .frames = BLOCK},
				  d->bus, heard[0] + at, heard[1] + at);
			for (int i = 0; i < INSTRUMENTS; i++)
				assert_true(block_peak(BLOCK, d->bus[i][0]) < 200.0f);
		}
		for (int c = 0; c < 2; c++) {
			for (int f = 0; f < SOME; f++)
				assert_true(isfinite(heard[c][f]));
			if (round % 5 == 0)
				peak = fmax(peak, true_peak(heard[c], SOME));
		}
	}
	print_message("true peak %.2f dB\n", decibel(peak));
	/* Noise among it that reaches to half the rate: see tests/test_limiter.c. */
	assert_true(peak <= 1.01 && peak > 0.5);
	desk_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_default_it_only_adds),
	    cmocka_unit_test(solo_and_mute_silence),
	    cmocka_unit_test(a_kick_turns_the_others_down_heard_or_not),
	    cmocka_unit_test(returns_go_to_the_main_bus),
	    cmocka_unit_test(the_delays_choices_are_what_they_are_called),
	    cmocka_unit_test(a_cut_silences_the_tails),
	    cmocka_unit_test(no_control_makes_a_zipper),
	    cmocka_unit_test(a_control_is_heard_from_its_frame_on),
	    cmocka_unit_test(anything_goes_and_stays_below_the_ceiling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
