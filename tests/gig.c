/* A gig: the whole program with a fake nanoKONTROL2, a fake Launchpad Mini MK3 and a tablet, all acting at
 * random, with floods and rubbish among it. At the end the lights and the tablet show what Drumlin itself
 * says. DRUMLIN_GIG_SECONDS: how long (half a minute). */
#include "tests/test.h"

#include "app/commands.h"
#include "model/fileio.h"
#include "osc/lights.h"
#include "osc/midi_backend.h"
#include "rt/rng.h"

#include <arpa/inet.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NANO, PAD, DEVICES, QUEUED = 1024, PORT = 19770 };

static uint64_t seed;

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
below(int n)
{
	return (int)(rng_next_unit(&seed) * (float)n) % n;
}

/* --- the two controllers: what PortMIDI would have ------------------------------------------------------ */

static struct device {
	const char *name, *map;
	midi_packet queue[QUEUED];
	int queued;
	uint8_t lamp[LIGHT_LAMPS][3];
	bool lit[LIGHT_LAMPS];
} device[DEVICES] = {{.name = "nanoKONTROL2 MIDI 1", .map = "nanokontrol2"},
		     {.name = "Launchpad Mini MK3 MIDI 2", .map = "launchpad-mini-mk3"}};
static pthread_mutex_t cable = PTHREAD_MUTEX_INITIALIZER;

static int
port_count(void *user)
{
	(void)user;
	return 2 * DEVICES;
}

static void
nothing(void *user)
{
	(void)user;
}

static bool
describe(void *user, int port, midi_port_info *info)
{
	(void)user;
	*info = (midi_port_info){.input = port % 2 == 0, .output = port % 2 == 1};
	snprintf(info->name, sizeof info->name, "%s", device[port / 2].name);
	return true;
}

static bool
open_port(void *user, int port)
{
	(void)user;
	(void)port;
	return true;
}

static int
read_port(void *user, int port, midi_packet *packet, int max)
{
	(void)user;
	struct device *d = &device[port / 2];
	pthread_mutex_lock(&cable);
	const int n = d->queued < max ? d->queued : max;
	memcpy(packet, d->queue, (size_t)n * sizeof *packet);
	memmove(d->queue, d->queue + n, (size_t)(d->queued - n) * sizeof *packet);
	d->queued -= n;
	pthread_mutex_unlock(&cable);
	return n;
}

static int
lamp_of(const uint8_t *m)
{
	return m[1] + ((m[0] & 0xf0) == 0x90 ? LIGHT_LAMPS / 2 : 0);
}

static bool
write_port(void *user, int port, const uint8_t *message, size_t size)
{
	(void)user;
	struct device *d = &device[port / 2];
	pthread_mutex_lock(&cable);
	if (size == 3 && message[0] < 0xf0) {
		memcpy(d->lamp[lamp_of(message)], message, 3);
		d->lit[lamp_of(message)] = true;
	}
	pthread_mutex_unlock(&cable);
	return true;
}

static midi_backend fake = {NULL,      port_count, nothing,    describe, open_port,
			    open_port, read_port,  write_port, NULL,     NULL};

/* In the place of the real one. */
midi_backend *
midi_portmidi(void)
{
	return &fake;
}

static void
play(int which, int a, int b, int c, int e)
{
	struct device *d = &device[which];
	pthread_mutex_lock(&cable);
	if (d->queued < QUEUED)
		d->queue[d->queued++] =
		    (midi_packet){.data = {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)e}};
	pthread_mutex_unlock(&cable);
}

/* --- the tablet, and whoever looks at the end ----------------------------------------------------------- */

typedef struct tablet {
	int socket;
	bool told[PARAM_SLOTS];
	float value[PARAM_SLOTS];
	char cell[CELLS][40]; /* as it was told; empty: free */
	int messages;
} tablet;

static void
tablet_open(tablet *t)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int room = 4 << 20;
	t->socket = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(t->socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	assert_int_equal(connect(t->socket, (const struct sockaddr *)&to, sizeof to), 0);
}

static void
put_text(uint8_t *packet, size_t *at, const char *text)
{
	strcpy((char *)packet + *at, text);
	*at += (strlen(text) / 4 + 1) * 4;
}

static void
say(const tablet *t, const char *path, float value)
{
	uint8_t packet[256] = {0};
	uint32_t bits;
	size_t at = 0;
	put_text(packet, &at, path);
	put_text(packet, &at, ",f");
	memcpy(&bits, &value, 4);
	bits = htonl(bits);
	memcpy(packet + at, &bits, 4);
	(void)!send(t->socket, packet, at + 4, 0);
}

