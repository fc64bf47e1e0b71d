#include "tests/test.h"

#include "osc/osc_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <lo/lo.h>
#include <math.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef struct rig {
	params params;
	plan plan;
	midi_map map;
	engine *engine;
	control control;
	osc_server *osc;
	lo_address to;
} rig;

static int
find_style(void *user, const char *name)
{
	(void)user;
	return strcmp(name, "techno") == 0 ? 7 : -1;
}

static int
set_up(void **state)
{
	rig *r = calloc(1, sizeof *r);
	char port[16];
	const osc_options o = {.bind = NULL, .port = 0};
	params_reset(&r->params);
	plan_init(&r->plan);
	midi_map_default(&r->map);
	assert_ok(engine_new(&r->params, &r->plan, &r->map, 48000, &r->engine, &test_error));
	control_init(&r->control, &r->params, r->engine);
	r->control.find_style = find_style;
	assert_ok(osc_server_start(&r->control, &o, &r->osc, &test_error));
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	r->to = lo_address_new("127.0.0.1", port);
	*state = r;
	return 0;
}

static int
tear_down(void **state)
{
	rig *r = *state;
	osc_server_stop(r->osc);
	lo_address_free(r->to);
	engine_free(r->engine);
	control_destroy(&r->control);
	free(r);
	return 0;
}

static void
sleep_ms(int ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
	nanosleep(&t, NULL);
}

/* Waits until the condition holds, half a minute at most: a busy machine is slow. */
#define until(condition)                                                                                     \
	({                                                                                                   \
		for (int until_tries = 0; !(condition) && until_tries < 30000; until_tries++)                \
			sleep_ms(1);                                                                         \
		(condition);                                                                                 \
	})

static bool
becomes(const rig *r, int slot, float value)
{
	return until(fabsf(params_get(&r->params, slot) - value) < 1e-4f);
}

static bool
counted(_Atomic uint32_t *counter, uint32_t value)
{
	return until(atomic_load(counter) >= value) && atomic_load(counter) == value;
}

static void
every_type_of_number_is_taken(void **state)
{
	rig *r = *state;
	lo_send(r->to, "/drumlin/density", "f", 0.25f);
	assert_true(becomes(r, PARAM_DENSITY, 0.25f));
	lo_send(r->to, "/drumlin/density", "d", 0.75);
	assert_true(becomes(r, PARAM_DENSITY, 0.75f));
	lo_send(r->to, "/drumlin/tempo", "i", 174);
	assert_true(becomes(r, PARAM_TEMPO, 174.0f));
	lo_send(r->to, "/drumlin/tempo", "h", (int64_t)90);
	assert_true(becomes(r, PARAM_TEMPO, 90.0f));
	lo_send(r->to, "/drumlin/SD/mute", "T");
	assert_true(becomes(r, param_slot(PARAM_MUTE, INST_SD), 1.0f));
	lo_send(r->to, "/drumlin/SD/mute", "F");
	assert_true(becomes(r, param_slot(PARAM_MUTE, INST_SD), 0.0f));
	lo_send(r->to, "/drumlin/style", "s", "techno");
	assert_true(becomes(r, PARAM_STYLE, 7.0f));
	assert_int_equal(atomic_load(&r->control.malformed), 0);
}

static void
values_out_of_range_are_clamped_and_nan_changes_nothing(void **state)
{
	rig *r = *state;
	lo_send(r->to, "/drumlin/tempo", "f", 9000.0f);
	assert_true(becomes(r, PARAM_TEMPO, 300.0f));
	lo_send(r->to, "/drumlin/tempo", "f", NAN);
	assert_true(counted(&r->params.rejected, 1));
	assert_true(params_get(&r->params, PARAM_TEMPO) == 300.0f);
	assert_int_equal(atomic_load(&r->params.clamped), 1);
}

static void
wildcards_reach_many(void **state)
{
	rig *r = *state;
	lo_send(r->to, "/drumlin/*/level", "f", 0.125f);
	for (int i = 0; i < INSTRUMENTS; i++)
		assert_true(becomes(r, param_slot(PARAM_LEVEL, i), 0.125f));
	lo_send(r->to, "/drumlin/{BD,SD}/pan", "f", -0.5f);
	assert_true(becomes(r, param_slot(PARAM_PAN, INST_SD), -0.5f));
	assert_true(becomes(r, param_slot(PARAM_PAN, INST_BD), -0.5f));
	assert_true(becomes(r, param_slot(PARAM_PAN, INST_CP), 0.0f));
}

