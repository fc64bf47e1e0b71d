#include "tests/test.h"

#include "rt/kit.h"

#include <math.h>
#include <string.h>

static void
an_empty_kit_is_silent(void **state)
{
	(void)state;
	kit *k = kit_new(48000);
	assert_non_null(k);
	kit_finish(k);
	assert_int_equal(k->bytes, 0);
	for (int i = 0; i < INSTRUMENTS; i++) {
		assert_null(k->instrument[i].layers);
		assert_int_equal(k->instrument[i].choke_group, -1);
		assert_true(k->instrument[i].gain == 1.0f && k->instrument[i].sustain == 1.0f);
		assert_string_equal(k->instrument[i].name, instrument_name(i));
	}
	kit_free(k);
	kit_free(NULL);
}

static void
layers_are_guarded_measured_and_sorted(void **state)
{
	(void)state;
	kit *k = kit_new(48000);
	kit_layer *l;
	assert_ok(kit_add_layer(k, INST_SD, 9600, 1, &l, &test_error));
	l->velocity_lo = 64;
	for (uint32_t i = 480; i < 9600; i++)
		l->sample.channel[0][i] = 0.5f;
	assert_null(l->sample.channel[1]);
	assert_ok(kit_add_layer(k, INST_SD, 100, 2, &l, &test_error));
	l->velocity_hi = 63;
	l->sample.channel[1][7] = -0.25f;
	for (int g = 0; g < KIT_GUARD; g++)
		assert_true(l->sample.channel[0][100 + g] == 0.0f && l->sample.channel[1][100 + g] == 0.0f);
	kit_finish(k);
	const kit_instrument *in = &k->instrument[INST_SD];
	assert_int_equal(in->n_layers, 2);
	assert_int_equal(in->layers[0].velocity_lo, 1);
	assert_int_equal(in->layers[0].sample.onset, 7);
	assert_int_equal(in->layers[1].velocity_lo, 64);
	assert_int_equal(in->layers[1].sample.onset, 480);
	assert_true(fabsf(in->layers[1].sample.loudness - 0.5f) < 1e-3f);
	assert_int_equal(k->bytes, (9600 + KIT_GUARD + 2 * (100 + KIT_GUARD)) * sizeof(float));
	kit_free(k);
}

static void
layers_of_one_velocity_keep_their_order(void **state)
{
	(void)state;
	kit *k = kit_new(44100);
	for (int i = 0; i < 6; i++) {
		kit_layer *l;
		assert_ok(kit_add_layer(k, INST_CH, 10, 1, &l, &test_error));
		l->velocity_lo = i % 2 ? 1 : 60;
		l->pitch = (float)i;
	}
	kit_finish(k);
	static const float order[] = {1, 3, 5, 0, 2, 4};
	for (int i = 0; i < 6; i++)
		assert_true(k->instrument[INST_CH].layers[i].pitch == order[i]);
	kit_free(k);
}

static void
what_cannot_be_is_refused(void **state)
{
	(void)state;
	kit *k = kit_new(48000);
	kit_layer *l;
	assert_int_equal(kit_add_layer(k, INST_BD, 0, 1, &l, NULL), DR_BAD_INPUT);
	for (int i = 0; i < KIT_MAX_LAYERS; i++)
		assert_ok(kit_add_layer(k, INST_BD, 1, 1, &l, &test_error));
	assert_int_equal(kit_add_layer(k, INST_BD, 1, 1, &l, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "BD"));
	kit_free(k);
}

/* One sample of a float file that is no number would ring in delay and reverb for ever. */
static void
what_is_no_number_is_silence(void **state)
{
	(void)state;
	kit *k = kit_new(48000);
	kit_layer *l;
	assert_ok(kit_add_layer(k, INST_SD, 1000, 2, &l, &test_error));
	for (int f = 0; f < 1000; f++)
		l->sample.channel[0][f] = l->sample.channel[1][f] = f < 500 ? 0.5f : 0.0f;
	l->sample.channel[0][3] = NAN;
	l->sample.channel[1][4] = INFINITY;
	l->sample.channel[1][5] = -INFINITY;
	l->sample.channel[0][6] = 1e30f;
	kit_finish(k);
	l = &k->instrument[INST_SD].layers[0];
	for (int c = 0; c < 2; c++)
		for (int f = 0; f < 1000; f++)
			assert_true(fabsf(l->sample.channel[c][f]) <= 0.5f);
	assert_true(l->sample.channel[0][3] == 0.0f && l->sample.channel[1][4] == 0.0f &&
		    l->sample.channel[1][5] == 0.0f && l->sample.channel[0][6] == 0.0f);
	assert_int_equal(l->sample.onset, 0);
	assert_true(l->sample.loudness > 0.1f && l->sample.loudness < 0.5f);
	kit_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_kit_is_silent),
	    cmocka_unit_test(layers_are_guarded_measured_and_sorted),
	    cmocka_unit_test(layers_of_one_velocity_keep_their_order),
	    cmocka_unit_test(what_cannot_be_is_refused),
	    cmocka_unit_test(what_is_no_number_is_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
