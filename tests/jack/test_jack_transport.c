/* JACK's transport on a real server: started, stopped and located from both sides, another master's tempo,
 * and being the master. DRUMLIN_SECONDS lengthens the last (10 minutes in make soak-jack). */
#include "tests/test.h"

#include "tests/jack/jack_rig.h"

#include <math.h>
#include <stdlib.h>

static jack_rig rig;

static void
jack_transport_starts_stops_and_locates(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 4096);
	params_set(&rig.params, PARAM_TEMPO, 120.0f, 0);
	params_set(&rig.params, PARAM_SYNC, SYNC_JACK, 0);
	jack_rig_sleep(0.1);
	assert_false(jack_rig_status(&rig).rolling);
	jack_transport_start(rig.witness);
	assert_true(jack_rig_until(jack_rig_status(&rig).rolling));
	jack_transport_locate(rig.witness, 6000 * 100);
	assert_true(
	    jack_rig_until(jack_rig_status(&rig).position > 100.0 && jack_rig_status(&rig).position < 102.0));
	assert_true(jack_rig_until(jack_rig_status(&rig).next_step > 104));
	jack_transport_locate(rig.witness, 0);
	assert_true(jack_rig_until(jack_rig_status(&rig).position < 2.0));
	jack_transport_stop(rig.witness);
	assert_true(jack_rig_until(!jack_rig_status(&rig).rolling));
	/* And the other way round: Drumlin starts and stops the transport. */
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	assert_true(jack_rig_until(jack_transport_query(rig.witness, NULL) == JackTransportRolling));
	assert_true(jack_rig_until(jack_rig_status(&rig).rolling));
	control_command(&rig.control, COMMAND_STOP, -1, 1.0f);
	assert_true(jack_rig_until(jack_transport_query(rig.witness, NULL) == JackTransportStopped));
	jack_rig_stop(&rig);
}

/* The transport waits for the plan of the place it goes to: not one step is missing there. */
static void
a_locate_in_mid_roll_misses_no_step(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 4096);
	params_set(&rig.params, PARAM_TEMPO, 120.0f, 0);
	params_set(&rig.params, PARAM_SYNC, SYNC_JACK, 0);
	jack_transport_start(rig.witness);
	assert_true(jack_rig_until(jack_rig_status(&rig).rolling));
	for (int place = 1; place <= 20; place++) {
		const double step = place * 112;
		jack_transport_locate(rig.witness, (jack_nframes_t)(6000 * step));
		assert_true(jack_rig_until(jack_rig_status(&rig).position > step + 0.5 &&
					   jack_rig_status(&rig).position < step + 3.0));
	}
	print_message("20 places, %u underruns\n", jack_rig_status(&rig).underruns);
	assert_int_equal(jack_rig_status(&rig).underruns, 0);
	jack_rig_stop(&rig);
}

static void
another_masters_tempo_is_followed(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 4096);
	params_set(&rig.params, PARAM_SYNC, SYNC_JACK, 0);
	jack_rig_master(&rig, 140.0);
	jack_transport_start(rig.witness);
	assert_true(jack_rig_until(jack_rig_status(&rig).rolling && jack_rig_status(&rig).master_tempo));
	static const double tempi[] = {140.0, 97.5, 180.0, 60.0, 128.0};
	for (int t = 0; t < 5; t++) {
		jack_rig_master(&rig, tempi[t]);
		const int64_t asked = rig.frame;
		assert_true(jack_rig_until(fabs(jack_rig_status(&rig).tempo - tempi[t]) < 1e-6));
		/* The master publishes it for its next cycle; our poll and a busy machine add the rest (that
		 * it takes one cycle, test_transport shows). */
		print_message("%.1f bpm followed after %ld frames\n", tempi[t], (long)(rig.frame - asked));
		jack_rig_sleep(0.3);
		const double ours = jack_rig_status(&rig).position,
			     theirs = atomic_load(&rig.master_quarters) * 4.0;
		assert_true(fabs(ours - theirs) < 0.05);
	}
	jack_rig_master(&rig, 0.0);
	jack_rig_sleep(0.1);
	assert_true(jack_rig_status(&rig).rolling);
	jack_rig_stop(&rig);
}

