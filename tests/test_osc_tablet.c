/* What tablets ask of OSC: cells, subscriptions, questions, bundles from the future, floods, strangers. */
#include "tests/engine_rig.h"

#include "osc/osc_paths.h"
#include "osc/osc_server.h"
#include "rt/rng.h"

#include <arpa/inet.h>
#include <lo/lo.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEARD = 4096, TEXT = 160 };

/* A tablet: a port of its own, and every message that has come to it, as text. */
typedef struct tablet {
	lo_server_thread thread;
	lo_server from;
	pthread_mutex_t lock;
	int n;
	char heard[HEARD][TEXT];
} tablet;

typedef struct rig {
	engine_rig *play;
	control control;
	osc_server *osc;
	lo_address to;
	tablet tablet[2];
} rig;

static void
ms(int n)
{
	const struct timespec pause = {n / 1000, n % 1000 * 1000000l};
	nanosleep(&pause, NULL);
}

static int
hear(const char *path, const char *types, lo_arg **argv, int argc, lo_message m, void *user)
{
	tablet *t = user;
	char line[TEXT];
	int used = snprintf(line, sizeof line, "%s", path);
	(void)m;
	for (int i = 0; i < argc && used < TEXT - 32; i++) {
		float f;
		int32_t number;
		memcpy(&f, argv[i], 4);
		memcpy(&number, argv[i], 4);
		if (types[i] == 'f')
			used += snprintf(line + used, TEXT - (size_t)used, " %.3f", (double)f);
		else if (types[i] == 'i')
			used += snprintf(line + used, TEXT - (size_t)used, " %d", number);
		else if (types[i] == 's')
			used += snprintf(line + used, TEXT - (size_t)used, " %.40s", (const char *)argv[i]);
	}
	pthread_mutex_lock(&t->lock);
	if (t->n < HEARD)
		memcpy(t->heard[t->n++], line, sizeof line);
	pthread_mutex_unlock(&t->lock);
	return 0;
}

/* How often the tablet has heard that line (or one that begins with it, if it ends in a blank or slash). */
static int
heard(tablet *t, const char *line)
{
	const size_t length = strlen(line);
	const bool begins = length > 0 && (line[length - 1] == ' ' || line[length - 1] == '/');
	int n = 0;
	pthread_mutex_lock(&t->lock);
	for (int i = 0; i < t->n; i++)
		n += begins ? strncmp(t->heard[i], line, length) == 0 : strcmp(t->heard[i], line) == 0;
	pthread_mutex_unlock(&t->lock);
	return n;
}

static bool
hears(tablet *t, const char *line)
{
	for (int i = 0; i < 2000 && heard(t, line) == 0; i++)
		ms(1);
	if (heard(t, line) == 0)
		print_message("not heard: %s\n", line);
	return heard(t, line) > 0;
}

static void
forget(tablet *t)
{
	pthread_mutex_lock(&t->lock);
	t->n = 0;
	pthread_mutex_unlock(&t->lock);
}

static bool
becomes(const rig *r, int slot, float value)
{
	for (int i = 0; i < 2000; i++) {
		if (fabsf(params_get(&r->play->params, slot) - value) < 1e-4f)
			return true;
		ms(1);
	}
	return false;
}

static bool
cell_becomes(const rig *r, int index, cell c)
{
	for (int i = 0; i < 2000; i++) {
		if (cell_pack(params_cell(&r->play->params, index)) == cell_pack(c))
			return true;
		ms(1);
	}
	return false;
}

static bool
counted(_Atomic uint32_t *counter, uint32_t value)
{
	for (int i = 0; i < 2000 && atomic_load(counter) < value; i++)
		ms(1);
	return atomic_load(counter) == value;
}

static void
open_rig(rig *r, const osc_options *o)
{
	char port[16];
	r->play = rig_new(true);
	control_init(&r->control, &r->play->params, r->play->engine);
	assert_ok(osc_server_start(&r->control, o, &r->osc, &test_error));
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	r->to = lo_address_new("127.0.0.1", port);
	for (int i = 0; i < 2; i++) {
		tablet *t = &r->tablet[i];
		pthread_mutex_init(&t->lock, NULL);
		t->thread = lo_server_thread_new(NULL, NULL);
		lo_server_thread_add_method(t->thread, NULL, NULL, hear, t);
		lo_server_thread_start(t->thread);
		t->from = lo_server_thread_get_server(t->thread);
	}
}

