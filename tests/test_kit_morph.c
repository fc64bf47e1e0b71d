#include "tests/test.h"

#include "model/kit_morph.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000 };

/* A layer of a decaying tone, for some velocities. */
static void
add_tone(kit *k, int instrument, double hz, int channels, int lo, int hi)
{
	kit_layer *l;
	assert_ok(kit_add_layer(k, instrument, 12000, channels, &l, &test_error));
	l->velocity_lo = (uint8_t)lo;
	l->velocity_hi = (uint8_t)hi;
	for (int c = 0; c < channels; c++)
		for (int i = 0; i < 12000; i++)
			l->sample.channel[c][i] =
			    (float)(0.5 * sin(2.0 * M_PI * hz * i / RATE) * exp(-10.0 * i / RATE));
}

static kit_morph *
prepare(kit *const corner[], int n)
{
	kit_morph *m;
	bool done = false;
	for (int c = 0; c < n; c++)
		kit_finish(corner[c]);
	assert_ok(kit_morph_new(corner, n, &m, &test_error));
	while (!done)
		assert_ok(kit_morph_prepare(m, &done, &test_error));
	return m;
}

static void
leave(kit_morph *m, kit *const corner[], int n)
{
	kit_morph_free(m);
	for (int c = 0; c < n; c++)
		kit_free(corner[c]);
}

static kit *
render(kit_morph *m, int instrument, float a, float b, float c)
{
	const float weight[KIT_CORNERS] = {a, b, c, 0.0f};
	kit *k;
	assert_ok(kit_morph_render(m, instrument, weight, &k, &test_error));
	return k;
}

static int
crossings(const kit_sample *s)
{
	int n = 0;
	for (int i = 1; i < 9600; i++)
		n += (s->channel[0][i - 1] < 0.0f) != (s->channel[0][i] < 0.0f);
	return n;
}

/* One corner with two layers, one with three, each at its own pitch: the result changes wherever either does,
 * and each of its layers lies between what both would play there. */
static void
layers_are_matched_by_velocity(void **state)
{
	(void)state;
	kit *corner[2] = {kit_new(RATE), kit_new(RATE)};
	add_tone(corner[0], INST_BD, 100.0, 1, 1, 79);
	add_tone(corner[0], INST_BD, 200.0, 1, 80, 127);
	add_tone(corner[1], INST_BD, 100.0, 1, 1, 39);
	add_tone(corner[1], INST_BD, 200.0, 2, 40, 99);
	add_tone(corner[1], INST_BD, 400.0, 1, 100, 127);
	kit_morph *m = prepare(corner, 2);
	assert_true(kit_morph_bytes(m) > 0);
	kit *k = render(m, INST_BD, 0.5f, 0.5f, 0.0f);
	const kit_instrument *in = &k->instrument[INST_BD];
	static const struct {
		int lo, hi, channels;
		double hz;
	} wanted[] = {{1, 39, 1, 100.0}, {40, 79, 2, 141.42}, {80, 99, 2, 200.0}, {100, 127, 1, 282.84}};
	assert_int_equal(in->n_layers, 4);
	for (int l = 0; l < 4; l++) {
		const kit_layer *own = &in->layers[l];
		assert_int_equal(own->velocity_lo, wanted[l].lo);
		assert_int_equal(own->velocity_hi, wanted[l].hi);
		assert_int_equal(own->sample.channel[1] != NULL, wanted[l].channels == 2);
		assert_true(fabs(crossings(&own->sample) - wanted[l].hz * 0.4) < 3.0);
	}
	kit_free(k);
	leave(m, corner, 2);
}

static void
takes_are_as_many_as_the_corner_has_that_has_most(void **state)
{
	(void)state;
	kit *corner[2] = {kit_new(RATE), kit_new(RATE)};
	for (int t = 0; t < 3; t++)
		add_tone(corner[0], INST_CH, 300.0 + 10.0 * t, 1, 1, 127);
	add_tone(corner[1], INST_CH, 400.0, 1, 1, 127);
	corner[0]->instrument[INST_CH].selection = KIT_SELECT_ROUND_ROBIN;
	corner[0]->instrument[INST_CH].choke_group = 3;
	kit_morph *m = prepare(corner, 2);
	kit *k = render(m, INST_CH, 0.3f, 0.7f, 0.0f);
	assert_int_equal(k->instrument[INST_CH].n_layers, 3);
	assert_int_equal(k->instrument[INST_CH].selection, KIT_SELECT_ROUND_ROBIN);
	assert_int_equal(k->instrument[INST_CH].choke_group, 3);
	kit_free(k);
	leave(m, corner, 2);
}