static void
as_master_the_server_shows_our_tempo(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 4096);
	jack_position_t pos;
	params_set(&rig.params, PARAM_TEMPO, 133.0f, 0);
	params_set(&rig.params, PARAM_SYNC, SYNC_MASTER, 0);
	host_set_master(rig.host, true, false);
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	assert_true(jack_rig_until(jack_rig_status(&rig).rolling));
	assert_true(jack_rig_until(jack_transport_query(rig.witness, &pos) == JackTransportRolling &&
				   pos.valid & JackPositionBBT && fabs(pos.beats_per_minute - 133.0) < 1e-6));
	params_set(&rig.params, PARAM_TEMPO, 90.0f, 0);
	assert_true(jack_rig_until(jack_transport_query(rig.witness, &pos) == JackTransportRolling &&
				   fabs(pos.beats_per_minute - 90.0) < 1e-6));
	jack_rig_stop(&rig);
}

static host_master
mastership(void)
{
	host_status h;
	host_poll(rig.host, &h);
	return h.master;
}

/* The server does not say that another has taken over; the time that it no longer asks for does. */
static void
the_loss_of_mastership_is_noticed(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 4096);
	params_set(&rig.params, PARAM_SYNC, SYNC_MASTER, 0);
	host_set_master(rig.host, true, true);
	assert_int_equal(mastership(), HOST_MASTER);
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	assert_true(jack_rig_until(jack_rig_status(&rig).rolling));
	jack_rig_sleep(0.8);
	assert_int_equal(mastership(), HOST_MASTER);
	jack_rig_master(&rig, 150.0);
	assert_true(jack_rig_until(mastership() == HOST_MASTER_LOST));
	/* Politely asked for, it is not taken back; firmly, it is. */
	host_set_master(rig.host, true, true);
	assert_int_equal(mastership(), HOST_MASTER_REFUSED);
	host_set_master(rig.host, true, false);
	assert_int_equal(mastership(), HOST_MASTER);
	jack_rig_sleep(0.8);
	assert_int_equal(mastership(), HOST_MASTER);
	host_set_master(rig.host, false, false);
	assert_int_equal(mastership(), HOST_NO_MASTER);
	jack_rig_stop(&rig);
}

/* Tempo turned all the while: what the server publishes, where we are, and every onset stay one. */
static void
a_turned_tempo_opens_no_gap_between_bbt_and_position(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 1 << 14);
	jack_position_t pos;
	params_set(&rig.params, PARAM_SYNC, SYNC_MASTER, 0);
	host_set_master(rig.host, true, false);
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	assert_true(jack_rig_until(jack_rig_status(&rig).rolling));
	double worst = 0.0;
	const char *seconds = getenv("DRUMLIN_SECONDS");
	const int turns = seconds ? atoi(seconds) * 50 : 400;
	for (int i = 0; i < turns; i++) {
		params_set(&rig.params, PARAM_TEMPO, (float)(120.0 + 60.0 * sin(i * 0.05)), 0);
		jack_rig_sleep(0.02);
		const double before = jack_rig_status(&rig).position;
		assert_int_equal(jack_transport_query(rig.witness, &pos), JackTransportRolling);
		const double after = jack_rig_status(&rig).position;
		const double published =
		    ((pos.bar - 1) * 4.0 + (pos.beat - 1) + pos.tick / pos.ticks_per_beat) * 4.0;
		const double off = published < before  ? published - before
				   : published > after ? published - after
						       : 0.0;
		worst = fmax(worst, fabs(off));
	}
	/* The query is of the cycle under way or the one before: a period at 180 bpm is 0.016 steps. */
	print_message("%d turns: published and own position %.4f steps apart at most\n", turns, worst);
	assert_true(worst < 0.1);
	jack_rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(jack_transport_starts_stops_and_locates),
	    cmocka_unit_test(a_locate_in_mid_roll_misses_no_step),
	    cmocka_unit_test(another_masters_tempo_is_followed),
	    cmocka_unit_test(as_master_the_server_shows_our_tempo),
	    cmocka_unit_test(the_loss_of_mastership_is_noticed),
	    cmocka_unit_test(a_turned_tempo_opens_no_gap_between_bbt_and_position),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