static int
set_up(void **state)
{
	rig *r = calloc(1, sizeof *r);
	open_rig(r, &(osc_options){.port = 0});
	*state = r;
	return 0;
}

static void
close_rig(rig *r)
{
	osc_server_stop(r->osc);
	for (int i = 0; i < 2; i++)
		if (r->tablet[i].thread)
			lo_server_thread_free(r->tablet[i].thread);
	lo_address_free(r->to);
	rig_free(r->play);
	control_destroy(&r->control);
	free(r);
}

static int
tear_down(void **state)
{
	close_rig(*state);
	return 0;
}

#define say(r, i, ...) lo_send_from((r)->to, (r)->tablet[i].from, LO_TT_IMMEDIATE, __VA_ARGS__)

/* --- cells
 * -------------------------------------------------------------------------------------------------- */

static void
cells_are_set_at_paths_of_their_own(void **state)
{
	rig *r = *state;
	const int index = cell_index(0, INST_SD, 4);
	cell c = cell_hit(127);
	say(r, 0, "/drumlin/SD/step/5", "f", 1.0f);
	assert_true(cell_becomes(r, index, c));
	say(r, 0, "/drumlin/SD/step/5", "f", 0.5f);
	assert_true(cell_becomes(r, index, cell_hit(64)));
	say(r, 0, "/drumlin/SD/step/5", "i", 90);
	assert_true(cell_becomes(r, index, cell_hit(90)));
	say(r, 0, "/drumlin/SD/step/5", "f", -1.0f);
	assert_true(cell_becomes(r, index, (cell){.kind = CELL_REST}));
	say(r, 0, "/drumlin/SD/step/5", "F");
	assert_true(cell_becomes(r, index, (cell){.kind = CELL_FREE}));
	say(r, 0, "/drumlin/SD/step/5", "fiiii", 0.5f, 30, 3, 4, 2);
	c = cell_hit(64);
	c.chance = 30;
	c.nth = 3;
	c.of = 4;
	c.ratchet = 2;
	assert_true(cell_becomes(r, index, c));
	say(r, 0, "/drumlin/cell", "isii", 2, "BD", 32, 100);
	assert_true(cell_becomes(r, cell_index(1, INST_BD, 31), cell_hit(100)));
	say(r, 0, "/drumlin/cell", "iiif", 4, 12, 1, 0.25f);
	assert_true(cell_becomes(r, cell_index(3, INST_PC, 0), cell_hit(32)));
	assert_int_equal(atomic_load(&r->control.malformed), 0);
	/* a wildcard, and the bar that is being edited */
	say(r, 0, "/drumlin/pattern/edit", "f", 3.0f);
	say(r, 0, "/drumlin/CH/step/*", "i", 80);
	for (int n = 0; n < CELL_STEPS; n++)
		assert_true(cell_becomes(r, cell_index(2, INST_CH, n), cell_hit(80)));
	assert_int_equal(params_cell(&r->play->params, cell_index(0, INST_CH, 0)).kind, CELL_FREE);
	/* sense */
	static const char *const bad[] = {"/drumlin/SD/step/0",  "/drumlin/SD/step/33", "/drumlin/SD/step/1x",
					  "/drumlin/XX/step/1",  "/drumlin/SD/step/",   "/drumlin/cell",
					  "/drumlin/SD/step/001"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		say(r, 0, bad[i], "f", 1.0f);
		assert_true(counted(&r->control.malformed, (uint32_t)i + 1));
	}
	say(r, 0, "/drumlin/SD/step/5", "f", NAN);
	assert_true(counted(&r->control.malformed, sizeof bad / sizeof *bad + 1));
	assert_true(cell_becomes(r, index, c));
}

