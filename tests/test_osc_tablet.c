/* What tablets ask of OSC: cells, subscriptions, questions. */
#include "tests/osc_rig.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- cells
 * -------------------------------------------------------------------------------------------------- */

static void
cells_are_set_at_paths_of_their_own(void **state)
{
	osc_rig *r = *state;
	const int index = cell_index(0, INST_SD, 4);
	cell c = cell_hit(127);
	osc_rig_say(r, 0, "/drumlin/SD/step/5", "f", 1.0f);
	assert_true(osc_rig_cell_becomes(r, index, c));
	osc_rig_say(r, 0, "/drumlin/SD/step/5", "f", 0.5f);
	assert_true(osc_rig_cell_becomes(r, index, cell_hit(64)));
	osc_rig_say(r, 0, "/drumlin/SD/step/5", "i", 90);
	assert_true(osc_rig_cell_becomes(r, index, cell_hit(90)));
	osc_rig_say(r, 0, "/drumlin/SD/step/5", "f", -1.0f);
	assert_true(osc_rig_cell_becomes(r, index, (cell){.kind = CELL_REST}));
	osc_rig_say(r, 0, "/drumlin/SD/step/5", "F");
	assert_true(osc_rig_cell_becomes(r, index, (cell){.kind = CELL_FREE}));
	osc_rig_say(r, 0, "/drumlin/SD/step/5", "fiiii", 0.5f, 30, 3, 4, 2);
	c = cell_hit(64);
	c.chance = 30;
	c.nth = 3;
	c.of = 4;
	c.ratchet = 2;
	assert_true(osc_rig_cell_becomes(r, index, c));
	osc_rig_say(r, 0, "/drumlin/cell", "isii", 2, "BD", 32, 100);
	assert_true(osc_rig_cell_becomes(r, cell_index(1, INST_BD, 31), cell_hit(100)));
	osc_rig_say(r, 0, "/drumlin/cell", "iiif", 4, 12, 1, 0.25f);
	assert_true(osc_rig_cell_becomes(r, cell_index(3, INST_PC, 0), cell_hit(32)));
	assert_int_equal(atomic_load(&r->control.malformed), 0);
	/* a wildcard, and the bar that is being edited */
	osc_rig_say(r, 0, "/drumlin/pattern/edit", "f", 3.0f);
	osc_rig_say(r, 0, "/drumlin/CH/step/*", "i", 80);
	for (int n = 0; n < CELL_STEPS; n++)
		assert_true(osc_rig_cell_becomes(r, cell_index(2, INST_CH, n), cell_hit(80)));
	assert_int_equal(params_cell(&r->play->params, cell_index(0, INST_CH, 0)).kind, CELL_FREE);
	/* sense */
	static const char *const bad[] = {"/drumlin/SD/step/0",  "/drumlin/SD/step/33", "/drumlin/SD/step/1x",
					  "/drumlin/XX/step/1",  "/drumlin/SD/step/",   "/drumlin/cell",
					  "/drumlin/SD/step/001"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		osc_rig_say(r, 0, bad[i], "f", 1.0f);
		assert_true(osc_rig_counted(&r->control.malformed, (uint32_t)i + 1));
	}
	osc_rig_say(r, 0, "/drumlin/SD/step/5", "f", NAN);
	assert_true(osc_rig_counted(&r->control.malformed, sizeof bad / sizeof *bad + 1));
	assert_true(osc_rig_cell_becomes(r, index, c));
}

/* Until what the tablet has been told so far is no longer lately: what it sets after that is told to others
 * alone. */
static void
let_rest(osc_rig *r, int i)
{
	char line[64];
	const float value = params_get(&r->play->params, PARAM_HUMANIZE) < 0.5f ? 0.75f : 0.25f;
	snprintf(line, sizeof line, "/drumlin/humanize %.3f", (double)value);
	osc_tablet *t = &r->tablet[i];
	const int before = osc_rig_heard(t, line);
	control_set(&r->control, PARAM_HUMANIZE, value, PARAM_SOURCE_SCREEN);
	for (int tries = 0; tries < 4000 && osc_rig_heard(t, line) < before + 2; tries++)
		osc_rig_ms(5);
	assert_int_equal(osc_rig_heard(t, line), before + 2);
	osc_rig_ms(100); /* another round */
}

