#include "tests/test.h"

#include "model/kit_shape.h"

#include <math.h>
#include <stdlib.h>

enum { RATE = 48000 };

static audiofile_sound
ones(uint32_t frames, int channels)
{
	audiofile_sound s = {.data = malloc((size_t)frames * (size_t)channels * sizeof(float)),
			     .frames = frames,
			     .channels = channels,
			     .rate = RATE};
	assert_non_null(s.data);
	for (size_t i = 0; i < (size_t)frames * (size_t)channels; i++)
		s.data[i] = 1.0f;
	return s;
}

static void
trimming_keeps_what_is_asked_for(void **state)
{
	(void)state;
	audiofile_sound s = ones(100, 2);
	s.data[20] = 5.0f;
	assert_ok(shape_trim(&s, 10, 50, &test_error));
	assert_int_equal(s.frames, 40);
	assert_true(s.data[0] == 5.0f);
	assert_ok(shape_trim(&s, 0, 4000, &test_error));
	assert_int_equal(s.frames, 40);
	assert_int_equal(shape_trim(&s, 40, 0, &test_error), DR_BAD_INPUT);
	assert_int_equal(shape_trim(&s, 30, 20, &test_error), DR_BAD_INPUT);
	free(s.data);
}

static void
an_envelope_rises_holds_and_falls(void **state)
{
	(void)state;
	audiofile_sound s = ones(RATE, 1);
	shape_envelope(&s,
		       &(kit_desc_envelope){.attack = 0.1f, .hold = 0.1f, .decay = 0.2f, .sustain = 0.25f});
	assert_true(s.data[0] < 0.001f && fabsf(s.data[2400] - 0.5f) < 0.001f);
	assert_true(s.data[4801] == 1.0f && s.data[9599] == 1.0f);
	assert_true(fabsf(s.data[9600 + 9600] - 0.25f) < 0.01f && s.data[RATE - 1] >= 0.25f);
	assert_int_equal(s.frames, RATE);
	free(s.data);
	s = ones(RATE, 1);
	shape_envelope(&s, &(kit_desc_envelope){.decay = 0.1f, .sustain = 0.0f});
	assert_in_range(s.frames, 4800, 9600); /* what is silent is cut off */
	free(s.data);
	s = ones(100, 1);
	shape_envelope(&s, &(kit_desc_envelope){.sustain = 0.0f}); /* no decay is no envelope */
	assert_true(s.frames == 100 && s.data[99] == 1.0f);
	free(s.data);
}

static void
panning_keeps_the_power(void **state)
{
	(void)state;
	static const float pans[] = {-1.0f, -0.3f, 0.0f, 0.7f, 1.0f};
	for (size_t i = 0; i < sizeof pans / sizeof *pans; i++) {
		audiofile_sound s = ones(10, 1);
		assert_ok(shape_pan(&s, pans[i], &test_error));
		assert_int_equal(s.channels, 2);
		assert_true(fabsf(s.data[0] * s.data[0] + s.data[1] * s.data[1] - 2.0f) < 1e-5f);
		assert_true(pans[i] < 0.0f ? s.data[0] > s.data[1] : s.data[0] <= s.data[1] + 1e-6f);
		free(s.data);
	}
}

static void
mixing_widens_and_lengthens(void **state)
{
	(void)state;
	audiofile_sound a = ones(10, 1), b = ones(20, 2);
	assert_ok(shape_mix(&a, &b, 0.5f, &test_error));
	assert_true(a.frames == 20 && a.channels == 2);
	assert_true(a.data[0] == 1.5f && a.data[1] == 1.5f && a.data[39] == 0.5f);
	assert_ok(shape_mix(&b, &a, 1.0f, &test_error));
	assert_true(b.data[0] == 2.5f);
	audiofile_sound mono = ones(5, 1);
	assert_ok(shape_mix(&b, &mono, 1.0f, &test_error));
	assert_true(b.data[1] == 3.5f && b.data[11] == 2.5f && b.data[39] == 1.5f);
	free(a.data);
	free(b.data);
	free(mono.data);
}

/* Whatever the settings and the rate: finite, and a constant comes through. */
static void
the_filter_is_stable(void **state)
{
	(void)state;
	static const uint32_t rates[] = {8000, 44100, 48000, 192000};
	for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
		for (int cut = 0; cut <= 20; cut++)
			for (int resonance = 0; resonance <= 20; resonance++) {
				audiofile_sound s = ones(20000, 1);
				s.rate = rates[r];
				shape_filter(&s, (float)cut / 20.0f, (float)resonance / 20.0f);
				for (uint32_t i = 0; i < s.frames; i++)
					if (!(fabsf(s.data[i]) <= 60.0f))
						fail_msg("rate %u cutoff %d/20 resonance %d/20: %g", rates[r],
							 cut, resonance, (double)s.data[i]);
				if (cut >= 4 && resonance <= 10)
					assert_true(fabsf(s.data[19999] - 1.0f) < 1e-3f);
				free(s.data);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trimming_keeps_what_is_asked_for),
	    cmocka_unit_test(an_envelope_rises_holds_and_falls),
	    cmocka_unit_test(panning_keeps_the_power),
	    cmocka_unit_test(mixing_widens_and_lengthens),
	    cmocka_unit_test(the_filter_is_stable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