static void
cells_are_told_to_the_others(void **state)
{
	rig *r = *state;
	params_set_cell(&r->play->params, cell_index(0, INST_LT, 2), cell_hit(64));
	say(r, 0, "/drumlin/subscribe", "");
	say(r, 1, "/drumlin/subscribe", "ss", "steps", "cells");
	assert_true(hears(&r->tablet[0], "/drumlin/PC/step/32 0.000"));
	assert_true(hears(&r->tablet[0], "/drumlin/LT/step/3 0.504"));
	assert_true(hears(&r->tablet[1], "/drumlin/cell 1 LT 3 0.504"));
	assert_int_equal(heard(&r->tablet[1], "/drumlin/tempo 130.000"), 0);
	assert_int_equal(heard(&r->tablet[0], "/drumlin/cell "), 0);
	forget(&r->tablet[0]);
	forget(&r->tablet[1]);
	say(r, 0, "/drumlin/RS/step/8", "f", 1.0f);
	assert_true(hears(&r->tablet[1], "/drumlin/RS/step/8 1.000"));
	say(r, 1, "/drumlin/cell", "isifffff", 1, "RS", 9, 0.5, 0.25, 1.0, 2.0, 3.0);
	assert_true(hears(&r->tablet[0], "/drumlin/RS/step/9 0.504 25 1 2 3"));
	ms(100);
	assert_int_equal(heard(&r->tablet[0], "/drumlin/RS/step/8 1.000"), 0); /* no echo */
	assert_int_equal(heard(&r->tablet[1], "/drumlin/cell 1 RS 9 "), 0);
	/* another bar is another picture */
	say(r, 1, "/drumlin/pattern/edit", "i", 2);
	assert_true(hears(&r->tablet[0], "/drumlin/RS/step/8 0.000"));
	assert_true(hears(&r->tablet[0], "/drumlin/pattern/edit 2"));
}

/* --- subscriptions
 * ------------------------------------------------------------------------------------------ */

static void
what_plays_is_told_to_who_wants_it(void **state)
{
	rig *r = *state;
	for (int64_t s = 0; s < 64; s++)
		rig_plan(r->play, s, s % 4 == 0 ? 1u << INST_BD : 0);
	say(r, 0, "/drumlin/subscribe", "sss", "playhead", "plays", "meters");
	assert_true(hears(&r->tablet[0], "/drumlin/BD/plays/5 1.000"));
	assert_true(hears(&r->tablet[0], "/drumlin/BD/plays/6 0.000"));
	assert_true(hears(&r->tablet[0], "/drumlin/playhead 0"));
	assert_int_equal(heard(&r->tablet[0], "/drumlin/tempo "), 0);
	assert_true(engine_command(r->play->engine, COMMAND_PLAY, -1, 1.0f));
	for (int i = 0; i < 200; i++)
		rig_play(r->play, 64, NULL, 0);
	assert_true(hears(&r->tablet[0], "/drumlin/playhead 3"));
	assert_true(hears(&r->tablet[0], "/drumlin/playhead/3 1"));
	assert_true(hears(&r->tablet[0], "/drumlin/BD/meter 0.000"));
	pthread_mutex_lock(&r->tablet[0].lock);
	bool loud = false;
	for (int i = 0; i < r->tablet[0].n; i++)
		loud |= strncmp(r->tablet[0].heard[i], "/drumlin/BD/meter 0.9", 21) == 0;
	pthread_mutex_unlock(&r->tablet[0].lock);
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
	rig *r = *state;
	const int port = lo_server_get_port(r->tablet[1].from);
	say(r, 0, "/drumlin/subscribe", "is", port, "params");
	assert_true(hears(&r->tablet[1], "/drumlin/playing 0")); /* the last of all */
	assert_int_equal(osc_server_subscribers(r->osc), 1);
	forget(&r->tablet[1]);
	say(r, 0, "/drumlin/density", "f", 0.25f);
	say(r, 0, "/drumlin/kit/xy", "ff", 0.25f, 0.75f);
	assert_true(becomes(r, PARAM_KIT_Y, 0.75f));
	assert_true(becomes(r, PARAM_KIT_X, 0.25f));
	say(r, 0, "/drumlin/swing", "f", 3.0f);
	assert_true(hears(&r->tablet[1], "/drumlin/swing 1.000"));
	assert_int_equal(r->tablet[1].n, 1);
	control_set(&r->control, PARAM_KIT_X, 0.5f, PARAM_SOURCE_SCREEN);
	assert_true(hears(&r->tablet[1], "/drumlin/kit/xy 0.500 0.750"));
	/* by URL, and from then on no more */
	forget(&r->tablet[1]);
	char url[64];
	snprintf(url, sizeof url, "osc.udp://127.0.0.1:%d", port);
	say(r, 0, "/drumlin/unsubscribe", "s", url);
	control_set(&r->control, PARAM_TEMPO, 99.0f, PARAM_SOURCE_SCREEN);
	ms(150);
	assert_int_equal(r->tablet[1].n, 0);
	say(r, 0, "/drumlin/subscribe", "f", 0.0f); /* a button's release */
	ms(50);
	assert_int_equal(osc_server_subscribers(r->osc), 0);
	say(r, 0, "/drumlin/subscribe", "f", 1.0f); /* its press: the sender's own port */
	assert_true(hears(&r->tablet[0], "/drumlin/tempo 99.000"));
	assert_int_equal(heard(&r->tablet[0], "/drumlin/playhead 0"), 0);
	say(r, 0, "/drumlin/subscribe/all", "f", 1.0f); /* what cannot send text */
	assert_true(hears(&r->tablet[0], "/drumlin/playhead 0"));
}