static void
ask(const tablet *t, const char *path)
{
	char url[64];
	uint8_t packet[256] = {0};
	struct sockaddr_in own;
	socklen_t length = sizeof own;
	size_t at = 0;
	getsockname(t->socket, (struct sockaddr *)&own, &length);
	snprintf(url, sizeof url, "osc.udp://127.0.0.1:%d", ntohs(own.sin_port));
	put_text(packet, &at, path);
	put_text(packet, &at, ",sss");
	put_text(packet, &at, url);
	put_text(packet, &at, "params");
	put_text(packet, &at, "cells");
	(void)!send(t->socket, packet, at, 0);
}

static uint32_t
word(const uint8_t *p)
{
	uint32_t w;
	memcpy(&w, p, 4);
	return ntohl(w);
}

/* One message's arguments as numbers; a string is an instrument's name. */
static int
arguments(const uint8_t *m, const char *types, double out[8])
{
	size_t at = (strlen(types) / 4 + 1) * 4;
	int n = 0;
	for (const char *t = types + 1; *t && n < 8; t++) {
		const uint32_t bits = word(m + at);
		float f;
		memcpy(&f, &bits, 4);
		if (*t == 's') {
			out[n++] = instrument_from_name((const char *)m + at);
			at += (strlen((const char *)m + at) / 4 + 1) * 4;
		} else {
			out[n++] = *t == 'f' ? (double)f : (double)(int32_t)bits;
			at += 4;
		}
	}
	return n;
}

static void
hear(tablet *t, const uint8_t *m, size_t size)
{
	if (size >= 16 && memcmp(m, "#bundle", 8) == 0) {
		for (size_t at = 16; at + 4 <= size; at += 4 + word(m + at))
			hear(t, m + at + 4, word(m + at));
		return;
	}
	const char *path = (const char *)m;
	const size_t head = (strlen(path) / 4 + 1) * 4;
	double v[8] = {0};
	const int n = arguments(m + head, (const char *)m + head, v);
	t->messages++;
	if (strcmp(path, "/drumlin/cell") == 0 && n >= 4) {
		char *text = t->cell[cell_index((int)v[0] - 1, (int)v[1], (int)v[2] - 1)];
		text[0] = '\0';
		if (v[3] != 0.0)
			snprintf(text, 40, "%.4f %d %d %d %d", v[3], (int)v[4], (int)v[5], (int)v[6],
				 (int)v[7]);
		return;
	}
	const int slot = strncmp(path, "/drumlin/", 9) == 0 ? param_find(path + 9) : -1;
	if (slot >= 0 && n == 1) {
		t->value[slot] = (float)v[0];
		t->told[slot] = true;
	}
}

/* Until nothing has come for so long. */
static void
listen_for(tablet *t, int ms)
{
	uint8_t packet[65536];
	struct pollfd p = {.fd = t->socket, .events = POLLIN};
	while (poll(&p, 1, ms) > 0) {
		const ssize_t n = recv(t->socket, packet, sizeof packet, 0);
		if (n > 0)
			hear(t, packet, (size_t)n);
	}
}

/* --- what the hands do ------------------------------------------------------------------------------------
 */

static tablet hand, looker, vandal;

static void
tablet_acts(void)
{
	static const char *const commands[] = {"fill",         "vary",          "regenerate", "tap",
					       "undo",         "redo",          "panic",      "mutate",
					       "pattern/keep", "pattern/clear", "toggle",     "continue"};
	static const char *const scenes[] = {"scene", "scene/store", "scene/clear", "scene/copy"};
	char path[96], name[PARAM_PATH_MAX];
	const int kind = below(10), slot = below(PARAM_SLOTS);
	if (kind < 6) {
		/* Whose time it is stays: nobody else gives one here. Learning is the controllers'. */
		if ((slot >= PARAM_SYNC && slot <= PARAM_SYNC_POLITE) || slot == PARAM_LEARN ||
		    (param_describe(slot)->flags & PARAM_FLAG_SHOWN))
			return;
		hand.value[slot] = param_from_unit(slot, rng_next_unit(&seed));
		hand.told[slot] = true;
		snprintf(path, sizeof path, "/drumlin/%s", param_path(slot, name));
		say(&hand, path, hand.value[slot]);
	} else if (kind < 8) {
		const int instrument = below(INSTRUMENTS), step = below(16), value = below(3) - 1;
		char *shown = hand.cell[cell_index(0, instrument, step)]; /* no echo: it shows what it sent */
		shown[0] = '\0';
		if (value)
			snprintf(shown, sizeof hand.cell[0], "%.4f 0 0 0 0", (double)value);
		snprintf(path, sizeof path, "/drumlin/%s/step/%d", instrument_name(instrument), step + 1);
		say(&hand, path, (float)value);
	} else if (kind < 9) {
		snprintf(path, sizeof path, "/drumlin/%s", commands[below(12)]);
		say(&hand, path, 1.0f);
	} else {
		snprintf(path, sizeof path, "/drumlin/%s", scenes[below(4)]);
		say(&hand, path, (float)(1 + below(16)));
	}
}