static void
send_raw(const rig *r, const void *data, size_t size)
{
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)osc_server_port(r->osc)),
				.sin_addr = {htonl(INADDR_LOOPBACK)}};
	sendto(fd, data, size, 0, (struct sockaddr *)&a, sizeof a);
	close(fd);
}

static void
garbage_is_counted_and_harmless(void **state)
{
	rig *r = *state;
	static const struct {
		const char *data;
		size_t size;
	} bad[] = {
	    {"garbage", 7},
	    {"/drumlin/tempo", 14},
	    {"/drumlin/tempo\0\0,f\0\0", 20},               /* the argument is missing */
	    {"/drumlin/tempo\0\0,fff\0\0\0\0\0\0\0\0", 28}, /* two are */
	    {"#bundle\0", 8},
	    {"#bundle\0\0\0\0\0\0\0\0\1\0\0\0\7abc", 23},
	    {"#bundle\0\0\0\0\0\0\0\0\1\x7f\xff\xff\xfc", 20},
	    {"/nowhere\0\0\0\0,\0\0\0", 16},
	    {"/drumlin/nothing\0\0\0\0,\0\0\0", 24},
	    {"\0\0\0\0", 4},
	};
	const float before = params_get(&r->params, PARAM_TEMPO);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		send_raw(r, bad[i].data, bad[i].size);
		assert_true(counted(&r->control.malformed, (uint32_t)i + 1));
	}
	assert_true(params_get(&r->params, PARAM_TEMPO) == before);
	lo_send(r->to, "/drumlin/tempo", "f", 99.0f);
	assert_true(becomes(r, PARAM_TEMPO, 99.0f));
}

static void
bundles_are_opened(void **state)
{
	rig *r = *state;
	lo_bundle b = lo_bundle_new(LO_TT_IMMEDIATE);
	lo_message m = lo_message_new(), n = lo_message_new();
	lo_message_add_float(m, 111.0f);
	lo_message_add_float(n, 0.9f);
	lo_bundle_add_message(b, "/drumlin/tempo", m);
	lo_bundle_add_message(b, "/drumlin/density", n);
	lo_send_bundle(r->to, b);
	assert_true(becomes(r, PARAM_TEMPO, 111.0f) && becomes(r, PARAM_DENSITY, 0.9f));
	lo_bundle_free_messages(b);
}

/* A stream that stops reading is closed in the middle of a bundle; the rest of the bundle must not be read
 * from what was freed (the address sanitiser sees it). */
static void
a_stalled_stream_ends_in_mid_bundle(void **state)
{
	rig *r = *state;
	static const char subscribe[24] = "/drumlin/subscribe\0\0,\0\0",
			  get[24] = "/drumlin/get\0\0\0\0,NNN\0\0\0";
	static const char tempo[24] = "/drumlin/tempo\0\0,i\0\0\0\0\0\143";
	static unsigned char packet[4 + 16 + 2000 * 28];
	const uint32_t size = htonl(sizeof packet - 4), each = htonl(sizeof get);
	const int fd = socket(AF_INET, SOCK_STREAM, 0), small = 4096;
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)osc_server_port(r->osc)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	memcpy(packet, &size, 4);
	memcpy(packet + 4, "#bundle", 8);
	for (int i = 0; i < 2000; i++) {
		memcpy(packet + 20 + 28 * i, &each, 4);
		memcpy(packet + 24 + 28 * i, i == 0 ? subscribe : i < 1999 ? get : tempo, sizeof get);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(send(fd, packet, sizeof packet, MSG_NOSIGNAL), sizeof packet);
	assert_true(becomes(r, PARAM_TEMPO, 99.0f));
	lo_send(r->to, "/drumlin/density", "f", 0.125f);
	assert_true(becomes(r, PARAM_DENSITY, 0.125f));
	assert_true(until(osc_server_subscribers(r->osc) == 0));
	close(fd);
}