static void
renewing_does_not_repeat_everything(void **state)
{
	rig *r = *state;
	say(r, 0, "/drumlin/renew", "s", "params");
	assert_true(hears(&r->tablet[0], "/drumlin/playing 0"));
	for (int i = 0; i < 20; i++)
		say(r, 0, "/drumlin/renew", "s", "params");
	ms(100);
	assert_int_equal(heard(&r->tablet[0], "/drumlin/tempo 130.000"), 1);
	for (int i = 0; i < 20; i++)
		say(r, 0, "/drumlin/subscribe", "s", "params");
	ms(100);
	assert_int_equal(heard(&r->tablet[0], "/drumlin/tempo 130.000"), 1); /* nor more than once a second */
	ms(1000);
	say(r, 0, "/drumlin/subscribe", "s", "params");
	ms(100);
	assert_int_equal(heard(&r->tablet[0], "/drumlin/tempo 130.000"), 2);
	say(r, 0, "/drumlin/subscribe", "s", "sections");
	assert_true(counted(&r->control.malformed, 1));
}

/* A port that is closed is not told any more; who comes back is, without asking. */
static void
the_dead_are_dropped_and_may_return(void **state)
{
	rig *r = *state;
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
	say(r, 0, "/drumlin/subscribe", ""); /* another, which must not suffer */
	assert_true(hears(&r->tablet[0], "/drumlin/playing 0"));
	assert_int_equal(osc_server_subscribers(r->osc), 2);
	close(fd);
	for (int i = 0; i < 2000 && osc_server_subscribers(r->osc) > 1; i++) {
		control_set(&r->control, PARAM_TEMPO, 100.0f + (float)(i % 50), PARAM_SOURCE_SCREEN);
		ms(1);
	}
	assert_int_equal(osc_server_subscribers(r->osc), 1);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	sendto(fd, tempo, sizeof tempo, 0, (struct sockaddr *)&to, sizeof to);
	assert_true(recv(fd, data, sizeof data, 0) > 0);
	assert_int_equal(osc_server_subscribers(r->osc), 2);
	close(fd);
}

/* --- questions
 * ---------------------------------------------------------------------------------------------- */

