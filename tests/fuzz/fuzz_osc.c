/* libFuzzer target: any bytes as OSC packets of two peers, one on this machine and one on a network, by UDP
 * or (first byte odd) over a TCP connection; then a period of sound and what the peers are told. No network
 * is touched.
 *
 * By UDP, a byte says whose packet follows (lowest bit) and its size in words (the others); 255: all the
 * rest. */
#include "osc/osc_state.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUZZ_NAME "fuzz_osc"
#define REPLAY_MUTANTS 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAMES = 64 };

static params p;
static plan steps;
static midi_map map;
static engine *sound;
static control c;

static void
start(void)
{
	dr_error err;
	params_reset(&p);
	plan_init(&steps);
	midi_map_default(&map);
	if (engine_new(&p, &steps, &map, 48000, &sound, &err) != DR_OK)
		abort();
	control_init(&c, &p, sound);
}

static osc_address
address_of(const char *text)
{
	osc_address a = {.size = sizeof(struct sockaddr_in)};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9000)};
	if (inet_pton(AF_INET, text, &in.sin_addr) != 1)
		abort();
	memcpy(&a.address, &in, sizeof in);
	return a;
}

static void
by_udp(osc_server *s, const uint8_t *data, size_t size)
{
	static const char *const from[] = {"127.0.0.1", "192.0.2.1"};
	while (size > 0) {
		size_t n = data[0] == 255 ? size - 1 : (size_t)(data[0] >> 1) * 4;
		n = n > size - 1 ? size - 1 : n;
		const osc_address a = address_of(from[data[0] & 1]);
		unsigned char *packet = malloc(n ? n : 1); /* no longer than it says */
		if (!packet)
			abort();
		memcpy(packet, data + 1, n);
		osc_peer *peer = osc_peer_at(s, &a, -1);
		osc_peer_heard(s, peer);
		osc_dispatch(s, peer, packet, n);
		free(packet);
		data += 1 + n;
		size -= 1 + n;
	}
}

static void
by_tcp(osc_server *s, const uint8_t *data, size_t size)
{
	int pair[2];
	osc_stream *t = &s->stream[0];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		abort();
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	t->fd = pair[0];
	t->from = address_of("192.0.2.1");
	t->buffer = malloc(OSC_PACKET + 4);
	if (!t->buffer)
		abort();
	if (write(pair[1], data, size) == (ssize_t)size)
		for (size_t read = 0; read < size && t->fd >= 0; read += 4096)
			osc_stream_read(s, 0);
	osc_stream_close_stalled(s);
	if (t->fd >= 0)
		osc_stream_close(s, 0);
	close(pair[1]);
}

static void
play(void)
{
	static float left[FRAMES], right[FRAMES];
	static engine_midi out[64];
	engine_io io = {
	    .frames = FRAMES, .rate = 48000, .main = {left, right}, .midi_out = out, .midi_out_capacity = 64};
	report r;
	engine_process(sound, &io);
	for (int f = 0; f < FRAMES; f++)
		if (!isfinite(left[f]) || !isfinite(right[f]))
			abort();
	while (engine_take_report(sound, &r))
		;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static osc_server s;
	if (!sound)
		start();
	params_reset(&p);
	memset(&s, 0, sizeof s);
	s.control = &c;
	s.udp = s.tcp = -1;
	s.nobody.hand = s.nobody.stream = -1;
	for (int i = 0; i < OSC_STREAMS; i++)
		s.stream[i].fd = -1;
	osc_out_refill(&s, 1e6f);
	if (size > 0 && data[0] & 1)
		by_tcp(&s, data + 1, size - 1);
	else if (size > 0)
		by_udp(&s, data + 1, size - 1);
	osc_feedback_changes(&s);
	play();
	osc_release(&s, INT64_MAX);
	osc_feedback_changes(&s);
	osc_held_clear(&s);
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const float v = params_get(&p, slot);
		if (!(v >= param_describe(slot)->low && v <= params_high(&p, slot)))
			abort();
	}
	return 0;
}

#include "tests/fuzz/replay.h"
