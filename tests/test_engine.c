#include "tests/engine_rig.h"

#include "rt/fpmode.h"

static void
hits_sound_on_their_frames(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	for (int64_t s = 0; s < 64; s++)
		rig_plan(r, s, s % 4 == 0 ? 1u << INST_BD : 1u << INST_CH);
	params_set(&r->params, PARAM_TEMPO, 120.0f, 0);
	rig_play(r, 64, NULL, 0);
	assert_true(engine_command(r->engine, COMMAND_PLAY, -1, 1.0f));
	for (int64_t at = 0; at < 6000 * 40; at += 64) {
		rig_play(r, 64, NULL, 0);
		const int64_t step = (at + 6000 - 1) / 6000; /* first step at or after this period */
		const int64_t due = step * 6000 - at;
		const int onset = rig_onset(r, INST_BD);
		if (due >= 0 && due < 64 && step % 4 == 0)
			assert_int_equal(onset, due);
	}
	engine_status s;
	engine_get_status(r->engine, &s);
	assert_int_equal(s.underruns, 0);
	assert_true(s.rolling && s.next_step >= 40);
	rig_free(r);
}

static void
a_pad_sounds_on_the_frame_of_its_event(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	rig_play(r, 64, NULL, 0);
	const engine_midi pad[] = {{37, 3, {0x99, 38, 127}}};
	rig_play(r, 64, pad, 1);
	assert_int_equal(rig_onset(r, INST_SD), 37);
	report got;
	bool reported = false;
	while (engine_take_report(r->engine, &got))
		reported |=
		    got.kind == REPORT_HIT && got.instrument == INST_SD && got.by_hand && got.velocity == 127;
	assert_true(reported);
	rig_free(r);
}

/* Hits asked for at times to come, in any order and through periods of several lengths: each on its frame, to
 * the sample; what has passed, at once. */
static void
a_timed_pad_sounds_on_its_frame(void **state)
{
	(void)state;
	static const uint32_t periods[] = {64, 1024, 333, 1, 4096};
	for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
		engine_rig *r = rig_new(true);
		const uint64_t frame[] = {9001, 100, 23456, 1, 5000};
		bool heard[5] = {false};
		rig_play(r, 64, NULL, 0);
		for (int i = 0; i < 5; i++)
			assert_true(
			    engine_command_at(r->engine, COMMAND_TRIGGER, INST_BD + i, 127.0f,
					      RIG_BEGAN_US + (r->played + frame[i]) * 1000000u / RIG_RATE));
		for (uint64_t at = 0; at < 30000; at += periods[p]) {
			rig_play(r, periods[p], NULL, 0);
			for (int i = 0; i < 5; i++)
				if (!heard[i] && rig_onset(r, INST_BD + i) >= 0) {
					assert_int_equal(at + (uint64_t)rig_onset(r, INST_BD + i), frame[i]);
					heard[i] = true;
				}
		}
		for (int i = 0; i < 5; i++)
			assert_true(heard[i]);
		assert_true(engine_command_at(r->engine, COMMAND_TRIGGER, INST_PC, 127.0f, 1));
		rig_play(r, 64, NULL, 0);
		assert_int_equal(rig_onset(r, INST_PC), 0);
		rig_free(r);
	}
}

static void
timed_settings_and_the_transport_wait_for_their_time(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	engine_status s;
	rig_plan(r, 0, 1u << INST_BD);
	rig_play(r, 64, NULL, 0);
	const uint64_t now = RIG_BEGAN_US + r->played * 1000000u / RIG_RATE;
	assert_false(engine_set_at(r->engine, PARAM_VOLUME, NAN, 0, now));
	assert_true(engine_set_at(r->engine, PARAM_VOLUME, 0.25f, PARAM_SOURCE_SCREEN, now + 2000));
	assert_true(engine_command_at(r->engine, COMMAND_PLAY, -1, 1.0f, now + 3000));
	rig_play(r, 64, NULL, 0);
	assert_true(params_get(&r->params, PARAM_VOLUME) == 0.7f);
	rig_play(r, 64, NULL, 0);
	assert_true(params_get(&r->params, PARAM_VOLUME) == 0.25f);
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_true(s.rolling);
	assert_int_equal(rig_onset(r, INST_BD), 144 - 128);
	rig_free(r);
}

