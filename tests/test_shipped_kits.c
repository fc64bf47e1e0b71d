#include "tests/test.h"

#include "model/kitfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kits[] = {"basalt", "larch", "moraine", "slag"};

static void
complain(void *user, const char *line)
{
	(void)user;
	fail_msg("%s", line);
}

static kit *
load(const char *name, uint32_t rate)
{
	char path[4096];
	kit *k;
	snprintf(path, sizeof path, "%s/kits/%s", DRUMLIN_SOURCE_DATADIR, name);
	assert_ok(kit_load(path, rate, complain, NULL, &k, &test_error));
	return k;
}

static double
decibels(double x)
{
	return 20.0 * log10(fmax(x, 1e-10));
}

static float
peak_of(const kit_sample *s)
{
	float peak = 0.0f;
	for (int c = 0; c < 2 && s->channel[c]; c++)
		for (uint32_t i = 0; i < s->frames; i++)
			peak = fmaxf(peak, fabsf(s->channel[c][i]));
	return peak;
}

static void
check_sample(const char *name, const kit_sample *s, uint32_t rate)
{
	const double peak = decibels((double)peak_of(s));
	if (peak > -1.0 || peak < -26.0)
		fail_msg("%s: peak %.2f dBFS", name, peak);
	if (s->onset > rate / 500)
		fail_msg("%s: onset at frame %u", name, s->onset);
	for (int c = 0; c < 2 && s->channel[c]; c++) {
		const float *x = s->channel[c];
		double sum = 0.0;
		for (uint32_t i = 0; i < s->frames; i++)
			sum += (double)x[i];
		if (decibels(fabs(sum) / s->frames) > -60.0)
			fail_msg("%s: DC %.1f dBFS", name, decibels(fabs(sum) / s->frames));
		if (decibels(fabs((double)x[0])) > -60.0)
			fail_msg("%s: begins at %.1f dBFS", name, decibels(fabs((double)x[0])));
		for (uint32_t i = s->frames - rate / 2000; i < s->frames; i++)
			if (decibels(fabs((double)x[i])) > -90.0)
				fail_msg("%s: ends at %.1f dBFS", name, decibels(fabs((double)x[i])));
	}
}

static void
every_sample_is_clean(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof kits / sizeof *kits; n++) {
		kit *k = load(kits[n], 48000);
		assert_string_equal(k->name, kits[n]);
		assert_true(k->bytes < 12 << 20);
		for (int i = 0; i < INSTRUMENTS; i++) {
			const kit_instrument *in = &k->instrument[i];
			assert_true(in->n_layers >= 2);
			for (uint32_t l = 0; l < in->n_layers; l++) {
				char name[80];
				snprintf(name, sizeof name, "%s %s layer %u", kits[n], in->name, l);
				check_sample(name, &in->layers[l].sample, 48000);
			}
		}
		kit_free(k);
	}
}

static void
every_velocity_has_a_layer_and_hats_and_snares_alternate(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof kits / sizeof *kits; n++) {
		kit *k = load(kits[n], 48000);
		for (int i = 0; i < INSTRUMENTS; i++) {
			const kit_instrument *in = &k->instrument[i];
			const int takes = i == INST_SD || i == INST_CH || i == INST_OH ? 2 : 1;
			for (int v = 1; v <= 127; v++) {
				int answer = 0;
				for (uint32_t l = 0; l < in->n_layers; l++)
					answer +=
					    v >= in->layers[l].velocity_lo && v <= in->layers[l].velocity_hi;
				assert_true(answer >= takes);
				assert_true(answer == 1 || in->selection == KIT_SELECT_ROUND_ROBIN);
			}
		}
		assert_true(k->instrument[INST_CH].choke_group >= 0);
		assert_int_equal(k->instrument[INST_CH].choke_group, k->instrument[INST_OH].choke_group);
		assert_int_equal(k->instrument[INST_BD].choke_group, -1);
		kit_free(k);
	}
}

/* The hardest layer's level, as the loader measures it for matching corners. */
static double
hardest(const kit *k, int i)
{
	const kit_instrument *in = &k->instrument[i];
	return decibels((double)in->layers[in->n_layers - 1].sample.loudness);
}

static void
kits_are_balanced_with_the_kick_in_front(void **state)
{
	(void)state;
	enum { KITS = sizeof kits / sizeof *kits };
	kit *all[KITS];
	for (int n = 0; n < KITS; n++)
		all[n] = load(kits[n], 48000);
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int n = 0; n < KITS; n++) {
			for (int m = 0; m < n; m++)
				if (fabs(hardest(all[m], i) - hardest(all[n], i)) > 4.0)
					fail_msg("%s: %s %.1f and %s %.1f dB", instrument_name(i), kits[m],
						 hardest(all[m], i), kits[n], hardest(all[n], i));
			const kit_instrument *bd = &all[n]->instrument[INST_BD], *in = &all[n]->instrument[i];
			for (uint32_t l = 0; i != INST_BD && l < in->n_layers; l++)
				assert_true(peak_of(&in->layers[l].sample) <
					    peak_of(&bd->layers[bd->n_layers - 1].sample));
		}
	for (int n = 0; n < KITS; n++)
		kit_free(all[n]);
}

static void
they_load_at_other_rates(void **state)
{
	(void)state;
	static const uint32_t rates[] = {44100, 96000};
	for (size_t n = 0; n < sizeof kits / sizeof *kits; n++) {
		kit *native = load(kits[n], 48000);
		for (size_t r = 0; r < 2; r++) {
			kit *k = load(kits[n], rates[r]);
			assert_int_equal(k->rate, rates[r]);
			for (int i = 0; i < INSTRUMENTS; i++) {
				const kit_sample *a = &native->instrument[i].layers[0].sample;
				const kit_sample *b = &k->instrument[i].layers[0].sample;
				assert_true(fabs((double)b->frames / rates[r] - (double)a->frames / 48000) <
					    1e-4);
				assert_true(fabs(decibels((double)b->loudness / (double)a->loudness)) < 0.5);
				assert_true(peak_of(b) < 1.0f);
			}
			kit_free(k);
		}
		kit_free(native);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_sample_is_clean),
	    cmocka_unit_test(every_velocity_has_a_layer_and_hats_and_snares_alternate),
	    cmocka_unit_test(kits_are_balanced_with_the_kick_in_front),
	    cmocka_unit_test(they_load_at_other_rates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
