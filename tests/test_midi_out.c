/* Notes out: by each instrument's channel, note and length, each on its frame; and a map taken in flight. */
#include "tests/engine_rig.h"

#include "rt/rng.h"

enum { NOTES = 4096 };
typedef struct noted {
	uint64_t frame;
	uint8_t status, note, velocity;
} noted;
static noted got[NOTES];
static int n_got;

static void
play(engine_rig *r, uint32_t frames, const engine_midi *midi, uint32_t n)
{
	const uint64_t begin = r->played;
	uint32_t last = 0;
	rig_play(r, frames, midi, n);
	for (uint32_t i = 0; i < r->io.n_midi_out; i++) {
		const engine_midi *m = &r->midi_out[i];
		assert_true(m->frame < frames && m->frame >= last); /* in order, as JACK wants them */
		last = m->frame;
		if (m->data[0] < 0xf0 && n_got < NOTES)
			got[n_got++] = (noted){begin + m->frame, m->data[0], m->data[1], m->data[2]};
	}
}

static void
a_note_has_its_channel_number_and_length_to_the_frame(void **state)
{
	(void)state;
	engine_rig *r = rig_new(false);
	params *p = &r->params;
	n_got = 0;
	const engine_midi pads[] = {{17, 3, {0x99, 36, 100}}, {40, 3, {0x99, 38, 90}}};
	play(r, 64, pads, 2); /* as the table has it: channel 10, General MIDI, 40 ms; pads too */
	for (int i = 0; i < 60; i++)
		play(r, 64, NULL, 0);
	assert_int_equal(n_got, 4);
	assert_true(got[0].frame == 17 && got[0].status == 0x99 && got[0].note == 36 &&
		    got[0].velocity == 100);
	assert_true(got[1].frame == 40 && got[1].note == 38);
	assert_true(got[2].frame == 17 + 1920 && got[2].status == 0x89 && got[2].note == 36);
	assert_true(got[3].frame == 40 + 1920 && got[3].status == 0x89 && got[3].note == 38);
	/* One that ends with a period does so at the next one's first frame. */
	const engine_midi first[] = {{0, 3, {0x99, 36, 100}}};
	const uint64_t line = r->played;
	n_got = 0;
	play(r, 64, first, 1);
	for (int i = 0; i < 31; i++)
		play(r, 64, NULL, 0);
	assert_true(n_got == 2 && got[1].frame == line + 1920);
	/* Otherwise. What sounds ends as it began, though its parameters have been moved. */
	params_set(p, param_slot(PARAM_OUT_CHANNEL, INST_BD), 3.0f, 0);
	params_set(p, param_slot(PARAM_OUT_NOTE, INST_BD), 60.0f, 0);
	params_set(p, param_slot(PARAM_OUT_LENGTH, INST_BD), 10.0f, 0);
	n_got = 0;
	const uint64_t at = r->played + 17;
	play(r, 64, pads, 1);
	params_set(p, param_slot(PARAM_OUT_CHANNEL, INST_BD), 1.0f, 0);
	params_set(p, param_slot(PARAM_OUT_NOTE, INST_BD), 0.0f, 0);
	for (int i = 0; i < 20; i++)
		play(r, 64, NULL, 0);
	assert_int_equal(n_got, 2);
	assert_true(got[0].status == 0x92 && got[0].note == 60 && got[0].frame == at);
	assert_true(got[1].status == 0x82 && got[1].note == 60 && got[1].frame == at + 480);
	/* Struck again it ends first; panic ends all. */
	n_got = 0;
	params_set(p, param_slot(PARAM_OUT_LENGTH, INST_BD), 2000.0f, 0);
	play(r, 64, pads, 1);
	play(r, 64, pads, 1);
	assert_int_equal(n_got, 3);
	assert_true(got[1].status == 0x80 && got[2].status == 0x90 && got[1].frame == got[2].frame);
	engine_command(r->engine, COMMAND_PANIC, -1, 1.0f);
	play(r, 64, NULL, 0);
	assert_int_equal(n_got, 4);
	assert_true(got[3].status == 0x80 && got[3].note == 0);
	rig_free(r);
}