static void
questions_are_answered(void **state)
{
	rig *r = *state;
	tablet *t = &r->tablet[0];
	say(r, 0, "/drumlin/get", "ss", "/drumlin/tempo", "BD/{level,pan}");
	assert_true(hears(t, "/drumlin/tempo 130.000"));
	assert_true(hears(t, "/drumlin/BD/level 0.700") && hears(t, "/drumlin/BD/pan 0.000"));
	assert_int_equal(t->n, 3);
	say(r, 0, "/drumlin/sync", ""); /* the path alone asks too, and with nil or nothing */
	say(r, 0, "/drumlin/density", "N");
	assert_true(hears(t, "/drumlin/sync 0") && hears(t, "/drumlin/density 0.500"));
	say(r, 0, "/drumlin/get", "s", "SD/step/1");
	assert_true(hears(t, "/drumlin/SD/step/1 0.000"));
	forget(t);
	say(r, 0, "/drumlin/get", "");
	for (int i = 0; i < 2000 && t->n < PARAM_SLOTS; i++)
		ms(1);
	ms(50);
	assert_int_equal(t->n, PARAM_SLOTS);
	say(r, 0, "/drumlin/list", "s", "BD/");
	assert_true(hears(t, "/drumlin/list /drumlin/BD/tune float -24.000 24.000 semitones"));
	assert_true(hears(t, "/drumlin/list /drumlin/BD/trigger command 0.000 1.000 "));
	assert_true(hears(t, "/drumlin/list /drumlin/BD/filter/mode choice 0.000 3.000 off|low|band|high"));
	assert_true(hears(t, "/drumlin/list /drumlin/BD/step/16 value -1.000 1.000 "));
	char end[TEXT];
	snprintf(end, sizeof end, "/drumlin/list/end %d", PARAM_INSTRUMENT_COUNT + 1 + 2 * CELL_STEPS + 1);
	assert_true(hears(t, end));
	assert_int_equal(heard(t, "/drumlin/list /drumlin/BD/"),
			 PARAM_INSTRUMENT_COUNT + 1 + 2 * CELL_STEPS + 1);
	assert_int_equal(heard(t, "/drumlin/list /drumlin/SD/"), 0);
	say(r, 0, "/drumlin/ping", "i", 77);
	assert_true(hears(t, "/drumlin/pong 77"));
	say(r, 0, "/drumlin/ping", "");
	assert_true(hears(t, "/drumlin/pong"));
	say(r, 0, "/ping", ""); /* a tablet's keep-alive */
	say(r, 0, "/drumlin/status", "");
	assert_true(hears(t, "/drumlin/status "));
	assert_int_equal(atomic_load(&r->control.malformed), 0);
	say(r, 0, "/drumlin/get", "s", "nothing");
	assert_true(counted(&r->control.malformed, 1));
}

/* A pattern matches part by part; one that would take for ever is none. */
static void
patterns_keep_to_their_part(void **state)
{
	rig *r = *state;
	say(r, 0, "/*/SD/le[a-v]el", "f", 0.25f);
	assert_true(becomes(r, param_slot(PARAM_LEVEL, INST_SD), 0.25f));
	say(r, 0, "/drumlin/t*", "f",
	    1.0f); /* tempo, temperature, triplets, toggle and tap, but no BD/tune */
	assert_true(becomes(r, PARAM_TRIPLETS, 1.0f));
	assert_true(params_get(&r->play->params, param_slot(PARAM_TUNE, INST_BD)) == 0.0f);
	say(r, 0, "/drumlin/*", "f", 0.5f);
	assert_true(becomes(r, PARAM_VOLUME, 0.5f));
	assert_true(params_get(&r->play->params, param_slot(PARAM_LEVEL, INST_SD)) == 0.25f);
	const uint32_t before = atomic_load(&r->control.malformed);
	say(r, 0, "/drumlin/*a*a*a*a*a*a*a*a*a*a*a*a*b", "f", 0.5f);
	say(r, 0,
	    "/drumlin/"
	    "?????????????????????????????????????????????????????????????????????????????????????????????"
	    "??????????????????????????????????????????????????????????????????????????????????????",
	    "f", 0.5f);
	assert_true(counted(&r->control.malformed, before + 2));
}

/* --- time
 * --------------------------------------------------------------------------------------------------- */

static uint64_t
mono_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static lo_timetag
later(lo_timetag t, double seconds)
{
	const uint64_t all = ((uint64_t)t.sec << 32 | t.frac) + (uint64_t)(seconds * 4294967296.0);
	return (lo_timetag){(uint32_t)(all >> 32), (uint32_t)all};
}

static void
send_bundle(const rig *r, lo_timetag when, const char *path, float value)
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
	rig *r = *state;
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
		const uint64_t here = mono_us();
		send_bundle(r, later(now, 0.1625), "/drumlin/SD/trigger", 1.0f);
		send_bundle(r, later(now, 0.150), "/drumlin/BD/trigger", 1.0f);
		send_bundle(r, later(now, 0.1625), "/drumlin/volume", 0.125f + 0.01f * (float)round);
		ms(130);
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
		assert_true(becomes(r, PARAM_VOLUME, 0.125f + 0.01f * (float)hurried));
		io.time_us += 1000000;
		for (int i = 0; i < 4; i++)
			engine_process(p->engine, &io);
	}
}

