#include "tests/test.h"

#include "rt/rng.h"
#include "rt/voice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 48000, LENGTH = 24000 };

/* A kit of decaying sines, one frequency per instrument; hats choke each other. */
static kit_set *
sine_set(double detune, int corners)
{
	kit_set *set = calloc(1, sizeof *set);
	for (int c = 0; c < corners; c++) {
		kit *k = kit_new(RATE);
		for (int i = 0; i < INSTRUMENTS; i++) {
			kit_layer *l;
			assert_ok(kit_add_layer(k, i, LENGTH, 1, &l, &test_error));
			for (int f = 0; f < LENGTH; f++)
				l->sample.channel[0][f] =
				    (float)(0.5 *
					    sin(2.0 * M_PI * (60.0 + 40.0 * i) * (1.0 + detune * c) * f /
						RATE) *
					    exp(-6.0 * f / LENGTH) * (1.0 - (double)f / LENGTH));
		}
		k->instrument[INST_CH].choke_group = k->instrument[INST_OH].choke_group = 1;
		kit_finish(k);
		set->corner[set->n_corners++] = k;
	}
	return set;
}

static float bus[INSTRUMENTS][2][VOICE_CHUNK];
static const float first_corner[INSTRUMENTS][KIT_CORNERS] = {{1}, {1}, {1}, {1}, {1}, {1},
							     {1}, {1}, {1}, {1}, {1}, {1}};

/* Renders frames and writes the sum of all left busses. */
static void
render(voice_bank *b, uint32_t frames, float *out)
{
	for (uint32_t at = 0; at < frames; at += 64) {
		memset(bus, 0, sizeof bus);
		voices_render(b, 64, first_corner, first_corner, bus);
		for (int f = 0; f < 64; f++) {
			out[at + f] = 0.0f;
			for (int i = 0; i < INSTRUMENTS; i++)
				out[at + f] += bus[i][0][f];
		}
	}
}

static bool
trigger(voice_bank *b, const kit_set *set, int instrument, int velocity)
{
	const voice_trigger t = {
	    .instrument = (uint8_t)instrument, .velocity = (uint8_t)velocity, .weight = first_corner[0]};
	return voices_trigger(b, set, &t);
}

static void
a_full_hit_is_the_sample_itself(void **state)
{
	(void)state;
	static voice_bank b;
	static float out[LENGTH + 64];
	kit_set *set = sine_set(0.0, 1);
	voices_init(&b, RATE);
	assert_true(trigger(&b, set, INST_BD, 127));
	render(&b, LENGTH - LENGTH % 64 + 64, out);
	const float *x = set->corner[0]->instrument[INST_BD].layers[0].sample.channel[0];
	for (int f = 0; f < LENGTH; f++)
		assert_true(fabsf(out[f] - x[f]) < 1e-5f);
	assert_int_equal(b.sounding, 0);
	kit_set_free(set);
}

