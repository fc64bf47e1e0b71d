#include "tests/test.h"

#include "model/pattern.h"
#include "tests/midibytes.h"

static midibytes m;
static pattern p;

static void
begin(int ppq)
{
	midi_head(&m, 0, 1, ppq);
	midi_track(&m);
}

static void
metre(int numerator, int power)
{
	MIDI(&m, 0, 0xff, 0x58, 4, (uint8_t)numerator, (uint8_t)power, 24, 8);
}

static dr_status
finish(void)
{
	midi_end(&m);
	return pattern_parse_midi(m.data, m.size, "x.mid", &p, &test_error);
}

static void
ticks_fall_on_steps_with_their_offsets(void **state)
{
	(void)state;
	begin(480);                  /* 120 ticks a step */
	midi_hit(&m, 0, 36, 100);    /* step 0 */
	midi_hit(&m, 59, 38, 100);   /* 59/120 behind step 0 */
	midi_hit(&m, 1, 42, 100);    /* tick 60: half a step, so step 1, half a step early */
	midi_hit(&m, 65, 46, 100);   /* tick 125: step 1, 5/120 late: the first offset of a bin of 1/24 */
	midi_hit(&m, 1794, 37, 100); /* tick 1919: step 16, 1/120 early, in the second bar */
	assert_ok(finish());
	assert_int_equal(p.n_steps, 32);
	assert_int_equal(p.bar_len, 16);
	assert_int_equal(p.step[0].hit[INST_BD].offset, 0);
	assert_int_equal(p.step[0].hit[INST_SD].offset, 32222); /* 32221.9 rounded up */
	assert_int_equal(p.step[1].hit[INST_CH].offset, -32768);
	assert_int_equal(p.step[1].hit[INST_OH].offset, 2731);
	assert_int_equal(p.step[16].hit[INST_RS].offset, -546);
	assert_int_equal(p.notes, 5);
	assert_int_equal(p.style, -1);
	assert_int_equal(p.fill, -1);
	assert_string_equal(p.path, "x.mid");
	pattern_clear(&p);
}

static void
every_offset_of_every_division_stays_in_its_bin(void **state)
{
	(void)state;
	static const int divisions[] = {1, 24, 48, 96, 120, 192, 384, 480, 960, 997, 32767};
	for (size_t d = 0; d < sizeof divisions / sizeof *divisions; d++) {
		const int ppq = divisions[d], stride = ppq > 2000 ? 37 : 1;
		for (int tick = 0; tick < ppq; tick += stride) {
			begin(ppq);
			midi_hit(&m, (uint32_t)tick, 36, 100);
			assert_ok(finish());
			/* Exactly: x + 1/2 in units of 1/(2 ppq) step. */
			const long twice = 8L * tick + ppq, step = twice / (2L * ppq),
				   rest = twice % (2L * ppq);
			const step_hit *h = &p.step[step].hit[INST_BD];
			assert_int_equal(h->velocity, 100);
			assert_int_equal((h->offset + 32768) * 24 / 65536, rest * 24 / (2L * ppq));
			pattern_clear(&p);
		}
	}
}

static void
the_loudest_then_the_earlier_hit_stays(void **state)
{
	(void)state;
	begin(480);
	midi_hit(&m, 0, 38, 50);
	midi_hit(&m, 30, 38, 90);
	midi_hit(&m, 20, 40, 90);  /* as loud, later: a third stroke */
	midi_hit(&m, 70, 36, 80);  /* tick 120 */
	midi_hit(&m, 0, 35, 99);   /* the same kick in two pitches: louder, but no roll */
	midi_hit(&m, 120, 42, 10); /* tick 240: seven strokes */
	for (int i = 0; i < 6; i++)
		midi_hit(&m, 5, 42, 10);
	assert_ok(finish());
	assert_int_equal(p.step[0].hit[INST_SD].velocity, 90);
	assert_int_equal(p.step[0].hit[INST_SD].offset, 16384);
	assert_int_equal(p.step[0].hit[INST_SD].ratchet, 3);
	assert_int_equal(p.step[1].hit[INST_BD].velocity, 99);
	assert_int_equal(p.step[1].hit[INST_BD].ratchet, 1);
	assert_int_equal(p.step[2].hit[INST_CH].ratchet, STEP_MAX_RATCHET);
	assert_int_equal(p.step[2].hit[INST_CH].offset, 0);
	assert_int_equal(p.merged, 2 + 1 + 6);
	assert_int_equal(p.notes, 12);
	assert_int_equal(p.step[3].hit[INST_SD].velocity, 0);
	assert_int_equal(p.step[3].hit[INST_SD].ratchet, 0);
	pattern_clear(&p);
}

