/* OSC bundles that are meant for later. */
#include "tests/osc_rig.h"

#include "rt/host.h"

#include <time.h>

static lo_timetag
later(lo_timetag t, double seconds)
{
	const uint64_t all = ((uint64_t)t.sec << 32 | t.frac) + (uint64_t)(seconds * 4294967296.0);
	return (lo_timetag){(uint32_t)(all >> 32), (uint32_t)all};
}

static void
send_bundle(const osc_rig *r, lo_timetag when, const char *path, float value)
{
	lo_bundle b = lo_bundle_new(when);
	lo_message m = lo_message_new();
	lo_message_add_float(m, value);
	lo_bundle_add_message(b, path, m);
	assert_true(lo_send_bundle_from(r->to, r->tablet[0].from, b) > 0);
	lo_bundle_free_messages(b);
}

/* Two hits that are 12.5 ms apart by their tags are 600 frames apart in the sound; and both come when they
 * should.
 */
static void
bundles_act_at_their_time_to_the_sample(void **state)
{
	osc_rig *r = *state;
	engine_rig *p = r->play;
	enum { FRAMES = 4096 };
	lo_timetag now;
	engine_io io = {.frames = FRAMES, .rate = RIG_RATE, .main = {p->left, p->right}};
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int c = 0; c < 2; c++)
			io.instrument[i][c] = p->channel[i][c];
	rig_play(p, 64, NULL, 0);
	for (int round = 0; round < 5; round++) {
		lo_timetag_now(&now);
		const uint64_t here = host_now_us();
		send_bundle(r, later(now, 0.1625), "/drumlin/SD/trigger", 1.0f);
		send_bundle(r, later(now, 0.150), "/drumlin/BD/trigger", 1.0f);
		send_bundle(r, later(now, 0.1625), "/drumlin/volume", 0.125f + 0.01f * (float)round);
		osc_rig_ms(130);
		io.time_us = here + 150000 - 20000;
		const uint32_t hurried = (uint32_t)round;
		engine_process(p->engine, &io);
		p->io = io;
		const int kick = rig_onset(p, INST_BD), snare = rig_onset(p, INST_SD);
		assert_true(kick >= 0 && snare >= 0);
		assert_int_equal(snare - kick, 600);
		/* 20 ms after the period's start, but for what passed between the two clocks' readings here
		 */
		assert_in_range(kick, 960 - 48, 960 + 480);
		assert_true(osc_rig_becomes(r, PARAM_VOLUME, 0.125f + 0.01f * (float)hurried));
		io.time_us += 1000000;
		for (int i = 0; i < 4; i++)
			engine_process(p->engine, &io);
	}
}

static void
what_the_engine_does_not_do_waits_too(void **state)
{
	osc_rig *r = *state;
	lo_timetag now;
	osc_counts c;
	const int index = cell_index(0, INST_BD, 0);
	lo_timetag_now(&now);
	send_bundle(r, later(now, 0.3), "/drumlin/BD/step/1", 0.5f);
	send_bundle(r, later(now, 0.3), "/drumlin/BD/step/*", 0.25f);
	osc_rig_ms(220);
	assert_int_equal(params_cell(&r->play->params, index).kind, CELL_FREE);
	assert_true(osc_rig_cell_becomes(r, index, cell_hit(32)));
	/* the past and `immediately` act at once; so does what is too far ahead, but counted */
	send_bundle(r, (lo_timetag){now.sec - 100, 0}, "/drumlin/tempo", 100.0f);
	assert_true(osc_rig_becomes(r, PARAM_TEMPO, 100.0f));
	send_bundle(r, LO_TT_IMMEDIATE, "/drumlin/tempo", 101.0f);
	assert_true(osc_rig_becomes(r, PARAM_TEMPO, 101.0f));
	osc_server_get_counts(r->osc, &c);
	assert_int_equal(c.hurried, 0);
	send_bundle(r, (lo_timetag){now.sec + 100, 0}, "/drumlin/tempo", 102.0f);
	assert_true(osc_rig_becomes(r, PARAM_TEMPO, 102.0f));
	osc_server_get_counts(r->osc, &c);
	assert_int_equal(c.hurried, 1);
	/* no more wait than there is room for */
	lo_timetag_now(&now);
	for (int i = 0; i < 1100; i++)
		send_bundle(r, later(now, 5.0), "/drumlin/density", 0.25f);
	for (int i = 0; i < 2000 && c.hurried < 77; i++) {
		osc_rig_ms(1);
		osc_server_get_counts(r->osc, &c);
	}
	assert_int_equal(c.hurried, 1 + 1100 - 1024);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    osc_rig_test(bundles_act_at_their_time_to_the_sample),
	    osc_rig_test(what_the_engine_does_not_do_waits_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