static double
energy(const float *x, int n)
{
	double sum = 0.0;
	for (int i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sum;
}

static void
velocity_sets_level_and_tone(void **state)
{
	(void)state;
	static voice_bank b;
	static float loud[6400], soft[6400];
	kit_set *set = sine_set(0.0, 1);
	double last = 0.0;
	for (int v = 1; v <= 127; v += 9) {
		voices_init(&b, RATE);
		trigger(&b, set, INST_PC, v);
		render(&b, 6400, soft);
		assert_true(energy(soft, 6400) > last);
		last = energy(soft, 6400);
	}
	/* Tone: of two hits at equal level the softer has less of what is high. */
	kit *k = set->corner[0];
	float *x = k->instrument[INST_SD].layers[0].sample.channel[0];
	uint64_t seed = 1;
	for (int f = 0; f < LENGTH; f++)
		x[f] = rng_next_unit(&seed) - 0.5f;
	double high[2], all[2];
	for (int i = 0; i < 2; i++) {
		voices_init(&b, RATE);
		trigger(&b, set, INST_SD, i ? 127 : 30);
		render(&b, 6400, loud);
		all[i] = energy(loud, 6400);
		for (int f = 6399; f > 0; f--)
			loud[f] -= loud[f - 1];
		high[i] = energy(loud, 6400);
	}
	assert_true(high[0] / all[0] < 0.5 * high[1] / all[1]);
	kit_set_free(set);
}

/* Cuts, chokes and stealing must not jump: the largest step between neighbouring samples stays within what
 * the sounds themselves do (12 sines of 0.5 at most, 500 Hz: below 0.5 * 2 pi 500 / 48000 each). */
static void
cuts_do_not_click(void **state)
{
	(void)state;
	static voice_bank b;
	static float out[64 * 4000];
	uint64_t seed = test_seed();
	kit_set *set = sine_set(0.0, 1);
	voices_init(&b, RATE);
	float worst = 0.0f, last = 0.0f;
	int most = 0;
	for (int block = 0; block < 4000; block++) {
		for (int n = (int)(rng_next(&seed) % 3); n > 0; n--)
			trigger(&b, set, (int)(rng_next(&seed) % INSTRUMENTS), 127);
		if (rng_next(&seed) % 400 == 0)
			voices_cut(&b, -1);
		render(&b, 64, out);
		int sounding = 0;
		for (int i = 0; i < VOICE_SLOTS; i++)
			sounding += b.slot[i].active && !b.slot[i].fading;
		most = sounding > most ? sounding : most;
		for (int f = 0; f < 64; f++) {
			worst = fmaxf(worst, fabsf(out[f] - last));
			last = out[f];
		}
	}
	assert_true(most > 20 && most <= VOICE_LIMIT);
	assert_true(b.stolen > 0);
	/* 64 voices of at most 0.033 a sample would be 2.1; a click of one full voice in a quiet moment would
	 * show as a jump of its whole level, which the fades spread over 72 samples or more. */
	assert_true(worst < 1.2f);
	kit_set_free(set);
}

static void
a_cut_fades_smoothly(void **state)
{
	(void)state;
	static voice_bank b;
	static float out[640];
	kit_set *set = sine_set(0.0, 1);
	/* A constant sample: any jump in it is the voice's own doing. */
	float *x = set->corner[0]->instrument[INST_OH].layers[0].sample.channel[0];
	for (int f = 0; f < LENGTH; f++)
		x[f] = 0.5f;
	voices_init(&b, RATE);
	trigger(&b, set, INST_OH, 127);
	render(&b, 640, out);
	memset(set->corner[0]->instrument[INST_CH].layers[0].sample.channel[0], 0, LENGTH * sizeof(float));
	trigger(&b, set, INST_CH, 127); /* chokes it */
	float last = out[639];
	render(&b, 640, out);
	for (int f = 0; f < 640; f++) {
		assert_true(fabsf(out[f] - last) <= 0.5f / (0.003f * RATE) + 1e-5f);
		last = out[f];
	}
	assert_true(fabsf(out[639]) < 1e-6f);
	kit_set_free(set);
}

static void
the_voice_limit_holds(void **state)
{
	(void)state;
	static voice_bank b;
	static float out[64];
	kit_set *set = sine_set(0.0, 1);
	voices_init(&b, RATE);
	for (int n = 0; n < 1000; n++) {
		trigger(&b, set, n % INSTRUMENTS, 100);
		int sounding = 0;
		for (int i = 0; i < VOICE_SLOTS; i++)
			sounding += b.slot[i].active && !b.slot[i].fading;
		assert_true(sounding <= VOICE_LIMIT);
	}
	render(&b, 64, out);
	assert_true(isfinite(out[63]));
	kit_set_free(set);
}

static void
tuning_moves_the_pitch(void **state)
{
	(void)state;
	static voice_bank b;
	static float out[9600];
	kit_set *set = sine_set(0.0, 1);
	voices_init(&b, RATE);
	voices_set_control(&b, INST_BD, &(voice_control){.tune = 12.0f, .decay = 1.0f});
	trigger(&b, set, INST_BD, 127);
	render(&b, 9600, out);
	int crossings = 0;
	for (int f = 1; f < 9600; f++)
		crossings += (out[f - 1] < 0.0f) != (out[f] < 0.0f);
	/* 60 Hz an octave up for 0.2 s: 24 periods, 48 crossings. */
	assert_in_range(crossings, 46, 50);
	kit_set_free(set);
}

static void
decay_shortens(void **state)
{
	(void)state;
	static voice_bank b;
	static float out[19200];
	kit_set *set = sine_set(0.0, 1);
	voices_init(&b, RATE);
	voices_set_control(&b, INST_BD, &(voice_control){.decay = 0.1f});
	trigger(&b, set, INST_BD, 127);
	render(&b, 19200, out);
	assert_true(energy(out, 1200) > 0.0);
	assert_true(energy(out + 9600, 9600) < 1e-6 * energy(out, 1200));
	kit_set_free(set);
}

/* A constant sample: what is heard is the envelope. Held for 50 ms at full level, then 60 dB down in a tenth
 * of the sample's half second; and a hand that lets the decay go in the middle leaves the level where it is.
 */
static void
hold_waits_and_a_hand_may_change_the_decay(void **state)
{
	(void)state;
	static voice_bank b;
	static float out[9600];
	kit_set *set = sine_set(0.0, 1);
	float *x = set->corner[0]->instrument[INST_OH].layers[0].sample.channel[0];
	for (int f = 0; f < LENGTH; f++)
		x[f] = 0.5f;
	voices_init(&b, RATE);
	voices_set_control(&b, INST_OH, &(voice_control){.decay = 0.1f, .hold = 50.0f});
	trigger(&b, set, INST_OH, 127);
	render(&b, 3584, out);
	voices_set_control(&b, INST_OH, &(voice_control){.decay = 1.0f, .hold = 50.0f});
	render(&b, 3200, out + 3584);
	for (int f = 0; f < 2400; f++)
		assert_true(fabsf(out[f] - 0.5f) < 1e-5f);
	for (int f = 2401; f < 3584; f++)
		assert_true(fabs(out[f] - 0.5 * pow(10.0, -3.0 * (f - 2400) / 2400.0)) < 2e-4);
	for (int f = 3585; f < 6784; f++)
		assert_true(fabsf(out[f] - out[3584]) < 1e-6f && out[f] > 0.01f);
	kit_set_free(set);
}

/* A tone bent by hand stays a tone: no step between samples is larger than its own highest pitch makes. */
static void
tuning_glides_while_it_sounds(void **state)
{
	(void)state;
	static voice_bank b;
	static float out[9600];
	kit_set *set = sine_set(0.0, 1);
	float *x = set->corner[0]->instrument[INST_OH].layers[0].sample.channel[0];
	for (int f = 0; f < LENGTH; f++)
		x[f] = 0.5f * (float)sin(2.0 * M_PI * 400.0 * f / RATE);
	voices_init(&b, RATE);
	trigger(&b, set, INST_OH, 127);
	uint64_t seed = test_seed();
	for (int at = 0; at < 9600; at += 64) {
		const float tune = 24.0f * (rng_next_unit(&seed) - 0.5f);
		voices_set_control(&b, INST_OH, &(voice_control){.tune = tune, .decay = 1.0f});
		render(&b, 64, out + at);
		/* Its pitch is on the way from the first frame on. */
		assert_true(at > 0 || fabsf(tune) < 0.1f || b.slot[0].tune != 0.0f);
	}
	for (int f = 2; f < 9600; f++)
		assert_true(fabsf(out[f] - out[f - 1]) <
			    0.5f * 2.0f * (float)M_PI * 400.0f * 2.0f / RATE * 1.02f);
	kit_set_free(set);
}

static void
corners_mix_by_their_weights(void **state)
{
	(void)state;
	float w[KIT_CORNERS];
	for (int n = 1; n <= 4; n++)
		for (float x = 0.0f; x <= 1.0f; x += 0.25f)
			for (float y = 0.0f; y <= 1.0f; y += 0.25f) {
				kit_set_weights(n, x, y, w);
				float sum = 0.0f;
				for (int c = 0; c < KIT_CORNERS; c++) {
					assert_true(w[c] >= 0.0f && (c < n || w[c] == 0.0f));
					sum += w[c];
				}
				assert_true(fabsf(sum - 1.0f) < 1e-6f);
			}
	static voice_bank b;
	kit_set *set = sine_set(0.5, 2);
	voices_init(&b, RATE);
	trigger(&b, set, INST_BD, 127);
	float half[INSTRUMENTS][KIT_CORNERS];
	for (int i = 0; i < INSTRUMENTS; i++)
		half[i][0] = half[i][1] = 0.5f, half[i][2] = half[i][3] = 0.0f;
	memset(bus, 0, sizeof bus);
	voices_render(&b, 256, (const float(*)[KIT_CORNERS])half, (const float(*)[KIT_CORNERS])half, bus);
	const kit_layer *p = set->corner[0]->instrument[INST_BD].layers,
			*q = set->corner[1]->instrument[INST_BD].layers;
	const uint32_t onset = p->sample.onset > q->sample.onset ? p->sample.onset : q->sample.onset;
	/* Loudness half way between both; half way between the sums of alike and of unlike sounds. */
	const float both = 0.5f * powf(0.5f, -0.25f) * sqrtf(p->sample.loudness * q->sample.loudness);
	for (uint32_t f = onset; f < 256; f++) {
		const float x = p->sample.channel[0][f - (onset - p->sample.onset)] / p->sample.loudness;
		const float y = q->sample.channel[0][f - (onset - q->sample.onset)] / q->sample.loudness;
		assert_true(fabsf(bus[INST_BD][0][f] - both * (x + y)) < 1e-5f);
	}
	kit_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_hit_is_the_sample_itself),
	    cmocka_unit_test(velocity_sets_level_and_tone),
	    cmocka_unit_test(cuts_do_not_click),
	    cmocka_unit_test(a_cut_fades_smoothly),
	    cmocka_unit_test(the_voice_limit_holds),
	    cmocka_unit_test(tuning_moves_the_pitch),
	    cmocka_unit_test(decay_shortens),
	    cmocka_unit_test(hold_waits_and_a_hand_may_change_the_decay),
	    cmocka_unit_test(tuning_glides_while_it_sounds),
	    cmocka_unit_test(corners_mix_by_their_weights),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