static void
empty_bars_before_go_and_the_last_is_filled(void **state)
{
	(void)state;
	begin(4); /* a tick a step */
	midi_hit(&m, 16 * 3 + 5, 36, 100);
	midi_hit(&m, 16 * 2, 36, 100);
	midi_delta(&m, 1000);
	MIDI(&m, 0x89, 36, 0);
	assert_ok(finish());
	assert_int_equal(p.n_steps, 48);
	assert_int_equal(p.step[5].hit[INST_BD].velocity, 100);
	assert_int_equal(p.step[37].hit[INST_BD].velocity, 100);
	pattern_clear(&p);
}

static void
channel_ten_wins_and_without_it_all_play(void **state)
{
	(void)state;
	for (int drums = 0; drums < 2; drums++) {
		begin(4);
		MIDI(&m, 0, 0x90, 36, 100, 1, 0x93, 38, 100, 0, 0x93, 20, 100);
		if (drums)
			midi_hit(&m, 1, 42, 100);
		assert_ok(finish());
		assert_int_equal(p.notes, drums ? 1 : 2);
		assert_int_equal(p.ignored, drums ? 0 : 1);
		assert_int_equal(p.step[0].hit[INST_BD].velocity, drums ? 0 : 100);
		assert_int_equal(p.step[2].hit[INST_CH].velocity, drums ? 100 : 0);
		pattern_clear(&p);
	}
}

static void
metres_of_whole_sixteenths_are_read(void **state)
{
	(void)state;
	static const struct {
		int numerator, power, bar;
	} cases[] = {{4, 2, 16}, {3, 2, 12}, {7, 3, 14}, {12, 3, 24}, {5, 2, 20},
		     {2, 2, 8},  {8, 2, 32}, {2, 1, 16}, {11, 4, 11}, {3, 3, 0},
		     {9, 2, 0},  {17, 5, 0}, {7, 4, 0},  {255, 6, 0}, {18, 5, 9}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin(4);
		metre(cases[i].numerator, cases[i].power);
		metre(4, 2); /* the first one counts */
		midi_hit(&m, 0, 36, 100);
		if (cases[i].bar == 0) {
			assert_int_equal(finish(), DR_BAD_INPUT);
			assert_non_null(strstr(test_error.text, "sixteenths"));
			continue;
		}
		assert_ok(finish());
		assert_int_equal(p.bar_len, cases[i].bar);
		assert_int_equal(p.n_steps, cases[i].bar);
		assert_int_equal(p.numerator, cases[i].numerator);
		assert_int_equal(p.denominator, 1 << cases[i].power);
		pattern_clear(&p);
	}
}

static void
tempi_are_read_and_absurd_ones_are_unknown(void **state)
{
	(void)state;
	static const struct {
		uint32_t us;
		float tempo;
	} cases[] = {{500000, 120.0f}, {1, 0.0f},        {16777215, 0.0f},
		     {60000, 1000.0f}, {6000000, 10.0f}, {0, 0.0f}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin(4);
		MIDI(&m, 0, 0xff, 0x51, 3, (uint8_t)(cases[i].us >> 16), (uint8_t)(cases[i].us >> 8),
		     (uint8_t)cases[i].us);
		midi_hit(&m, 0, 36, 100);
		assert_ok(finish());
		assert_float_equal(p.tempo, cases[i].tempo, 1e-3f);
		pattern_clear(&p);
	}
}

static void
what_is_no_pattern_is_refused(void **state)
{
	(void)state;
	begin(4);
	MIDI(&m, 0, 0x90, 10, 100);
	assert_int_equal(finish(), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "no drums"));
	assert_null(p.path);
	begin(4);
	midi_hit(&m, 0, 36, 100);
	midi_hit(&m, PATTERN_MAX_STEPS, 36, 100);
	assert_int_equal(finish(), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "longer than"));
	begin(4);
	midi_hit(&m, PATTERN_MAX_STEPS, 36, 100); /* late, but short: the empty bars go */
	assert_ok(finish());
	assert_int_equal(p.n_steps, 16);
	pattern_clear(&p);
	assert_int_equal(pattern_read_midi("/nonexistent/x.mid", &p, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "/nonexistent/x.mid"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ticks_fall_on_steps_with_their_offsets),
	    cmocka_unit_test(every_offset_of_every_division_stays_in_its_bin),
	    cmocka_unit_test(the_loudest_then_the_earlier_hit_stays),
	    cmocka_unit_test(empty_bars_before_go_and_the_last_is_filled),
	    cmocka_unit_test(channel_ten_wins_and_without_it_all_play),
	    cmocka_unit_test(metres_of_whole_sixteenths_are_read),
	    cmocka_unit_test(tempi_are_read_and_absurd_ones_are_unknown),
	    cmocka_unit_test(what_is_no_pattern_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