static void
cells_are_told_to_the_others(void **state)
{
	osc_rig *r = *state;
	params_set_cell(&r->play->params, cell_index(0, INST_LT, 2), cell_hit(64));
	osc_rig_say(r, 0, "/drumlin/subscribe", "");
	osc_rig_say(r, 1, "/drumlin/subscribe", "ss", "steps", "cells");
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/PC/step/32 0.000"));
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/LT/step/3 0.504"));
	assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/cell 1 LT 3 0.504"));
	assert_int_equal(osc_rig_heard(&r->tablet[1], "/drumlin/tempo 130.000"), 0);
	assert_int_equal(osc_rig_heard(&r->tablet[0], "/drumlin/cell "), 0);
	let_rest(r, 0);
	osc_rig_forget(&r->tablet[0]);
	osc_rig_forget(&r->tablet[1]);
	osc_rig_say(r, 0, "/drumlin/RS/step/8", "f", 1.0f);
	assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/RS/step/8 1.000"));
	osc_rig_say(r, 1, "/drumlin/cell", "isifffff", 1, "RS", 9, 0.5, 0.25, 1.0, 2.0, 3.0);
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/RS/step/9 0.504 25 1 2 3"));
	osc_rig_ms(1000);
	assert_int_equal(osc_rig_heard(&r->tablet[0], "/drumlin/RS/step/8 1.000"), 0); /* no echo */
	assert_int_equal(osc_rig_heard(&r->tablet[1], "/drumlin/cell 1 RS 9 "), 0);
	/* another bar is another picture */
	osc_rig_say(r, 1, "/drumlin/pattern/edit", "i", 2);
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/RS/step/8 0.000"));
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/pattern/edit 2"));
}

/* Who asks for a cell, and does not set it, is told; what makes no sense is counted and changes nothing. */
static void
cells_are_told_to_who_asks(void **state)
{
	osc_rig *r = *state;
	const int index = cell_index(0, INST_LT, 2);
	const cell c = cell_hit(64);
	params_set_cell(&r->play->params, index, c);
	osc_rig_say(r, 0, "/drumlin/LT/step/3", "");
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/LT/step/3 0.504"));
	osc_rig_say(r, 0, "/drumlin/cell", "isi", 1, "LT", 3);
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/cell 1 LT 3 0.504"));
	osc_rig_say(r, 0, "/drumlin/pattern/edit", "");
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/pattern/edit 1"));
	assert_int_equal(atomic_load(&r->control.malformed), 0);
	uint32_t bad = 0;
#define no_sense(...)                                                                                        \
	do {                                                                                                 \
		osc_rig_say(r, 0, __VA_ARGS__);                                                              \
		assert_true(osc_rig_counted(&r->control.malformed, ++bad));                                  \
	} while (0)
	no_sense("/drumlin/LT/step/3", "fffffff", 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0);
	no_sense("/drumlin/LT/step/3", "fs", 1.0, "often");
	no_sense("/drumlin/LT/step/3", "ff", 1.0, NAN);
	no_sense("/drumlin/LT/step/3", "s", "loud");
	no_sense("/drumlin/cell", "isif", 0, "LT", 3, 1.0);
	no_sense("/drumlin/cell", "isif", CELL_BARS + 1, "LT", 3, 1.0);
	no_sense("/drumlin/cell", "isif", 1, "LT", 0, 1.0);
	no_sense("/drumlin/cell", "isif", 1, "LT", CELL_STEPS + 1, 1.0);
	no_sense("/drumlin/cell", "iiif", 1, INSTRUMENTS + 1, 3, 1.0);
	no_sense("/drumlin/cell", "isis", 1, "LT", 3, "loud");
	no_sense("/drumlin/pattern/edit", "s", "next");
	no_sense("/drumlin/pattern/edit", "f", NAN);
#undef no_sense
	assert_true(osc_rig_cell_becomes(r, index, c));
	/* Bars beyond the last, and a button's release. */
	osc_rig_say(r, 0, "/drumlin/pattern/edit", "f", 99.0);
	osc_rig_say(r, 0, "/drumlin/pattern/edit", "f", 0.0);
	osc_rig_say(r, 0, "/drumlin/LT/step/3", "f", 1.0f);
	assert_true(osc_rig_cell_becomes(r, cell_index(CELL_BARS - 1, INST_LT, 2), cell_hit(127)));
	/* What is to be done later waits, by a pattern too. */
	lo_timetag when;
	lo_timetag_now(&when);
	when.sec += 1;
	lo_bundle later = lo_bundle_new(when);
	lo_message m = lo_message_new();
	lo_message_add_float(m, 0.5f);
	lo_bundle_add_message(later, "/drumlin/{CH,OH}/step/1", m);
	lo_send_bundle_from(r->to, r->tablet[0].from, later);
	assert_true(osc_rig_cell_becomes(r, cell_index(CELL_BARS - 1, INST_OH, 0), cell_hit(64)));
	assert_true(osc_rig_cell_becomes(r, cell_index(CELL_BARS - 1, INST_CH, 0), cell_hit(64)));
	lo_bundle_free_recursive(later);
}