/* More than can wait is obeyed at once and counted; panic forgets what waits. */
static void
too_many_timed_messages_are_hurried(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	engine_status s;
	rig_play(r, 64, NULL, 0);
	const uint64_t later = RIG_BEGAN_US + r->played * 1000000u / RIG_RATE + 10000;
	for (int i = 0; i < ENGINE_TIMED + 3; i++)
		assert_true(engine_command_at(r->engine, COMMAND_TRIGGER,
					      i < ENGINE_TIMED ? INST_BD : INST_SD, 127.0f, later));
	for (int i = 0; i <= ENGINE_TIMED / 64; i++) /* a period takes as many as it has frames */
		rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_int_equal(s.hurried, 3);
	assert_int_equal(rig_onset(r, INST_SD), 0);
	assert_int_equal(rig_onset(r, INST_BD), -1);
	assert_true(engine_command(r->engine, COMMAND_PANIC, -1, 1.0f));
	for (int i = 0; i < 20; i++) {
		rig_play(r, 64, NULL, 0);
		assert_int_equal(rig_onset(r, INST_BD), -1);
	}
	rig_free(r);
}

static void
a_level_moves_within_its_period(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	rig_play(r, 64, NULL, 0);
	const engine_midi pad[] = {{0, 3, {0x99, 36, 127}}}, fader[] = {{0, 3, {0xb0, 0, 0}}};
	const engine_midi met[] = {{0, 3, {0xb0, 0, 89}}}; /* where the level is: it takes over */
	rig_play(r, 64, pad, 1);
	rig_play(r, 64, met, 1);
	const float before = fabsf(r->channel[INST_BD][0][63]);
	rig_play(r, 64, fader, 1);
	/* The burst itself falls by a quarter in a period; the fader adds its own. */
	assert_true(fabsf(r->channel[INST_BD][0][63]) < 0.7f * before);
	for (int i = 0; i < 75; i++)
		rig_play(r, 64, NULL, 0);
	rig_play(r, 64, pad, 1);
	assert_int_equal(rig_onset(r, INST_BD), -1);
	rig_free(r);
}

static void
a_pad_among_moving_faders_is_exact(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	engine_midi m[65];
	rig_play(r, 64, NULL, 0);
	for (uint32_t i = 0; i < 65; i++)
		m[i] = i == 38 ? (engine_midi){37, 3, {0x99, 38, 127}}
			       : (engine_midi){i < 38 ? i : i - 1, 3, {0xb0, 0, (uint8_t)(i % 128)}};
	rig_play(r, 64, m, 65);
	assert_int_equal(rig_onset(r, INST_SD), 37);
	rig_free(r);
}

static void
a_flood_of_pads_is_gathered(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	static const uint8_t note[INSTRUMENTS] = {36, 38, 39, 37, 42, 46, 41, 47, 50, 49, 51, 56};
	engine_midi m[200];
	engine_status s;
	rig_play(r, 64, NULL, 0);
	/* The first few act where they arrive, the others together at the middle and the end. */
	for (uint32_t i = 0; i < 12; i++)
		m[i] = (engine_midi){3 + 5 * i, 3, {0x99, note[i], 127}};
	rig_play(r, 64, m, 12);
	static const int onset[INSTRUMENTS] = {3, 8, 13, 18, 23, 32, 64, 64, 64, 64, 64, 64};
	for (int i = 0; i < INSTRUMENTS && onset[i] < 64; i++)
		assert_int_equal(rig_onset(r, i), onset[i]);
	for (int i = 0; i < INSTRUMENTS; i++)
		if (onset[i] == 64)
			assert_int_equal(rig_onset(r, i), -1);
	rig_play(r, 64, NULL, 0);
	for (int i = 0; i < INSTRUMENTS; i++)
		if (onset[i] == 64)
			assert_int_equal(rig_onset(r, i), 0);
	/* A period plays no more of them than it has frames. */
	for (uint32_t i = 0; i < 200; i++)
		m[i] = (engine_midi){i * 64 / 200, 3, {0x99, 36, 127}};
	rig_play(r, 64, m, 200);
	engine_get_status(r->engine, &s);
	assert_int_equal(s.unheard, 200 - 64);
	rig_free(r);
}

