#include "tests/perform/parts.h"

#ifdef HAVE_JACK

#include "rt/rng.h"
#include "tests/jack/jack_server.h"

#include <jack/jack.h>
#include <jack/midiport.h>
#include <math.h>
#include <signal.h>

enum { RATE = 48000, PERIOD = 64, FLOOD = 8 /* messages a period: six times what a cable carries */ };

static struct conductor {
	jack_server server;
	jack_client_t *client;
	jack_port_t *ear[2], *hand;
	bool connected;
	_Atomic bool flooding;
	uint64_t dice;   /* of the process callback */
	gig_heard heard; /* that callback's, read when it is over */
	_Atomic uint32_t xruns;
} conductor;

/* What hands do at their worst: faders, pads, bends and pressures, real-time bytes between, and status bytes
 * that there are none of. Exclusive messages without an end come by the cables of the two devices. */
static void
send_flood(void *out, jack_nframes_t frames)
{
	static const uint8_t kinds[] = {0x80, 0x90, 0x90, 0xa0, 0xb0, 0xb0,
					0xb0, 0xd0, 0xe0, 0xf8, 0xfe, 0xf4};
	for (int i = 0; i < FLOOD; i++) {
		const uint64_t bits = rng_next(&conductor.dice);
		const uint8_t kind = kinds[bits % sizeof kinds];
		const uint8_t channel = kind < 0xf0 ? (uint8_t)(bits >> 8 & 15) : 0;
		const jack_midi_data_t m[3] = {(uint8_t)(kind | channel), (uint8_t)(bits >> 16 & 127),
					       (uint8_t)(bits >> 24 & 127)};
		const size_t size = kind >= 0xf0 ? 1 : (kind & 0xf0) == 0xd0 ? 2 : 3;
		const jack_nframes_t at = (jack_nframes_t)i * frames / FLOOD;
		conductor.heard.midi += jack_midi_event_write(out, at, m, size) == 0;
	}
}

static int
process(jack_nframes_t frames, void *arg)
{
	gig_heard *h = &conductor.heard;
	(void)arg;
	for (int c = 0; c < 2; c++) {
		const float *x = jack_port_get_buffer(conductor.ear[c], frames);
		for (jack_nframes_t f = 0; f < frames; f++) {
			const float loud = fabsf(x[f]);
			h->bad += !isfinite(x[f]);
			h->sounding += c == 0 && loud > 1e-3f;
			h->peak = loud > h->peak ? loud : h->peak;
		}
	}
	h->frames += frames;
	void *out = jack_port_get_buffer(conductor.hand, frames);
	jack_midi_clear_buffer(out);
	if (atomic_load_explicit(&conductor.flooding, memory_order_relaxed))
		send_flood(out, frames);
	return 0;
}

static int
on_xrun(void *arg)
{
	(void)arg;
	atomic_fetch_add(&conductor.xruns, 1);
	return 0;
}

bool
gig_conductor_start(void)
{
	const jack_server_options o = {.name = "gig", .rate = RATE, .period = PERIOD, .realtime = true};
	jack_client_t *c = NULL;
	if (jack_server_start(&conductor.server, &o))
		c = jack_server_client(&conductor.server, "conductor");
	if (!c)
		return false;
	conductor.client = c;
	conductor.dice = gig_seed;
	conductor.ear[0] = jack_port_register(c, "left", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
	conductor.ear[1] = jack_port_register(c, "right", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
	conductor.hand = jack_port_register(c, "hand", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	jack_set_process_callback(c, process, NULL);
	jack_set_xrun_callback(c, on_xrun, NULL);
	return jack_activate(c) == 0;
}

static void
connect_drumlin(void)
{
	const int left = jack_connect(conductor.client, "drumlin:main_left", "conductor:left");
	const int right = jack_connect(conductor.client, "drumlin:main_right", "conductor:right");
	conductor.connected = left == 0 && right == 0 &&
			      jack_connect(conductor.client, "conductor:hand", "drumlin:midi_in") == 0;
}

void
gig_conductor_act(void)
{
	if (!conductor.connected)
		connect_drumlin();
	const int what = gig_below(300);
	jack_position_t at;
	const bool rolling = jack_transport_query(conductor.client, &at) == JackTransportRolling;
	if (what == 0 && rolling)
		jack_transport_stop(conductor.client);
	else if (what < 20 && !rolling)
		jack_transport_start(conductor.client);
	else if (what >= 20 && what < 23) {
		/* To the top, anywhere within ten minutes, a little back. */
		const jack_nframes_t to = what == 20   ? 0
					  : what == 21 ? (jack_nframes_t)gig_below(600 * RATE)
						       : at.frame / 2;
		jack_transport_locate(conductor.client, to);
		conductor.heard.locates++;
	}
}

void
gig_conductor_flood(bool on)
{
	atomic_store_explicit(&conductor.flooding, on, memory_order_relaxed);
}

gig_heard
gig_conductor_stop(void)
{
	jack_deactivate(conductor.client);
	jack_client_close(conductor.client);
	jack_server_end(&conductor.server, SIGTERM);
	conductor.heard.xruns = atomic_load(&conductor.xruns);
	return conductor.heard;
}

#else /* nobody conducts where there is no JACK */

bool
gig_conductor_start(void)
{
	return false;
}

void
gig_conductor_act(void)
{
}

void
gig_conductor_flood(bool on)
{
	(void)on;
}

gig_heard
gig_conductor_stop(void)
{
	return (gig_heard){.frames = 0};
}

#endif