static void
controllers_act(void)
{
	static const int buttons[] = {91, 92, 93, 94, 95, 96, 97, 96, 89, 79, 69, 59, 49, 39, 29, 19};
	if (below(2)) {
		const int cc = below(2) ? below(8) + 16 * below(2) : below(88);
		play(NANO, 0xb0, cc, below(128), 0);
	} else {
		const bool button = below(4) == 0;
		const int number = button ? buttons[below(16)] : 10 * (1 + below(8)) + 1 + below(8);
		play(PAD, button ? 0xb0 : 0x90, number, 127, 0);
		play(PAD, button ? 0xb0 : 0x90, number, 0, 0);
	}
}

/* A knob that no map uses is learned. While that lasts nobody touches what is not to be learned. */
static void
learn(void)
{
	const int knob = 80 + below(8);
	say(&hand, "/drumlin/learn", 1.0f);
	say(&hand, "/drumlin/swing", hand.value[PARAM_SWING] = rng_next_unit(&seed));
	listen_for(&hand, 40);
	play(NANO, 0xb0, knob, 10, 0);
	play(NANO, 0xb0, knob, 14, 0);
	listen_for(&hand, 40);
	say(&hand, "/drumlin/learn", 0.0f);
	hand.value[PARAM_LEARN] = 0.0f;
	listen_for(&hand, 40);
}

/* A flood with rubbish in it, as fast as it goes, for a moment; then until all of it has been taken. */
static void
flood(void)
{
	uint8_t rubbish[64];
	const double until = now() + 0.2;
	while (now() < until) {
		for (int i = 0; i < 200; i++)
			say(&vandal, "/drumlin/BD/drive", rng_next_unit(&seed));
		for (size_t i = 0; i < sizeof rubbish; i++)
			rubbish[i] = (uint8_t)below(256);
		(void)!send(vandal.socket, rubbish, (size_t)below(64), 0);
		(void)!send(vandal.socket, "#bundle\0\0\0\0\0\0\0\0\1\0\0\1\0/drum", 26, 0);
		for (int d = 0; d < DEVICES; d++)
			for (int i = 0; i < 20; i++)
				play(d, i % 5 ? 0xe0 + below(16) : below(256), below(256), below(256),
				     below(256));
	}
	for (int d = 0; d < DEVICES; d++)
		play(d, 0xf0, 1, 2, 3); /* and no end of it */
	listen_for(&hand, 150);
}

/* --- the end
 * ------------------------------------------------------------------------------------------------ */

static params truth;

static bool
expect_lamp(void *user, const uint8_t message[3])
{
	uint8_t(*lamp)[3] = user;
	memcpy(lamp[lamp_of(message)], message, 3);
	return true;
}

/* A free cell's pad may show what the network has planned there. */
static bool
may_play(const map_file *f, int lamp, const uint8_t *shown)
{
	for (int i = 0; i < f->n_lights; i++) {
		const map_light *l = &f->light[i];
		if (l->binding.target.to == MIDI_TO_CELL && l->from == MIDI_FROM_NOTE &&
		    l->number + LIGHT_LAMPS / 2 == lamp && midi_map_acts(&f->map, &l->binding, &truth) &&
		    params_cell(&truth, midi_map_cell(&f->map, 0, &l->binding.target, &truth)).kind ==
			CELL_FREE)
			return shown[2] == l->colour[LIGHT_PLAYS].value ||
			       shown[2] == l->colour[LIGHT_HERE].value;
	}
	return false;
}

static int
compare_lights(const struct device *d, const map_file *f)
{
	static uint8_t wanted[LIGHT_LAMPS][3];
	static lights l;
	control c = {.params = &truth};
	const lights_view v = {.control = &c};
	int wrong = 0, lit = 0;
	memset(wanted, 0, sizeof wanted);
	lights_forget(&l);
	lights_refresh(&l, f, &v, LIGHT_LAMPS, expect_lamp, wanted);
	for (int i = 0; i < LIGHT_LAMPS; i++) {
		lit += wanted[i][0] != 0;
		if (wanted[i][0] && (!d->lit[i] || memcmp(wanted[i], d->lamp[i], 3) != 0) &&
		    !may_play(f, i, d->lamp[i])) {
			print_message("%s: lamp %d shows %02x %d %d, not %02x %d %d\n", d->map, i,
				      d->lamp[i][0], d->lamp[i][1], d->lamp[i][2], wanted[i][0], wanted[i][1],
				      wanted[i][2]);
			wrong++;
		}
	}
	print_message("%s: %d lamps, %d wrong\n", d->map, lit, wrong);
	assert_true(lit > 8);
	return wrong;
}

static void
said(void *user, const char *line)
{
	(void)user;
	print_message("%s\n", line);
}