static void
stop_keeps_the_place_and_play_starts_at_the_top(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	engine_status s;
	for (int64_t n = 0; n < 200; n++)
		rig_plan(r, n, 1u << (n % INSTRUMENTS));
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	for (int i = 0; i < 500; i++)
		rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	const double place = s.position;
	assert_true(s.rolling && place > 4.0);
	engine_command(r->engine, COMMAND_STOP, -1, 1.0f);
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_true(!s.rolling && s.next_step == 0);
	engine_command(r->engine, COMMAND_CONTINUE, -1, 1.0f);
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_false(s.rolling); /* it waits for the plan of that place */
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_true(s.rolling && s.position > place && s.position < place + 0.1);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	rig_play(r, 64, NULL, 0);
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_true(s.rolling && s.position < 0.1);
	engine_command(r->engine, COMMAND_STOP, -1, 1.0f);
	rig_play(r, 64, NULL, 0);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_true(s.rolling && s.position > 0.0); /* the top is cued: it starts at once */
	engine_command(r->engine, COMMAND_TOGGLE_PLAY, -1, 1.0f);
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_false(s.rolling);
	rig_free(r);
}

static void
a_tempo_change_keeps_the_place(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	for (int64_t n = 0; n < 64; n++)
		rig_plan(r, n, 1u << INST_BD);
	params_set(&r->params, PARAM_TEMPO, 120.0f, 0);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	for (int i = 0; i < 50; i++) /* 3200 frames of step 0 */
		rig_play(r, 64, NULL, 0);
	params_set(&r->params, PARAM_TEMPO, 240.0f, 0);
	int onset = -1;
	uint64_t at = r->played;
	for (int i = 0; i < 100 && onset < 0; i++) {
		at = r->played;
		rig_play(r, 64, NULL, 0);
		for (uint32_t f = 1; f < 64 && onset < 0; f++)
			if (fabsf(r->channel[INST_BD][0][f]) > 0.2f &&
			    fabsf(r->channel[INST_BD][0][f - 1]) < 0.1f)
				onset = (int)f;
	}
	/* 2800 of 6000 frames were left; at twice the tempo they are 1400. */
	assert_int_equal(at + (uint64_t)onset, 3200 + 1400);
	rig_free(r);
}

static void
kits_swap_and_come_back(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	const engine_midi pad[] = {{0, 3, {0x99, 36, 127}}};
	int retired = 0;
	for (int i = 0; i < 100; i++) {
		kit_set *next = rig_kits(1 + i % 4);
		kit_set_free(engine_publish_kits(r->engine, next));
		rig_play(r, 64, pad, 1);
		assert_true(rig_onset(r, INST_BD) >= 0);
		report got;
		while (engine_take_report(r->engine, &got))
			if (got.kind == REPORT_KITS) {
				kit_set_free(got.kits);
				retired++;
			}
	}
	for (int i = 0; i < 200; i++)
		rig_play(r, 64, NULL, 0);
	report got;
	while (engine_take_report(r->engine, &got))
		if (got.kind == REPORT_KITS) {
			kit_set_free(got.kits);
			retired++;
		}
	/* A set that waits for a free slot may be overtaken by the next one; what was taken up comes back. */
	assert_in_range(retired, 10, 100);
	rig_free(r);
}