/* --- subscriptions
 * ------------------------------------------------------------------------------------------ */

static void
what_plays_is_told_to_who_wants_it(void **state)
{
	osc_rig *r = *state;
	for (int64_t s = 0; s < 64; s++)
		rig_plan(r->play, s, s % 4 == 0 ? 1u << INST_BD : 0);
	osc_rig_say(r, 0, "/drumlin/subscribe", "sss", "playhead", "plays", "meters");
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/BD/plays/5 1.000"));
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/BD/plays/6 0.000"));
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/playhead 0"));
	assert_int_equal(osc_rig_heard(&r->tablet[0], "/drumlin/tempo "), 0);
	assert_true(engine_command(r->play->engine, COMMAND_PLAY, -1, 1.0f));
	for (int i = 0; i < 200; i++)
		rig_play(r->play, 64, NULL, 0);
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/playhead 3"));
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/playhead/3 1"));
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/BD/meter 0.000"));
	bool loud = false;
	for (int tries = 0; tries < 2000 && !loud; tries++) {
		pthread_mutex_lock(&r->tablet[0].lock);
		for (int i = 0; i < r->tablet[0].n; i++)
			loud |= strncmp(r->tablet[0].heard[i], "/drumlin/BD/meter 0.9", 21) == 0;
		pthread_mutex_unlock(&r->tablet[0].lock);
		osc_rig_ms(1);
	}
	assert_true(loud);
	/* the screen's own meters are not taken away */
	float peak[ENGINE_METERS];
	engine_take_peaks(r->play->engine, peak);
	assert_true(peak[INST_BD] > 0.1f);
}

/* A tablet sends from one port and listens at another; the hand that moves is then the sender. */
static void
a_tablet_may_listen_at_another_port(void **state)
{
	osc_rig *r = *state;
	const int port = lo_server_get_port(r->tablet[1].from);
	osc_rig_say(r, 0, "/drumlin/subscribe", "is", port, "params");
	assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/playing 0")); /* the last of all */
	assert_int_equal(osc_server_subscribers(r->osc), 1);
	let_rest(r, 1);
	osc_rig_forget(&r->tablet[1]);
	osc_rig_say(r, 0, "/drumlin/density", "f", 0.25f);
	osc_rig_say(r, 0, "/drumlin/kit/xy", "ff", 0.25f, 0.75f);
	assert_true(osc_rig_becomes(r, PARAM_KIT_Y, 0.75f));
	assert_true(osc_rig_becomes(r, PARAM_KIT_X, 0.25f));
	osc_rig_say(r, 0, "/drumlin/swing", "f", 3.0f);
	assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/swing 1.000"));
	assert_int_equal(osc_rig_count(&r->tablet[1]), 1);
	control_set(&r->control, PARAM_KIT_X, 0.5f, PARAM_SOURCE_SCREEN);
	assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/kit/xy 0.500 0.750"));
	/* by URL, and from then on no more */
	osc_rig_forget(&r->tablet[1]);
	char url[64];
	snprintf(url, sizeof url, "osc.udp://127.0.0.1:%d", port);
	osc_rig_say(r, 0, "/drumlin/unsubscribe", "s", url);
	control_set(&r->control, PARAM_TEMPO, 99.0f, PARAM_SOURCE_SCREEN);
	osc_rig_ms(150);
	assert_int_equal(osc_rig_count(&r->tablet[1]), 0);
	osc_rig_say(r, 0, "/drumlin/subscribe", "f", 0.0f); /* a button's release */
	osc_rig_ms(50);
	assert_int_equal(osc_server_subscribers(r->osc), 0);
	osc_rig_say(r, 0, "/drumlin/subscribe", "f", 1.0f); /* its press: the sender's own port */
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/tempo 99.000"));
	assert_int_equal(osc_rig_heard(&r->tablet[0], "/drumlin/playhead 0"), 0);
	osc_rig_say(r, 0, "/drumlin/subscribe/all", "f", 1.0f); /* what cannot send text */
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/playhead 0"));
}