static void
what_the_engine_does_not_do_waits_too(void **state)
{
	rig *r = *state;
	lo_timetag now;
	osc_counts c;
	const int index = cell_index(0, INST_BD, 0);
	lo_timetag_now(&now);
	send_bundle(r, later(now, 0.3), "/drumlin/BD/step/1", 0.5f);
	send_bundle(r, later(now, 0.3), "/drumlin/BD/step/*", 0.25f);
	ms(220);
	assert_int_equal(params_cell(&r->play->params, index).kind, CELL_FREE);
	assert_true(cell_becomes(r, index, cell_hit(32)));
	/* the past and `immediately` act at once; so does what is too far ahead, but counted */
	send_bundle(r, (lo_timetag){now.sec - 100, 0}, "/drumlin/tempo", 100.0f);
	assert_true(becomes(r, PARAM_TEMPO, 100.0f));
	send_bundle(r, LO_TT_IMMEDIATE, "/drumlin/tempo", 101.0f);
	assert_true(becomes(r, PARAM_TEMPO, 101.0f));
	osc_server_get_counts(r->osc, &c);
	assert_int_equal(c.hurried, 0);
	send_bundle(r, (lo_timetag){now.sec + 100, 0}, "/drumlin/tempo", 102.0f);
	assert_true(becomes(r, PARAM_TEMPO, 102.0f));
	osc_server_get_counts(r->osc, &c);
	assert_int_equal(c.hurried, 1);
	/* no more wait than there is room for */
	lo_timetag_now(&now);
	for (int i = 0; i < 1100; i++)
		send_bundle(r, later(now, 5.0), "/drumlin/density", 0.25f);
	for (int i = 0; i < 2000 && c.hurried < 77; i++) {
		ms(1);
		osc_server_get_counts(r->osc, &c);
	}
	assert_int_equal(c.hurried, 1 + 1100 - 1024);
}

/* --- floods and strangers
 * ----------------------------------------------------------------------------------- */

/* A second's flood, as fast as it can be sent: the last value stands, every packet is counted as come or
 * lost. */
static void
a_flood_ends_with_the_last_value(void **state)
{
	rig *r = *state;
	enum { FLOOD = 100000 };
	osc_counts c = {0};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)osc_server_port(r->osc)),
				.sin_addr = {htonl(INADDR_LOOPBACK)}};
	unsigned char packet[24] = "/drumlin/volume\0,f\0\0";
	const uint64_t begun = mono_us();
	for (int i = 0; i < FLOOD; i++) {
		const float value = (float)(i % 1000) * 1e-3f;
		uint32_t bits;
		memcpy(&bits, &value, 4);
		bits = htonl(bits);
		memcpy(packet + 20, &bits, 4);
		sendto(fd, packet, sizeof packet, 0, (struct sockaddr *)&a, sizeof a);
	}
	const double seconds = (double)(mono_us() - begun) * 1e-6;
	ms(200);
	say(r, 0, "/drumlin/volume", "f", 0.4321f);
	assert_true(becomes(r, PARAM_VOLUME, 0.4321f));
	for (int i = 0; i < 2000 && c.received + c.lost < FLOOD + 1; i++) {
		ms(1);
		osc_server_get_counts(r->osc, &c);
	}
	print_message("%d messages in %.2f s: %u taken, %u lost by the system\n", FLOOD, seconds, c.received,
		      c.lost);
	assert_int_equal(c.received + c.lost, FLOOD + 1);
	assert_int_equal(atomic_load(&r->control.malformed), 0);
	/* and of commands no more than the ring holds, the others counted */
	for (int i = 0; i < 2000; i++)
		say(r, 0, "/drumlin/BD/trigger", "f", 1.0f);
	say(r, 0, "/drumlin/volume", "f", 0.25f);
	assert_true(becomes(r, PARAM_VOLUME, 0.25f));
	assert_int_equal(atomic_load(&r->control.refused), 2000 - 512);
	rig_play(r->play, 64, NULL, 0);
	for (int f = 0; f < 64; f++)
		assert_true(fabsf(r->play->left[f]) <= 1.0f);
	close(fd);
}