static void
notes_go_out_and_end(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	int on = 0, off = 0;
	for (int64_t n = 0; n < 64; n++)
		rig_plan(r, n, n % 2 ? 0u : 1u << INST_SD | 1u << INST_OH);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	for (int i = 0; i < 2000; i++) {
		rig_play(r, 64, NULL, 0);
		uint32_t last = 0;
		for (uint32_t m = 0; m < r->io.n_midi_out; m++) {
			const engine_midi *e = &r->midi_out[m];
			assert_true(e->frame >= last && e->frame < 64);
			last = e->frame;
			on += e->data[0] == 0x99;
			off += e->data[0] == 0x89;
			if (e->data[0] == 0x99 && e->data[1] == 38)
				assert_int_equal(rig_onset(r, INST_SD), e->frame);
		}
	}
	assert_true(on >= 22 && on - off <= 2 && on >= off);
	rig_free(r);
}

static void
transport_is_followed_and_asked(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	engine_status s;
	report got;
	for (int64_t n = 0; n < 200; n++)
		rig_plan(r, n, 1u << INST_BD);
	params_set(&r->params, PARAM_TEMPO, 120.0f, 0);
	params_set(&r->params, PARAM_SYNC, SYNC_JACK, 0);
	r->io.transport = (transport_view){.present = true, .rolling = true, .frame = 6000 * 8 - 32};
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_true(s.rolling && fabs(s.position - (8.0 + 32.0 / 6000.0)) < 1e-6);
	assert_int_equal(rig_onset(r, INST_BD), 32);
	r->io.transport.rolling = false;
	r->io.transport.frame += 64;
	rig_play(r, 64, NULL, 0);
	engine_get_status(r->engine, &s);
	assert_false(s.rolling);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	rig_play(r, 64, NULL, 0);
	bool asked = false;
	while (engine_take_report(r->engine, &got))
		asked |= got.kind == REPORT_TRANSPORT && got.command == COMMAND_PLAY;
	assert_true(asked);
	rig_free(r);
}

static void
as_master_the_bbt_is_the_engines_own(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	transport_bbt b;
	for (int64_t n = 0; n < 256; n++)
		rig_plan(r, n, 1u);
	params_set(&r->params, PARAM_SYNC, SYNC_MASTER, 0);
	uint64_t frame = 0;
	for (int i = 0; i < 3000; i++) {
		/* The tempo is turned all the while. */
		params_set(&r->params, PARAM_TEMPO, 100.0f + 50.0f * sinf((float)i * 0.01f), 0);
		r->io.transport = (transport_view){.present = true, .rolling = true, .frame = frame};
		rig_play(r, 64, NULL, 0);
		frame += 64;
		engine_bbt(r->engine, frame, &b);
		engine_status s;
		engine_get_status(r->engine, &s);
		/* Whole ticks, said to be some frames old. */
		const double steps = (b.bar - 1) * 16.0 + (b.beat - 1) * 4.0 + b.tick / 480.0 +
				     b.offset * s.tempo / (15.0 * RIG_RATE);
		assert_true(b.tick >= 0.0 && b.tick - floor(b.tick) < s.tempo * 480.0 / (15.0 * RIG_RATE));
		assert_true(fabs(steps - s.position) < 1e-9);
		assert_true(b.beat >= 1 && b.beat <= 4 && b.tick >= 0.0 && b.tick < 1920.0 && b.bar >= 1);
		assert_true(fabs(b.bpm - s.tempo) < 1e-9);
	}
	rig_free(r);
}

static void
taps_make_a_tempo(void **state)
{
	(void)state;
	engine_rig *r = rig_new(false);
	for (int tap = 0; tap < 5; tap++) {
		engine_command(r->engine, COMMAND_TAP, -1, 1.0f);
		for (int i = 0; i < 375; i++) /* 24000 frames: half a second */
			rig_play(r, 64, NULL, 0);
	}
	assert_true(fabsf(params_get(&r->params, PARAM_TEMPO) - 120.0f) < 0.01f);
	rig_free(r);
}