/* What it is told may be on its way when a tablet sends, and then it would show that for ever. */
static void
two_hands_at_one_fader_end_with_one_picture(void **state)
{
	osc_rig *r = *state;
	osc_tablet *t = &r->tablet[0];
	osc_rig_say(r, 0, "/drumlin/subscribe", "ss", "params", "cells");
	assert_true(osc_rig_hears(t, "/drumlin/playing 0"));
	/* what is sent just now meets the whole picture on its way */
	osc_rig_say(r, 0, "/drumlin/delay/level", "f", 0.5f);
	assert_true(osc_rig_hears(t, "/drumlin/delay/level 0.500"));
	let_rest(r, 0);
	osc_rig_say(r, 0, "/drumlin/density", "f", 0.375f);
	osc_rig_say(r, 0, "/drumlin/cell", "isif", 1, "RS", 9, 1.0);
	assert_true(osc_rig_becomes(r, PARAM_DENSITY, 0.375f));
	control_set(&r->control, PARAM_SWING, 0.25f, PARAM_SOURCE_SCREEN);
	control_set(&r->control, PARAM_KIT_X, 0.25f, PARAM_SOURCE_SCREEN);
	control_set_cell(&r->control, cell_index(0, INST_BD, 0), cell_hit(127));
	assert_true(osc_rig_hears(t, "/drumlin/swing 0.250"));
	assert_true(osc_rig_hears(t, "/drumlin/kit/xy 0.250 0.000"));
	assert_true(osc_rig_hears(t, "/drumlin/cell 1 BD 1 1.000"));
	osc_rig_say(r, 0, "/drumlin/swing", "f", 0.75f);
	osc_rig_say(r, 0, "/drumlin/kit/xy", "ff", 0.5f, 0.75f);
	osc_rig_say(r, 0, "/drumlin/cell", "isif", 1, "BD", 1, -1.0);
	assert_true(osc_rig_hears(t, "/drumlin/swing 0.750"));
	assert_true(osc_rig_hears(t, "/drumlin/kit/xy 0.500 0.750"));
	assert_true(osc_rig_hears(t, "/drumlin/cell 1 BD 1 -1.000"));
	/* nor does the second telling leave a wrong picture */
	control_set(&r->control, PARAM_SWING, 0.5f, PARAM_SOURCE_SCREEN);
	for (int tries = 0; tries < 4000 && osc_rig_heard(t, "/drumlin/swing 0.500") < 2; tries++)
		osc_rig_ms(5);
	osc_rig_say(r, 0, "/drumlin/swing", "f", 0.875f);
	assert_true(osc_rig_hears(t, "/drumlin/swing 0.875"));
	osc_rig_ms(1500);
	assert_int_equal(osc_rig_heard(t, "/drumlin/swing 0.750"), 1);
	assert_int_equal(osc_rig_heard(t, "/drumlin/swing 0.875"), 1);
	/* who was alone at it hears no echo, then either */
	assert_int_equal(osc_rig_heard(t, "/drumlin/density 0.375"), 0);
	assert_int_equal(osc_rig_heard(t, "/drumlin/cell 1 RS 9 "), 0);
}

static void
a_change_is_told_twice_for_what_gets_lost(void **state)
{
	osc_rig *r = *state;
	osc_tablet *t = &r->tablet[1];
	osc_rig_say(r, 1, "/drumlin/subscribe", "ss", "params", "steps");
	assert_true(osc_rig_hears(t, "/drumlin/PC/step/32 0.000"));
	osc_rig_say(r, 0, "/drumlin/tempo", "f", 99.0f);
	osc_rig_say(r, 0, "/drumlin/SD/step/5", "f", 1.0f);
	osc_rig_say(r, 0, "/drumlin/pattern/edit", "i", 2);
	for (int tries = 0; tries < 2000 && osc_rig_heard(t, "/drumlin/pattern/edit 2") < 2; tries++)
		osc_rig_ms(5);
	osc_rig_ms(1500);
	assert_int_equal(osc_rig_heard(t, "/drumlin/tempo 99.000"), 2);
	assert_int_equal(osc_rig_heard(t, "/drumlin/pattern/edit 2"), 2);
}