/* Noise in every shape, with real messages in between: they still arrive. */
static void
noise_changes_nothing(void **state)
{
	rig *r = *state;
	uint64_t seed = test_seed();
	static const char *const start[] = {"#bundle",      "/drumlin/BD/step/1", "/drumlin/subscribe",
					    "/drumlin/get", "/drumlin/list",      "/drumlin/cell"};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)osc_server_port(r->osc)),
				.sin_addr = {htonl(INADDR_LOOPBACK)}};
	for (int i = 0; i < 20000; i++) {
		unsigned char packet[128] = {0};
		const uint64_t bits = rng_next(&seed);
		const size_t size = bits % sizeof packet;
		for (size_t b = 0; b < size; b++)
			packet[b] = (unsigned char)rng_next(&seed);
		if (bits >> 32 & 1) {
			const char *text = start[(bits >> 33) % 6];
			memset(packet, 0, 24);
			memcpy(packet, text, strlen(text));
			packet[24] = ',';
		}
		sendto(fd, packet, size, 0, (struct sockaddr *)&a, sizeof a);
	}
	ms(50);
	say(r, 0, "/drumlin/tempo", "f", 77.0f);
	assert_true(becomes(r, PARAM_TEMPO, 77.0f));
	close(fd);
}

static void
networks_are_parsed(void **state)
{
	(void)state;
	static const char *const good[] = {"192.168.1.7", "10.0.0.0/8",    "0.0.0.0/0",
					   "fe80::1",     "2001:db8::/32", "::1/128"};
	static const char *const bad[] = {"",           "tablet",  "10.0.0.0/33", "10.0.0.0/",
					  "10.0.0.0/x", "::1/129", "1.2.3"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(osc_network_valid(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(osc_network_valid(bad[i]));
}

/* The first address of this machine that is not the loopback; false if it has none. */
static bool
own_address(char text[64])
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201)};
	socklen_t size = sizeof a;
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	const bool found = connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
			   getsockname(fd, (struct sockaddr *)&a, &size) == 0 &&
			   inet_ntop(AF_INET, &a.sin_addr, text, 64);
	close(fd);
	return found && strncmp(text, "127.", 4) != 0;
}

/* From the network: whoever is not on the list is not heard, whoever has not sent the secret only counted,
 * and another machine is told nothing until it has answered. */
static void
strangers_are_kept_out(void **state)
{
	(void)state;
	char own[64], port[16];
	if (!own_address(own)) {
		print_message("skipped: no address beside the loopback\n");
		return;
	}
	rig *r = calloc(1, sizeof *r);
	osc_counts c;
	open_rig(r, &(osc_options){.bind = "0.0.0.0", .allow = {"198.51.100.0/24"}, .n_allow = 1});
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	lo_address_free(r->to);
	r->to = lo_address_new(own, port);
	say(r, 0, "/drumlin/tempo", "f", 99.0f);
	ms(100);
	osc_server_get_counts(r->osc, &c);
	assert_int_equal(c.barred, 1);
	assert_true(params_get(&r->play->params, PARAM_TEMPO) == 130.0f);
	close_rig(r);

	r = calloc(1, sizeof *r);
	open_rig(r, &(osc_options){.bind = "0.0.0.0", .token = "hunter2"});
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	lo_address_free(r->to);
	r->to = lo_address_new(own, port);
	say(r, 0, "/drumlin/tempo", "f", 99.0f);
	say(r, 0, "/drumlin/token", "s", "hunter3");
	say(r, 0, "/drumlin/tokenhunter2", "");
	say(r, 0, "/drumlin/tempo", "f", 98.0f);
	ms(100);
	osc_server_get_counts(r->osc, &c);
	assert_int_equal(c.barred, 4);
	assert_true(params_get(&r->play->params, PARAM_TEMPO) == 130.0f);
	say(r, 0, "/drumlin/token/hunter2", "");
	say(r, 0, "/drumlin/tempo", "f", 97.0f);
	assert_true(becomes(r, PARAM_TEMPO, 97.0f));
	close_rig(r);

	/* the loopback orders for the other address: a challenge, and after the answer everything */
	r = calloc(1, sizeof *r);
	open_rig(r, &(osc_options){.bind = "0.0.0.0"});
	char url[96];
	snprintf(url, sizeof url, "osc.udp://%s:%d", own, lo_server_get_port(r->tablet[1].from));
	say(r, 0, "/drumlin/subscribe", "ss", url, "params");
	assert_true(hears(&r->tablet[1], "/drumlin/ping "));
	for (int i = 0; i < 50; i++)
		control_set(&r->control, PARAM_TEMPO, 100.0f + (float)i, PARAM_SOURCE_SCREEN);
	ms(150);
	assert_int_equal(r->tablet[1].n, 1);
	const int nonce = atoi(r->tablet[1].heard[0] + strlen("/drumlin/ping "));
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	lo_address_free(r->to);
	r->to = lo_address_new(own, port);
	say(r, 0, "/drumlin/pong", "i", nonce ^ 1);
	ms(100);
	assert_int_equal(r->tablet[1].n, 1);
	say(r, 1, "/drumlin/pong", "i", nonce);
	assert_true(hears(&r->tablet[1], "/drumlin/tempo 149.000"));
	close_rig(r);
}

