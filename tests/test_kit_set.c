#include "tests/engine_rig.h"

#include "rt/rng.h"

enum { LENGTH = 48000 };

/* A kit whose every instrument is a long tone. */
static kit *
tones(double hz, double level)
{
	kit *k = kit_new(RIG_RATE);
	for (int i = 0; i < INSTRUMENTS; i++) {
		kit_layer *l;
		assert_ok(kit_add_layer(k, i, LENGTH, 1, &l, &test_error));
		for (int f = 0; f < LENGTH; f++)
			l->sample.channel[0][f] =
			    (float)(level * sin(2.0 * M_PI * hz * f / RIG_RATE) * (1.0 - (double)f / LENGTH));
	}
	kit_finish(k);
	return k;
}

/* Two corners, 100 and 150 Hz, and a morph for one instrument half way, 1200 Hz to be told from them. */
static kit_set *
corners_and_morph(int instrument)
{
	static const float middle[KIT_CORNERS] = {0.5f, 0.5f};
	kit_set *set = calloc(1, sizeof *set);
	set->corner[set->n_corners++] = tones(100.0, 0.25);
	set->corner[set->n_corners++] = tones(150.0, 0.25);
	kit_set_put_morph(set, instrument, tones(1200.0, 0.05), middle);
	return set;
}

static void
sets_share_their_kits(void **state)
{
	(void)state;
	kit_set *a = corners_and_morph(INST_BD), *b = kit_set_copy(a);
	assert_ptr_equal(a->corner[1], b->corner[1]);
	assert_ptr_equal(a->morph[INST_BD], b->morph[INST_BD]);
	kit_set_free(a);
	/* The copy's kits live on; a sanitizer would say otherwise. */
	assert_true(b->corner[0]->instrument[INST_SD].layers[0].sample.channel[0][100] != 0.0f);
	const float corner[KIT_CORNERS] = {1.0f};
	kit_set_put_morph(b, INST_BD, NULL, corner);
	assert_null(b->morph[INST_BD]);
	kit_set_free(b);
}

static void
nearness_falls_smoothly(void **state)
{
	(void)state;
	float place[KIT_CORNERS], weight[KIT_CORNERS], last = 1.0f;
	kit_set_weights(4, 0.3f, 0.6f, place);
	assert_true(kit_set_nearness(place, place) == 1.0f);
	for (int step = 1; step <= 400; step++) {
		kit_set_weights(4, 0.3f + (float)step * 0.001f, 0.6f, weight);
		const float near = kit_set_nearness(place, weight);
		assert_true(near <= last && last - near < 0.02f);
		last = near;
	}
	assert_true(last == 0.0f);
}

static void
an_instrument_may_have_a_place_of_its_own(void **state)
{
	(void)state;
	static params p;
	float weight[KIT_CORNERS];
	params_reset(&p);
	params_set(&p, PARAM_KIT_X, 1.0f, 0);
	params_set(&p, param_slot(PARAM_INST_KIT_Y, INST_CH), 1.0f, 0);
	kit_set_wanted(&p, 4, INST_CH, weight);
	assert_true(weight[1] == 1.0f);
	params_set(&p, param_slot(PARAM_KIT_OWN, INST_CH), 1.0f, 0);
	kit_set_wanted(&p, 4, INST_CH, weight);
	assert_true(weight[2] == 1.0f);
	kit_set_wanted(&p, 4, INST_BD, weight);
	assert_true(weight[1] == 1.0f);
	assert_int_equal(param_find("CH/kit/own"), param_slot(PARAM_KIT_OWN, INST_CH));
	assert_int_equal(param_find("CH/kit/x"), param_slot(PARAM_INST_KIT_X, INST_CH));
}

static engine_rig *
rig_between(float x)
{
	engine_rig *r = rig_new(false);
	kit_set_free(engine_publish_kits(r->engine, corners_and_morph(INST_BD)));
	params_set(&r->params, PARAM_KIT_X, x, 0);
	rig_play(r, 64, NULL, 0);
	return r;
}

/* Amplitude of a frequency in one channel over the next `frames`. */
static double
hear(engine_rig *r, int instrument, double hz, int frames)
{
	double re = 0.0, im = 0.0;
	for (int at = 0; at < frames; at += 64) {
		rig_play(r, 64, NULL, 0);
		for (int f = 0; f < 64; f++) {
			const double phase = 2.0 * M_PI * hz * (at + f) / RIG_RATE;
			re += (double)r->channel[instrument][0][f] * cos(phase);
			im += (double)r->channel[instrument][0][f] * sin(phase);
		}
	}
	return 2.0 * sqrt(re * re + im * im) / frames;
}

static void
strike(engine_rig *r, int instrument)
{
	engine_command(r->engine, COMMAND_TRIGGER, instrument, 127.0f);
}