static void
a_bouncing_tap_button_does_not_change_the_tempo(void **state)
{
	(void)state;
	engine_rig *r = rig_new(false);
	for (int tap = 0; tap < 5; tap++) {
		engine_command(r->engine, COMMAND_TAP, -1, 1.0f);
		for (int i = 0; i < 375; i++) { /* half a second, and the button bounces after 27 ms */
			if (i == 20)
				engine_command(r->engine, COMMAND_TAP, -1, 1.0f);
			rig_play(r, 64, NULL, 0);
		}
	}
	assert_true(fabsf(params_get(&r->params, PARAM_TEMPO) - 120.0f) < 0.01f);
	rig_free(r);
}

static void
panic_silences(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	const engine_midi pads[] = {{0, 3, {0x99, 36, 127}}, {0, 3, {0x99, 49, 127}}};
	rig_play(r, 64, NULL, 0);
	rig_play(r, 64, pads, 2);
	engine_command(r->engine, COMMAND_PANIC, -1, 1.0f);
	/* 3 ms, and what the limiter still holds. */
	for (uint32_t f = 0; f < 144 + engine_latency(r->engine) + 64; f += 64)
		rig_play(r, 64, NULL, 0);
	for (int f = 0; f < 64; f++)
		assert_true(r->left[f] == 0.0f && r->right[f] == 0.0f);
	rig_free(r);
}

static void
any_period_and_rate_is_played(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	for (int64_t n = 0; n < 256; n++)
		rig_plan(r, n, 0xfff);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	static const uint32_t periods[] = {1, 0, 16, 63, 64, 1000, 4096, 7};
	for (int i = 0; i < 64; i++)
		rig_play(r, periods[i % 8], NULL, 0);
	engine_status s;
	engine_get_status(r->engine, &s);
	const double place = s.position;
	r->io.rate = 96000;
	engine_io io = {.frames = 64, .rate = 96000, .main = {r->left, r->right}};
	engine_process(r->engine, &io);
	engine_get_status(r->engine, &s);
	assert_true(fabs(s.position - place - 64.0 * 130.0 / 15.0 / 96000.0) < 1e-6);
	rig_free(r);
}

static void
the_hosts_floating_point_mode_comes_back(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	volatile float tiny = 1e-39f;
	const float before = tiny * 0.5f;
	rig_play(r, 64, NULL, 0);
	assert_true(before > 0.0f && tiny * 0.5f == before);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hits_sound_on_their_frames),
	    cmocka_unit_test(a_pad_sounds_on_the_frame_of_its_event),
	    cmocka_unit_test(a_timed_pad_sounds_on_its_frame),
	    cmocka_unit_test(timed_settings_and_the_transport_wait_for_their_time),
	    cmocka_unit_test(too_many_timed_messages_are_hurried),
	    cmocka_unit_test(a_level_moves_within_its_period),
	    cmocka_unit_test(a_pad_among_moving_faders_is_exact),
	    cmocka_unit_test(a_flood_of_pads_is_gathered),
	    cmocka_unit_test(stop_keeps_the_place_and_play_starts_at_the_top),
	    cmocka_unit_test(a_tempo_change_keeps_the_place),
	    cmocka_unit_test(kits_swap_and_come_back),
	    cmocka_unit_test(notes_go_out_and_end),
	    cmocka_unit_test(transport_is_followed_and_asked),
	    cmocka_unit_test(as_master_the_bbt_is_the_engines_own),
	    cmocka_unit_test(taps_make_a_tempo),
	    cmocka_unit_test(a_bouncing_tap_button_does_not_change_the_tempo),
	    cmocka_unit_test(panic_silences),
	    cmocka_unit_test(any_period_and_rate_is_played),
	    cmocka_unit_test(the_hosts_floating_point_mode_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