static void
gains_pan_and_times_lie_between(void **state)
{
	(void)state;
	kit *corner[2] = {kit_new(RATE), kit_new(RATE)};
	for (int c = 0; c < 2; c++) {
		kit_instrument *in = &corner[c]->instrument[INST_SD];
		add_tone(corner[c], INST_SD, 150.0, 1, 1, 127);
		in->gain = c ? 0.8f : 0.2f;
		in->pan = c ? 0.5f : -0.5f;
		in->attack = c ? 999.0f : 9.0f;
		in->decay = 100.0f;
		in->sustain = c ? 1.0f : 0.5f;
		in->layers[0].pitch = c ? 4.0f : 0.0f;
	}
	kit_morph *m = prepare(corner, 2);
	kit *k = render(m, INST_SD, 0.5f, 0.5f, 0.0f);
	const kit_instrument *in = &k->instrument[INST_SD];
	assert_true(fabsf(in->layers[0].gain * in->gain - 0.4f) < 1e-3f);
	assert_true(fabsf(in->layers[0].pitch - 2.0f) < 1e-4f);
	assert_true(fabsf(in->pan) < 1e-5f && fabsf(in->sustain - 0.75f) < 1e-5f);
	assert_true(fabsf(in->attack - 99.0f) < 0.1f && fabsf(in->decay - 100.0f) < 0.1f);
	kit_free(k);
	leave(m, corner, 2);
}

static void
a_silent_corner_leaves_the_sound_to_the_others(void **state)
{
	(void)state;
	kit *corner[3] = {kit_new(RATE), kit_new(RATE), kit_new(RATE)};
	add_tone(corner[0], INST_PC, 100.0, 1, 1, 127);
	add_tone(corner[1], INST_PC, 200.0, 1, 1, 127);
	add_tone(corner[2], INST_BD, 60.0, 1, 1, 127);
	kit_morph *m = prepare(corner, 3);
	/* Half of the weight is nowhere: the rest is shared as it was. */
	kit *k = render(m, INST_PC, 0.25f, 0.25f, 0.5f);
	assert_true(fabs(crossings(&k->instrument[INST_PC].layers[0].sample) - 141.42 * 0.4) < 3.0);
	assert_true(fabsf(k->instrument[INST_PC].layers[0].gain - 1.0f) < 1e-3f);
	kit_free(k);
	/* One corner alone, or none, is no morph. */
	assert_null(render(m, INST_PC, 0.5f, 0.0f, 0.5f));
	assert_null(render(m, INST_PC, 0.0f, 0.0f, 1.0f));
	assert_null(render(m, INST_BD, 0.3f, 0.3f, 0.4f));
	assert_null(render(m, INST_CC, 0.3f, 0.3f, 0.4f));
	/* Written as a kit, it fades with its weight, and one corner alone is itself. */
	kit *whole = kit_new(RATE);
	const float weight[KIT_CORNERS] = {0.5f, 0.0f, 0.5f, 0.0f};
	assert_ok(kit_morph_into(m, INST_PC, weight, whole, &test_error));
	const kit_layer *l = whole->instrument[INST_PC].layers;
	assert_int_equal(whole->instrument[INST_PC].n_layers, 1);
	assert_true(fabsf(l->gain - 0.5f) < 1e-3f);
	assert_memory_equal(l->sample.channel[0], corner[0]->instrument[INST_PC].layers[0].sample.channel[0],
			    12000 * sizeof(float));
	kit_free(whole);
	leave(m, corner, 3);
}

static void
the_order_names_every_instrument_once(void **state)
{
	(void)state;
	unsigned seen = 0;
	for (int n = 0; n < INSTRUMENTS; n++)
		seen |= 1u << kit_morph_order(n);
	assert_int_equal(seen, (1u << INSTRUMENTS) - 1);
	assert_int_equal(kit_morph_order(0), INST_BD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layers_are_matched_by_velocity),
	    cmocka_unit_test(takes_are_as_many_as_the_corner_has_that_has_most),
	    cmocka_unit_test(gains_pan_and_times_lie_between),
	    cmocka_unit_test(a_silent_corner_leaves_the_sound_to_the_others),
	    cmocka_unit_test(the_order_names_every_instrument_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