/* Whoever puts another's address on its packets has that machine sent no more than a bounded number of bytes.
 */
static void
a_spoofed_subscriber_costs_little(void **state)
{
	(void)state;
	char own[64], port[16];
	if (!own_address(own)) {
		print_message("skipped: no address beside the loopback\n");
		return;
	}
	rig *r = calloc(1, sizeof *r);
	open_rig(r, &(osc_options){.bind = "0.0.0.0"});
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	lo_address_free(r->to);
	r->to = lo_address_new(own, port);
	/* it never answers, and asks for everything again and again */
	const uint64_t begun = mono_us();
	for (int i = 0; i < 2000; i++)
		say(r, 0, "/drumlin/get", "");
	say(r, 0, "/drumlin/tempo", "f", 99.0f);
	assert_true(becomes(r, PARAM_TEMPO, 99.0f));
	ms(200);
	const double seconds = (double)(mono_us() - begun) * 1e-6;
	const int n = r->tablet[0].n;
	print_message("%d messages for 2000 questions for %d each\n", n, PARAM_SLOTS);
	/* at least 24 bytes a message, of 64 kB at once and 64 kB a second */
	assert_true(n > 0 && n < (int)((1.0 + seconds) * 128e3 / 24.0));
	close_rig(r);
}

static void
ipv6_is_served(void **state)
{
	(void)state;
	osc_server *osc = NULL;
	engine_rig *p = rig_new(false);
	control c;
	control_init(&c, &p->params, p->engine);
	const osc_options o = {.bind = "::1"};
	if (osc_server_start(&c, &o, &osc, &test_error) != DR_OK) {
		print_message("skipped: %s\n", test_error.text);
	} else {
		const int fd = socket(AF_INET6, SOCK_DGRAM, 0);
		struct sockaddr_in6 a = {.sin6_family = AF_INET6,
					 .sin6_port = htons((uint16_t)osc_server_port(osc)),
					 .sin6_addr = IN6ADDR_LOOPBACK_INIT};
		static const char get[24] = "/drumlin/tempo\0\0,i\0\0\0\0\0\143",
				  ask[20] = "/drumlin/tempo\0\0,\0\0\0";
		char answer[64];
		sendto(fd, get, sizeof get, 0, (struct sockaddr *)&a, sizeof a);
		sendto(fd, ask, sizeof ask, 0, (struct sockaddr *)&a, sizeof a);
		assert_int_equal(recv(fd, answer, sizeof answer, 0), 24);
		assert_memory_equal(answer, "/drumlin/tempo\0\0,f\0\0", 20);
		assert_true(params_get(&p->params, PARAM_TEMPO) == 99.0f);
		close(fd);
	}
	osc_server_stop(osc);
	rig_free(p);
	control_destroy(&c);
}

#define with_rig(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    with_rig(cells_are_set_at_paths_of_their_own),
	    with_rig(cells_are_told_to_the_others),
	    with_rig(what_plays_is_told_to_who_wants_it),
	    with_rig(a_tablet_may_listen_at_another_port),
	    with_rig(renewing_does_not_repeat_everything),
	    with_rig(the_dead_are_dropped_and_may_return),
	    with_rig(questions_are_answered),
	    with_rig(patterns_keep_to_their_part),
	    with_rig(bundles_act_at_their_time_to_the_sample),
	    with_rig(what_the_engine_does_not_do_waits_too),
	    with_rig(a_flood_ends_with_the_last_value),
	    with_rig(noise_changes_nothing),
	    cmocka_unit_test(networks_are_parsed),
	    cmocka_unit_test(strangers_are_kept_out),
	    cmocka_unit_test(a_spoofed_subscriber_costs_little),
	    cmocka_unit_test(ipv6_is_served),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