static void
tcp_works_too(void **state)
{
	rig *r = *state;
	char port[16];
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	lo_address tcp = lo_address_new_with_proto(LO_TCP, "127.0.0.1", port);
	assert_true(lo_send(tcp, "/drumlin/tempo", "f", 77.0f) > 0);
	assert_true(becomes(r, PARAM_TEMPO, 77.0f));
	assert_true(lo_send(tcp, "/drumlin/tempo", "f", 78.0f) > 0);
	assert_true(becomes(r, PARAM_TEMPO, 78.0f));
	lo_address_free(tcp);
}

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A subscriber's own ear: counts what it is told. */
typedef struct ear {
	_Atomic int messages;
	_Atomic float tempo, density;
} ear;

static int
hear(const char *path, const char *types, lo_arg **argv, int argc, lo_message m, void *user)
{
	ear *e = user;
	(void)m;
	(void)argc;
	if (strcmp(path, "/drumlin/tempo") == 0 && types[0] == 'f')
		atomic_store(&e->tempo, argv[0]->f);
	if (strcmp(path, "/drumlin/density") == 0 && types[0] == 'f')
		atomic_store(&e->density, argv[0]->f);
	atomic_fetch_add(&e->messages, 1);
	return 0;
}

static void
subscribers_hear_everything_then_changes_but_no_echo(void **state)
{
	rig *r = *state;
	ear e = {0};
	lo_server_thread ears = lo_server_thread_new(NULL, NULL);
	assert_non_null(ears);
	lo_server_thread_add_method(ears, NULL, NULL, hear, &e);
	lo_server_thread_start(ears);
	lo_server from = lo_server_thread_get_server(ears);
	lo_send_from(r->to, from, LO_TT_IMMEDIATE, "/drumlin/subscribe", "s", "params");
	assert_true(until(atomic_load(&e.messages) >= PARAM_SLOTS + 3)); /* two pads, and whether it plays */
	assert_int_equal(osc_server_subscribers(r->osc), 1);
	assert_true(atomic_load(&e.tempo) == 130.0f);
	control_set(&r->control, PARAM_TEMPO, 141.0f, PARAM_SOURCE_SCREEN);
	assert_true(until(atomic_load(&e.tempo) == 141.0f));
	/* and, when it has rested, once more */
	assert_true(until(atomic_load(&e.messages) >= PARAM_SLOTS + 5));
	const int before = atomic_load(&e.messages);
	assert_int_equal(before, PARAM_SLOTS + 5);
	lo_send_from(r->to, from, LO_TT_IMMEDIATE, "/drumlin/density", "f", 0.125f);
	assert_true(becomes(r, PARAM_DENSITY, 0.125f));
	sleep_ms(900);
	assert_int_equal(atomic_load(&e.messages), before);
	/* ... but where another value came of it, its own fader is told */
	lo_send_from(r->to, from, LO_TT_IMMEDIATE, "/drumlin/density", "f", 7.0f);
	assert_true(becomes(r, PARAM_DENSITY, 1.0f));
	assert_true(until(atomic_load(&e.density) == 1.0f));
	assert_true(until(atomic_load(&e.messages) >= before + 2));
	const int corrected = atomic_load(&e.messages);
	assert_int_equal(corrected, before + 2);
	/* at most 30 a second for one path, however often it moves */
	const double began = now();
	for (int i = 0; i < 1000; i++)
		control_set(&r->control, PARAM_TEMPO, 100.0f + (float)i * 0.01f, PARAM_SOURCE_SCREEN);
	assert_true(until(atomic_load(&e.messages) > corrected));
	sleep_ms(150);
	const int told = atomic_load(&e.messages) - corrected;
	assert_in_range(told, 1, 2 + 30 * (now() - began));
	lo_send_from(r->to, from, LO_TT_IMMEDIATE, "/drumlin/unsubscribe", "");
	assert_true(until(osc_server_subscribers(r->osc) == 0));
	lo_server_thread_free(ears);
}

static void
a_busy_port_is_stepped_over(void **state)
{
	rig *r = *state;
	osc_server *second = NULL;
	const osc_options o = {.bind = NULL, .port = osc_server_port(r->osc)};
	assert_ok(osc_server_start(&r->control, &o, &second, &test_error));
	assert_true(osc_server_port(second) > o.port);
	osc_server_stop(second);
}