static void
renewing_does_not_repeat_everything(void **state)
{
	osc_rig *r = *state;
	osc_rig_say(r, 0, "/drumlin/renew", "s", "params");
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/playing 0"));
	for (int i = 0; i < 20; i++)
		osc_rig_say(r, 0, "/drumlin/renew", "s", "params");
	osc_rig_ms(100);
	assert_int_equal(osc_rig_heard(&r->tablet[0], "/drumlin/tempo 130.000"), 1);
	for (int i = 0; i < 20; i++)
		osc_rig_say(r, 0, "/drumlin/subscribe", "s", "params");
	osc_rig_ms(100);
	assert_int_equal(osc_rig_heard(&r->tablet[0], "/drumlin/tempo 130.000"),
			 1); /* nor more than once a second */
	osc_rig_ms(1000);
	osc_rig_say(r, 0, "/drumlin/subscribe", "s", "params");
	osc_rig_ms(100);
	assert_int_equal(osc_rig_heard(&r->tablet[0], "/drumlin/tempo 130.000"), 2);
	osc_rig_say(r, 0, "/drumlin/subscribe", "s", "sections");
	assert_true(osc_rig_counted(&r->control.malformed, 1));
}

/* A port that is closed is not told any more; who comes back is, without asking. */
static void
the_dead_are_dropped_and_may_return(void **state)
{
	osc_rig *r = *state;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, to = at;
	static const char subscribe[24] = "/drumlin/subscribe\0\0,\0\0",
			  tempo[24] = "/drumlin/tempo\0\0,i\0\0\0\0\0\143";
	socklen_t size = sizeof at;
	char data[2048];
	to.sin_port = htons((uint16_t)osc_server_port(r->osc));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	sendto(fd, subscribe, sizeof subscribe, 0, (struct sockaddr *)&to, sizeof to);
	assert_true(recv(fd, data, sizeof data, 0) > 0);
	osc_rig_say(r, 0, "/drumlin/subscribe", ""); /* another, which must not suffer */
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/playing 0"));
	assert_int_equal(osc_server_subscribers(r->osc), 2);
	close(fd);
	for (int i = 0; i < 2000 && osc_server_subscribers(r->osc) > 1; i++) {
		control_set(&r->control, PARAM_TEMPO, 100.0f + (float)(i % 50), PARAM_SOURCE_SCREEN);
		osc_rig_ms(1);
	}
	assert_int_equal(osc_server_subscribers(r->osc), 1);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	sendto(fd, tempo, sizeof tempo, 0, (struct sockaddr *)&to, sizeof to);
	assert_true(recv(fd, data, sizeof data, 0) > 0);
	assert_int_equal(osc_server_subscribers(r->osc), 2);
	/* What it is told at once is older than what it has sent: it ends with that all the same. */
	static const char is_99[24] = "/drumlin/tempo\0\0,f\0\0\x42\xc6";
	const struct timeval patience = {20, 0};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	ssize_t n;
	do
		n = recv(fd, data, sizeof data, 0);
	while (n > 0 && !memmem(data, (size_t)n, is_99, sizeof is_99));
	assert_true(n > 0);
	close(fd);
}

/* --- questions
 * ---------------------------------------------------------------------------------------------- */