static int
compare(void)
{
	int wrong = 0;
	char name[PARAM_PATH_MAX];
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		assert_true(looker.told[slot]);
		params_set(&truth, slot, looker.value[slot], 0);
		if (fabsf(looker.value[slot] - hand.value[slot]) >
		    1e-4f * fmaxf(1.0f, fabsf(hand.value[slot]))) {
			print_message("%s: the tablet shows %g, not %g\n", param_path(slot, name),
				      (double)hand.value[slot], (double)looker.value[slot]);
			wrong++;
		}
	}
	for (int i = 0; i < CELLS; i++) {
		float value = 0.0f;
		sscanf(looker.cell[i], "%f", &value);
		if (*looker.cell[i])
			params_set_cell(&truth, i,
					value > 0 ? cell_hit((int)lrintf(value * 127.0f))
						  : (cell){.kind = CELL_REST});
		if (strcmp(looker.cell[i], hand.cell[i]) != 0) {
			print_message("cell %d: the tablet shows '%s', not '%s'\n", i, hand.cell[i],
				      looker.cell[i]);
			wrong++;
		}
	}
	for (int d = 0; d < DEVICES; d++) {
		static map_file f;
		char path[512];
		char *text;
		size_t size;
		snprintf(path, sizeof path, "%s/data/maps/%s.map", getenv("srcdir") ? getenv("srcdir") : ".",
			 device[d].map);
		assert_ok(file_read_whole(path, 1 << 20, &text, &size, &test_error));
		assert_int_equal(map_file_parse(text, size, path, &f, said, NULL), 0);
		free(text);
		wrong += compare_lights(&device[d], &f);
	}
	return wrong;
}

static void *
perform(void *arg)
{
	static char words[][16] = {"drumlin",    "--plain", "--backend",  "none",
				   "--osc-port", "19770",   "--record-to"};
	char *argv[9] = {0};
	for (int i = 0; i < 7; i++)
		argv[i] = words[i];
	argv[7] = arg;
	return (void *)(intptr_t)cmd_play(8, argv);
}

/* Brings everything to rest: stopped, no learning, first pages. */
static void
come_to_rest(void)
{
	for (int d = 0; d < DEVICES; d++)
		play(d, 0xf7, 0, 0, 0);
	say(&hand, "/drumlin/learn", 0.0f);
	hand.value[PARAM_LEARN] = 0.0f;
	listen_for(&hand, 100);
	static const int pages[] = {95, 91, 91, 93, 93, 93, 93, 49, 49, 49, 49};
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		play(PAD, 0xb0, pages[i], 127, 0);
		play(PAD, 0xb0, pages[i], 0, 0);
	}
	say(&hand, "/drumlin/record", 0.0f);
	hand.value[PARAM_RECORD] = 0.0f;
	say(&hand, "/drumlin/stop", 1.0f);
	for (double until = now() + 3.0; now() < until;)
		listen_for(&hand, 100);
}

static void
all_three_show_the_truth_at_the_end(void **state)
{
	(void)state;
	const char *wanted = getenv("DRUMLIN_GIG_SECONDS");
	const double seconds = wanted ? atof(wanted) : 30.0;
	char folder[] = "/tmp/gig-XXXXXX";
	pthread_t program;
	void *code;
	seed = test_seed();
	params_reset(&truth);
	assert_non_null(mkdtemp(folder));
	setenv("XDG_CONFIG_HOME", folder, 1);
	setenv("XDG_STATE_HOME", folder, 1);
	assert_int_equal(pthread_create(&program, NULL, perform, folder), 0);
	tablet_open(&hand);
	tablet_open(&looker);
	tablet_open(&vandal);
	for (int i = 0; i < 300 && hand.messages == 0; i++) {
		ask(&hand, "/drumlin/subscribe");
		listen_for(&hand, 200);
	}
	assert_true(hand.messages > 0);
	say(&hand, "/drumlin/play", 1.0f);
	const double end = now() + seconds;
	for (double next = now() + 5.0; now() < end;) {
		tablet_acts();
		controllers_act();
		listen_for(&hand, below(20));
		if (now() > next) {
			flood();
			learn();
			next = now() + 5.0;
		}
	}
	come_to_rest();
	for (int i = 0; i < 50 && !looker.told[PARAM_SLOTS - 1]; i++) {
		ask(&looker, "/drumlin/subscribe");
		listen_for(&looker, 1000);
	}
	const int wrong = compare();
	kill(getpid(), SIGTERM);
	pthread_join(program, &code);
	print_message("%d messages told to the tablet, %d things wrong\n", hand.messages, wrong);
	char remove[64];
	snprintf(remove, sizeof remove, "rm -rf %s", folder);
	assert_int_equal(system(remove), 0);
	assert_int_equal((intptr_t)code, 0);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_three_show_the_truth_at_the_end)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