static void
strange_addresses_are_refused_by_name(void **state)
{
	rig *r = *state;
	osc_server *none = NULL;
	const osc_options bad = {.bind = "not-an-address", .port = 0},
			  foreign = {.bind = "192.0.2.1", .port = 0};
	assert_int_equal(osc_server_start(&r->control, &bad, &none, &test_error), DR_USAGE);
	assert_non_null(strstr(test_error.text, "not-an-address"));
	assert_int_equal(osc_server_start(&r->control, &foreign, &none, &test_error), DR_USAGE);
	assert_non_null(strstr(test_error.text, "192.0.2.1"));
}

static void
commands_reach_the_engine(void **state)
{
	rig *r = *state;
	static float left[256], right[256];
	engine_io io = {.frames = 256, .rate = 48000, .main = {left, right}};
	report got;
	lo_send(r->to, "/drumlin/SD/trigger", "f", 0.5f);
	lo_send(r->to, "/drumlin/SD/trigger", "f", 0.0f); /* a pad's release */
	lo_send(r->to, "/drumlin/regenerate", "f", 1.0f);
	/* the last of the three */
	assert_true(until((engine_process(r->engine, &io), params_get(&r->params, PARAM_SEED) != 1.0f)));
	int hits = 0;
	while (engine_take_report(r->engine, &got))
		if (got.kind == REPORT_HIT) {
			assert_int_equal(got.instrument, INST_SD);
			assert_int_equal(got.velocity, 63);
			hits++;
		}
	assert_int_equal(hits, 1);
}

static _Atomic int said;

static void
count_lines(void *user, const char *line)
{
	(void)user;
	(void)line;
	atomic_fetch_add(&said, 1);
}

/* The descriptor of this kind that is bound to the port. */
static int
socket_at(int port, int type)
{
	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_in a = {0};
		socklen_t size = sizeof a, room = sizeof(int);
		int kind = 0;
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &room) == 0 && kind == type &&
		    getsockname(fd, (struct sockaddr *)&a, &size) == 0 && ntohs(a.sin_port) == port)
			return fd;
	}
	return -1;
}

static void
sockets_that_are_gone_are_opened_again(void **state)
{
	rig *r = *state;
	osc_server *second = NULL;
	const osc_options o = {.port = 0, .say = count_lines};
	char port[16];
	assert_ok(osc_server_start(&r->control, &o, &second, &test_error));
	snprintf(port, sizeof port, "%d", osc_server_port(second));
	lo_address to = lo_address_new("127.0.0.1", port);
	/* All that this test opens is open before, so that nothing takes the descriptor's number. */
	const int stream = socket(AF_INET, SOCK_STREAM, 0);
	lo_send(to, "/drumlin/density", "f", 0.75f);
	/* Straight to the kernel: it is a fault, not a call that a thread could make in earnest. */
	assert_int_equal(syscall(SYS_close, socket_at(osc_server_port(second), SOCK_DGRAM)), 0);
	/* Whoever connects, or a timer, wakes the thread that waits at the sockets; if it was awake, it may
	 * have closed this port too, to open both again: then nobody can connect, or who has
	 * begun to is cut off, and nobody need. */
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)osc_server_port(second)),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (connect(stream, (struct sockaddr *)&a, sizeof a) != 0)
		assert_true(errno == ECONNREFUSED || errno == ECONNRESET);
	assert_true(until(
	    (lo_send(to, "/drumlin/density", "f", 0.25f), params_get(&r->params, PARAM_DENSITY) == 0.25f)));
	assert_int_equal(atomic_load(&said), 2);
	close(stream);
	lo_address_free(to);
	osc_server_stop(second);
}

#define with_rig(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    with_rig(every_type_of_number_is_taken),
	    with_rig(values_out_of_range_are_clamped_and_nan_changes_nothing),
	    with_rig(wildcards_reach_many),
	    with_rig(garbage_is_counted_and_harmless),
	    with_rig(bundles_are_opened),
	    with_rig(tcp_works_too),
	    with_rig(a_stalled_stream_ends_in_mid_bundle),
	    with_rig(subscribers_hear_everything_then_changes_but_no_echo),
	    with_rig(sockets_that_are_gone_are_opened_again),
	    with_rig(a_busy_port_is_stepped_over),
	    with_rig(strange_addresses_are_refused_by_name),
	    with_rig(commands_reach_the_engine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