static void
a_hit_at_its_place_plays_the_morph_alone(void **state)
{
	(void)state;
	enum { TENTH = 4800 };
	engine_rig *r = rig_between(0.5f);
	strike(r, INST_BD);
	assert_true(hear(r, INST_BD, 1200.0, TENTH) > 0.03);
	assert_true(hear(r, INST_BD, 100.0, TENTH) < 0.002);
	/* The finger leaves: the corners come, the morph goes; it comes back: the other way round. */
	params_set(&r->params, PARAM_KIT_X, 0.0f, 0);
	hear(r, INST_BD, 100.0, 2 * TENTH);
	assert_true(hear(r, INST_BD, 100.0, TENTH) > 0.05);
	assert_true(hear(r, INST_BD, 1200.0, TENTH) < 0.002);
	params_set(&r->params, PARAM_KIT_X, 0.5f, 0);
	hear(r, INST_BD, 100.0, TENTH);
	assert_true(hear(r, INST_BD, 1200.0, TENTH) > 0.005);
	/* Another instrument has none: both corners sound. */
	strike(r, INST_PC);
	assert_true(hear(r, INST_PC, 100.0, TENTH) > 0.05);
	assert_true(hear(r, INST_PC, 150.0, TENTH) > 0.05);
	rig_free(r);
}

/* Whatever the finger does and however often the kits are swapped under it, no frame is further from the one
 * before than the loudest of the tones goes by itself, and the fades from one to the other. */
static void
sweeps_and_swaps_make_no_steps(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	engine_rig *r = rig_between(0.5f);
	float last = 0.0f, worst = 0.0f;
	/* 1200 Hz at 0.05, or 150 Hz at 0.25; twice the level half way, and two voices. */
	const double own = 2.0 * M_PI * fmax(1200.0 * 0.05, 150.0 * 0.25) / RIG_RATE;
	for (int period = 0; period < 6000; period++) {
		if (period % 500 == 0)
			strike(r, INST_BD);
		if (period % 40 == 0)
			params_set(&r->params, PARAM_KIT_X, rng_next_unit(&seed), 0);
		if (period % 100 == 50) {
			kit_set *next = corners_and_morph(INST_BD);
			float weight[KIT_CORNERS];
			kit_set_wanted(&r->params, 2, INST_BD, weight);
			kit_set_put_morph(next, INST_BD, kit_share(next->morph[INST_BD]), weight);
			kit_set_free(engine_publish_kits(r->engine, next));
		}
		rig_play(r, 64, NULL, 0);
		for (int f = 0; f < 64; f++) {
			worst = fmaxf(worst, fabsf(r->channel[INST_BD][0][f] - last));
			last = r->channel[INST_BD][0][f];
		}
		report got;
		while (engine_take_report(r->engine, &got))
			if (got.kind == REPORT_KITS)
				kit_set_free(got.kits);
	}
	print_message("largest step %.4f, the tones' own %.4f\n", (double)worst, own);
	assert_true((double)worst < 1.6 * own);
	rig_free(r);
}

static void
a_silent_corner_fades_the_sound(void **state)
{
	(void)state;
	engine_rig *r = rig_new(false);
	kit_set *set = calloc(1, sizeof *set);
	set->corner[set->n_corners++] = tones(100.0, 0.25);
	set->corner[set->n_corners++] = kit_new(RIG_RATE);
	kit_set_free(engine_publish_kits(r->engine, set));
	double before = 1.0;
	for (int place = 0; place <= 4; place++) {
		params_set(&r->params, PARAM_KIT_X, (float)place / 4.0f, 0);
		for (int i = 0; i < 200; i++)
			rig_play(r, 64, NULL, 0);
		strike(r, INST_BD);
		const double now = hear(r, INST_BD, 100.0, 4800);
		assert_true(now < before - 0.02 && fabs(now - 0.23 * (1.0 - place / 4.0)) < 0.03);
		before = now;
		engine_command(r->engine, COMMAND_PANIC, -1, 1.0f);
	}
	rig_free(r);
}

static void
corners_may_have_pitches_of_their_own(void **state)
{
	(void)state;
	engine_rig *r = rig_new(false);
	kit_set *set = calloc(1, sizeof *set);
	set->corner[set->n_corners++] = tones(100.0, 0.25);
	set->corner[set->n_corners++] = tones(100.0, 0.25);
	set->corner[1]->instrument[INST_BD].layers[0].pitch = 12.0f;
	kit_set_free(engine_publish_kits(r->engine, set));
	params_set(&r->params, PARAM_KIT_X, 0.5f, 0);
	rig_play(r, 64, NULL, 0);
	strike(r, INST_BD);
	assert_true(hear(r, INST_BD, 100.0, 4800) > 0.1);
	assert_true(hear(r, INST_BD, 200.0, 4800) > 0.1);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sets_share_their_kits),
	    cmocka_unit_test(nearness_falls_smoothly),
	    cmocka_unit_test(an_instrument_may_have_a_place_of_its_own),
	    cmocka_unit_test(a_hit_at_its_place_plays_the_morph_alone),
	    cmocka_unit_test(sweeps_and_swaps_make_no_steps),
	    cmocka_unit_test(a_silent_corner_fades_the_sound),
	    cmocka_unit_test(corners_may_have_pitches_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