static void
questions_are_answered(void **state)
{
	osc_rig *r = *state;
	osc_tablet *t = &r->tablet[0];
	osc_rig_say(r, 0, "/drumlin/get", "ss", "/drumlin/tempo", "BD/{level,pan}");
	assert_true(osc_rig_hears(t, "/drumlin/tempo 130.000"));
	assert_true(osc_rig_hears(t, "/drumlin/BD/level 0.700") && osc_rig_hears(t, "/drumlin/BD/pan 0.000"));
	assert_int_equal(osc_rig_count(t), 3);
	osc_rig_say(r, 0, "/drumlin/sync", ""); /* the path alone asks too, and with nil or nothing */
	osc_rig_say(r, 0, "/drumlin/density", "N");
	assert_true(osc_rig_hears(t, "/drumlin/sync 0") && osc_rig_hears(t, "/drumlin/density 0.500"));
	osc_rig_say(r, 0, "/drumlin/get", "s", "SD/step/1");
	assert_true(osc_rig_hears(t, "/drumlin/SD/step/1 0.000"));
	osc_rig_forget(t);
	osc_rig_say(r, 0, "/drumlin/get", "");
	for (int i = 0; i < 2000 && osc_rig_count(t) < PARAM_SLOTS; i++)
		osc_rig_ms(1);
	osc_rig_ms(50);
	assert_int_equal(osc_rig_count(t), PARAM_SLOTS);
	osc_rig_say(r, 0, "/drumlin/list", "s", "BD/");
	assert_true(osc_rig_hears(t, "/drumlin/list /drumlin/BD/tune float -24.000 24.000 semitones"));
	assert_true(osc_rig_hears(t, "/drumlin/list /drumlin/BD/trigger command 0.000 1.000 "));
	assert_true(
	    osc_rig_hears(t, "/drumlin/list /drumlin/BD/filter/mode choice 0.000 3.000 off|low|band|high"));
	assert_true(osc_rig_hears(t, "/drumlin/list /drumlin/BD/step/16 value -1.000 1.000 "));
	char end[OSC_RIG_TEXT];
	snprintf(end, sizeof end, "/drumlin/list/end %d", PARAM_INSTRUMENT_COUNT + 1 + 2 * CELL_STEPS + 1);
	assert_true(osc_rig_hears(t, end));
	assert_int_equal(osc_rig_heard(t, "/drumlin/list /drumlin/BD/"),
			 PARAM_INSTRUMENT_COUNT + 1 + 2 * CELL_STEPS + 1);
	assert_int_equal(osc_rig_heard(t, "/drumlin/list /drumlin/SD/"), 0);
	osc_rig_say(r, 0, "/drumlin/ping", "i", 77);
	assert_true(osc_rig_hears(t, "/drumlin/pong 77"));
	osc_rig_say(r, 0, "/drumlin/ping", "");
	assert_true(osc_rig_hears(t, "/drumlin/pong"));
	osc_rig_say(r, 0, "/ping", ""); /* a tablet's keep-alive */
	osc_rig_say(r, 0, "/drumlin/status", "");
	assert_true(osc_rig_hears(t, "/drumlin/status "));
	assert_int_equal(atomic_load(&r->control.malformed), 0);
	osc_rig_say(r, 0, "/drumlin/get", "s", "nothing");
	assert_true(osc_rig_counted(&r->control.malformed, 1));
}

/* A pattern matches part by part; one that would take for ever is none. */
static void
patterns_keep_to_their_part(void **state)
{
	osc_rig *r = *state;
	osc_rig_say(r, 0, "/*/SD/le[a-v]el", "f", 0.25f);
	assert_true(osc_rig_becomes(r, param_slot(PARAM_LEVEL, INST_SD), 0.25f));
	osc_rig_say(r, 0, "/drumlin/t*", "f",
		    1.0f); /* tempo, temperature, triplets, toggle and tap, but no BD/tune */
	assert_true(osc_rig_becomes(r, PARAM_TRIPLETS, 1.0f));
	assert_true(params_get(&r->play->params, param_slot(PARAM_TUNE, INST_BD)) == 0.0f);
	osc_rig_say(r, 0, "/drumlin/*", "f", 0.5f);
	assert_true(osc_rig_becomes(r, PARAM_VOLUME, 0.5f));
	assert_true(params_get(&r->play->params, param_slot(PARAM_LEVEL, INST_SD)) == 0.25f);
	const uint32_t before = atomic_load(&r->control.malformed);
	osc_rig_say(r, 0, "/drumlin/*a*a*a*a*a*a*a*a*a*a*a*a*b", "f", 0.5f);
	osc_rig_say(
	    r, 0,
	    "/drumlin/"
	    "?????????????????????????????????????????????????????????????????????????????????????????????"
	    "??????????????????????????????????????????????????????????????????????????????????????",
	    "f", 0.5f);
	assert_true(osc_rig_counted(&r->control.malformed, before + 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    osc_rig_test(cells_are_set_at_paths_of_their_own),
	    osc_rig_test(cells_are_told_to_the_others),
	    osc_rig_test(cells_are_told_to_who_asks),
	    osc_rig_test(what_plays_is_told_to_who_wants_it),
	    osc_rig_test(a_tablet_may_listen_at_another_port),
	    osc_rig_test(two_hands_at_one_fader_end_with_one_picture),
	    osc_rig_test(a_change_is_told_twice_for_what_gets_lost),
	    osc_rig_test(renewing_does_not_repeat_everything),
	    osc_rig_test(the_dead_are_dropped_and_may_return),
	    osc_rig_test(questions_are_answered),
	    osc_rig_test(patterns_keep_to_their_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