/* Every note that begins ends, whatever the lengths and the periods, and never a note of another. */
static void
every_note_ends(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	engine_rig *r = rig_new(false);
	n_got = 0;
	for (int i = 0; i < INSTRUMENTS; i++) {
		params_set(&r->params, param_slot(PARAM_OUT_CHANNEL, i), (float)(1 + i), 0);
		params_set(&r->params, param_slot(PARAM_OUT_NOTE, i), (float)(40 + i), 0);
		params_set(&r->params, param_slot(PARAM_OUT_LENGTH, i), 1.0f + 199.0f * rng_next_unit(&seed),
			   0);
	}
	for (int s = 0; s < 256; s++)
		rig_plan(r, s, (unsigned)rng_next(&seed) & 0xfff);
	params_set(&r->params, PARAM_CLOCK_OUT, 2.0f, 0);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	for (int i = 0; i < 700; i++)
		play(r, 1 + (uint32_t)(rng_next(&seed) % 500), NULL, 0);
	engine_command(r->engine, COMMAND_STOP, -1, 1.0f);
	for (int i = 0; i < 50; i++)
		play(r, 400, NULL, 0);
	uint64_t begun[16] = {0};
	bool on[16] = {false};
	int notes = 0;
	for (int i = 0; i < n_got; i++) {
		const int c = got[i].status & 0x0f;
		assert_int_equal(got[i].note, 40 + c);
		if ((got[i].status & 0xf0) == 0x90) {
			assert_false(on[c]);
			on[c] = true;
			begun[c] = got[i].frame;
			notes++;
			continue;
		}
		assert_true(on[c]);
		on[c] = false;
		const uint64_t length = (uint64_t)lrintf(
		    params_get(&r->params, param_slot(PARAM_OUT_LENGTH, c)) * 0.001f * RIG_RATE);
		const bool struck =
		    i + 1 < n_got && got[i + 1].status == (0x90 | c) && got[i + 1].frame == got[i].frame;
		if (got[i].frame - begun[c] != length && !struck)
			fail_msg("a note of %u frames lasted %u", (unsigned)length,
				 (unsigned)(got[i].frame - begun[c]));
	}
	for (int c = 0; c < 16; c++)
		assert_false(on[c]);
	assert_true(notes > 100 && n_got < NOTES);
	rig_free(r);
}

static void
a_map_that_is_published_comes_into_force_and_the_old_one_back(void **state)
{
	(void)state;
	engine_rig *r = rig_new(false);
	const engine_midi knob[] = {{0, 3, {0xb0, 5, 127}}};
	report got_report;
	midi_map *first = calloc(1, sizeof *first), *second = calloc(1, sizeof *second);
	const midi_binding b = {.from = MIDI_FROM_CC,
				.channel = -1,
				.number = 5,
				.target = {.to = MIDI_TO_SLOT, .which = PARAM_SWING}};
	midi_map_add(second, &b);
	assert_null(engine_publish_map(r->engine, first));
	play(r, 64, NULL, 0);
	play(r, 64, knob, 1);
	assert_true(params_get(&r->params, PARAM_SWING) == 0.0f);
	assert_null(engine_publish_map(r->engine, second));
	play(r, 64, knob, 1);
	assert_true(params_get(&r->params, PARAM_SWING) == 1.0f);
	play(r, 64, NULL, 0);
	midi_map *back = NULL;
	while (engine_take_report(r->engine, &got_report))
		if (got_report.kind == REPORT_MAP)
			back = got_report.map;
	assert_ptr_equal(back, first);
	/* One that was never taken up is the publisher's. */
	assert_null(engine_publish_map(r->engine, first));
	assert_ptr_equal(engine_publish_map(r->engine, calloc(1, sizeof *first)), first);
	free(first);
	rig_free(r);
}

/* What makes no sense is counted, wherever it stands; running status is understood. */
static void
broken_messages_are_counted(void **state)
{
	(void)state;
	engine_rig *r = rig_new(false);
	engine_status s;
	const engine_midi midi[] = {
	    {0, 2, {0x99, 36}},   {1, 3, {0x99, 36, 100}}, {2, 2, {38, 90}},      {3, 1, {0xf7}}, {4, 1, {5}},
	    {5, 3, {0xf0, 1, 2}}, {6, 3, {3, 4, 5}},       {7, 3, {0x99, 42, 9}}, {8, 0, {0}}};
	n_got = 0;
	play(r, 64, midi, sizeof midi / sizeof *midi);
	engine_get_status(r->engine, &s);
	assert_int_equal(s.midi_faults, 4);
	assert_int_equal(n_got, 3);
	assert_true(got[1].note == 38 && got[1].velocity == 90 && got[2].note == 42);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_note_has_its_channel_number_and_length_to_the_frame),
	    cmocka_unit_test(every_note_ends),
	    cmocka_unit_test(a_map_that_is_published_comes_into_force_and_the_old_one_back),
	    cmocka_unit_test(broken_messages_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
