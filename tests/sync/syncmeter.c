/* How far apart two programs' beats are, heard on a JACK server (make synccheck).
 *
 * usage: syncmeter [-w FRAMES] [-l LOG] SECONDS LABEL OURS THEIRS
 *        syncmeter -o FILE SECONDS OURS
 *
 * OURS and THEIRS are each one of
 *   - audio:PORT[,PORT...], onsets: the first loud frame after silence
 *   - clock:PORT, MIDI clock: every sixth tick (16ths) from start or song position on; ticks that are missing
 *     count, and are told on stderr
 *   - bbt:N, the transport's own beats as its timebase master publishes them, N to the beat
 *   - grid:BPM, 16ths counted in the transport's frames alone
 *
 * Each of their events is looked up among ours; further than FRAMES (960) from the nearest it is unmatched.
 * -l lists what is unmatched and what is far off. -o writes our events alone, microseconds of the monotonic
 * clock. Exit code: 0 measured, 1 no server, no such port or nothing heard. */
#include "tests/sync/meter.h"

#include <jack/midiport.h>

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SILENCE = 96 };

static const float loud = 2e-4f;

static volatile sig_atomic_t leave;

static void
on_signal(int signal)
{
	(void)signal;
	leave = 1;
}

/* --- JACK's thread ------------------------------------------------------------------------------------- */

/* Frame 0's time, and the rate. */
static double due_us, rate = 1.0;

static void
add(event_list *l, int64_t at)
{
	const uint32_t n = atomic_load_explicit(&l->n, memory_order_relaxed);
	if (n == EVENTS || (n > 0 && l->at[n - 1] >= at))
		return;
	l->at[n] = at;
	if (l->us)
		l->us[n] = due_us + (double)at * 1e6 / rate;
	atomic_store_explicit(&l->n, n + 1, memory_order_release);
}

static void
hear_audio(source *s, int64_t now, jack_nframes_t nframes)
{
	const float *x = jack_port_get_buffer(s->port, nframes);
	for (jack_nframes_t f = 0; f < nframes; f++) {
		if (fabsf(x[f]) > loud) {
			if (s->quiet >= SILENCE)
				add(&s->events, now + f);
			s->quiet = 0;
		} else if (s->quiet < SILENCE) {
			s->quiet++;
		}
	}
}

/* These ticks are exact, so a gap of so many intervals shows so many that were never heard: they count too,
 * as time has passed. */
static void
count_missing(source *s, int64_t at)
{
	const int64_t interval = s->tick_at ? at - s->tick_at : 0;
	const double times = s->interval ? (double)interval / (double)s->interval : 1.0;
	const int64_t n = llround(times);
	s->tick_at = at;
	if (n >= 2 && n <= 24 && fabs(times - (double)n) < 0.2) {
		s->tick += n - 1;
		atomic_fetch_add(&s->missing, (uint32_t)(n - 1));
	} else {
		s->interval = interval;
	}
}

static void
hear_clock(source *s, int64_t now, jack_nframes_t nframes)
{
	void *buffer = jack_port_get_buffer(s->port, nframes);
	jack_midi_event_t e;
	for (uint32_t i = 0; jack_midi_event_get(&e, buffer, i) == 0; i++) {
		switch (e.size ? e.buffer[0] : 0) {
		case 0xf2: s->last_unit = e.size == 3 ? 6 * (e.buffer[1] | e.buffer[2] << 7) : 0; break;
		case 0xfa: s->last_unit = 0; /* fall through */
		case 0xfb:
			s->tick = s->last_unit;
			s->tick_at = s->interval = 0;
			break;
		case 0xfc:
			s->last_unit = s->tick >= 0 ? s->tick : s->last_unit;
			s->tick = -1;
			break;
		case 0xf8:
			if (s->tick >= 0)
				count_missing(s, now + e.time);
			if (s->tick >= 0 && s->tick++ % 6 == 0)
				add(&s->events, now + e.time);
			break;
		default: break;
		}
	}
}

/* Units (beats, or parts of them) since the top at the cycle's start, and how many a frame. */
static bool
place(const source *s, const meter *m, const jack_position_t *pos, double *units, double *per_frame)
{
	if (s->kind == GRID) {
		*per_frame = s->number * 4.0 / 60.0 / m->rate;
		*units = pos->frame * *per_frame;
		return true;
	}
	if (!(pos->valid & JackPositionBBT) || !(pos->beats_per_minute > 1.0) || !(pos->ticks_per_beat > 0.0))
		return false;
	double tick = pos->tick;
#ifdef JACK_TICK_DOUBLE
	if (pos->valid & JackTickDouble)
		tick = pos->tick_double;
#endif
	*per_frame = s->number * pos->beats_per_minute / 60.0 / m->rate;
	const double beats = (double)(pos->bar - 1) * (double)pos->beats_per_bar + pos->beat - 1;
	*units = s->number * (beats + tick / pos->ticks_per_beat);
	if (pos->valid & JackBBTFrameOffset)
		*units += pos->bbt_offset * *per_frame;
	return true;
}

/* A unit begins where its number appears for the first time; where whole ticks put that into this cycle or
 * the one before is settled by the frame that it is computed for. */
static void
hear_transport(source *s, const meter *m, const jack_position_t *pos, jack_nframes_t nframes, bool jumped)
{
	double units, per_frame;
	if (!place(s, m, pos, &units, &per_frame)) {
		s->seen = false;
		return;
	}
	if (jumped || !s->seen)
		s->last_unit = (int64_t)ceil(units - 1e-6) - 1;
	s->seen = true;
	const double end = units + nframes * per_frame;
	for (int64_t u = s->last_unit + 1; (double)u < end - 0.5 * per_frame; u++) {
		const double at = ((double)u - units) / per_frame;
		if (at > -2.0 * nframes)
			add(&s->events, m->now + llround(at));
		s->last_unit = u;
	}
}

static void
watch_time(meter *m, jack_nframes_t nframes)
{
	const double us = (double)jack_get_time() - (double)m->now * 1e6 / m->rate;
	m->watched += nframes;
	if (m->watched > 0.15 * m->rate || !m->begun) {
		m->before_us = m->begun ? m->frame_0_us : us;
		m->frame_0_us = us;
		m->watched = 0;
	}
	m->frame_0_us = fmin(m->frame_0_us, us);
	due_us = fmin(m->frame_0_us, m->before_us);
	rate = m->rate;
}

static int
process(jack_nframes_t nframes, void *arg)
{
	meter *m = arg;
	jack_position_t pos;
	const bool rolling = jack_transport_query(m->client, &pos) == JackTransportRolling;
	const jack_nframes_t time = jack_last_frame_time(m->client);
	m->now = m->begun ? m->now + (int32_t)(time - (jack_nframes_t)m->now) : time;
	watch_time(m, nframes);
	const bool jumped = !m->begun || rolling != m->rolling || pos.frame != m->expected;
	if (jumped)
		add(&m->jumps, m->now);
	for (int i = 0; i < m->sources; i++) {
		source *s = &m->source[i];
		if (s->kind == AUDIO)
			hear_audio(s, m->now, nframes);
		else if (s->kind == CLOCK) {
			if (m->begun && time != m->next_time)
				s->tick = -1; /* ticks may have been missed here: it counts again from the
						 next start on */
			hear_clock(s, m->now, nframes);
		} else if (rolling)
			hear_transport(s, m, &pos, nframes, jumped);
	}
	m->begun = true;
	m->next_time = time + nframes;
	m->rolling = rolling;
	m->expected = pos.frame + (rolling ? nframes : 0);
	return 0;
}

static int
on_xrun(void *arg)
{
	atomic_fetch_add(&((meter *)arg)->xruns, 1);
	return 0;
}

static void
on_shutdown(void *arg)
{
	atomic_store(&((meter *)arg)->gone, true);
}

static void
quiet(const char *message)
{
	(void)message;
}

/* --- set-up
 * ------------------------------------------------------------------------------------------------- */

static bool
parse_source(source *s, const char *text)
{
	static const struct {
		const char *name;
		kind kind;
	} kinds[] = {{"audio:", AUDIO}, {"clock:", CLOCK}, {"bbt:", BBT}, {"grid:", GRID}};
	for (int i = 0; i < 4; i++) {
		const size_t length = strlen(kinds[i].name);
		if (strncmp(text, kinds[i].name, length) != 0)
			continue;
		s->kind = kinds[i].kind;
		s->text = text + length;
		s->number = atof(s->text);
		s->tick = -1;
		s->quiet = SILENCE;
		s->events.at = calloc(EVENTS, sizeof *s->events.at);
		return s->events.at && (s->kind == AUDIO || s->kind == CLOCK || s->number > 0.0);
	}
	return false;
}

/* Ten seconds for a program to come up with its port. */
static bool
connect_port(const meter *m, const char *from, const jack_port_t *to)
{
	for (int i = 0; i < 100 && !leave; i++) {
		if (jack_port_by_name(m->client, from) &&
		    jack_connect(m->client, from, jack_port_name(to)) == 0)
			return true;
		usleep(100000);
	}
	fprintf(stderr, "syncmeter: no port %s\n", from);
	return false;
}

static bool
connect_source(const meter *m, const source *s)
{
	char *list = strdup(s->text);
	bool ok = list != NULL;
	char *rest = list;
	for (char *name = s->port ? strsep(&rest, ",") : NULL; ok && name; name = strsep(&rest, ","))
		ok = connect_port(m, name, s->port);
	free(list);
	return ok;
}

static bool
open_meter(meter *m)
{
	jack_set_error_function(quiet);
	jack_set_info_function(quiet);
	m->client = jack_client_open("syncmeter", JackNoStartServer, NULL);
	if (!m->client)
		return false;
	m->rate = jack_get_sample_rate(m->client);
	m->jumps.at = calloc(EVENTS, sizeof *m->jumps.at);
	for (int i = 0; i < m->sources; i++) {
		source *s = &m->source[i];
		if (s->kind == AUDIO || s->kind == CLOCK)
			s->port = jack_port_register(m->client, i ? "theirs" : "ours",
						     s->kind == AUDIO ? JACK_DEFAULT_AUDIO_TYPE
								      : JACK_DEFAULT_MIDI_TYPE,
						     JackPortIsInput, 0);
	}
	jack_set_process_callback(m->client, process, m);
	jack_set_xrun_callback(m->client, on_xrun, m);
	jack_on_shutdown(m->client, on_shutdown, m);
	if (!m->jumps.at || jack_activate(m->client) != 0)
		return false;
	for (int i = 0; i < m->sources; i++)
		if (!connect_source(m, &m->source[i]))
			return false;
	return true;
}

static int64_t
monotonic_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* As they come, so that a server's end loses none. A server's own clock is not the monotonic one, which is
 * slewed. */
static void
write_times(meter *m, FILE *out, uint32_t *written)
{
	const event_list *l = &m->source[0].events;
	const uint32_t n = atomic_load_explicit(&l->n, memory_order_acquire);
	for (int i = 0; i < 4; i++) {
		const int64_t before = monotonic_us(), theirs = (int64_t)jack_get_time();
		clock_lead_take(&m->clocks, before, theirs, monotonic_us());
	}
	for (; *written < n; (*written)++)
		fprintf(out, "%lld\n",
			(long long)jack_frames_to_time(m->client, (jack_nframes_t)l->at[*written]) +
			    m->clocks.lead);
	fflush(out);
}

int
main(int argc, char **argv)
{
	static meter m;
	int64_t window = 960;
	FILE *log = NULL, *times = NULL;
	int option;
	while ((option = getopt(argc, argv, "w:l:o:")) != -1) {
		if (option == 'w')
			window = atoll(optarg);
		else if (option == 'l')
			log = fopen(optarg, "w");
		else if (option == 'o')
			times = fopen(optarg, "w");
		else
			return 2;
	}
	argv += optind;
	m.sources = times ? 1 : 2;
	if (argc - optind != (times ? 2 : 4) || !parse_source(&m.source[0], argv[times ? 1 : 2]) ||
	    (!times && !parse_source(&m.source[1], argv[3]))) {
		fprintf(stderr, "syncmeter: see the head of tests/sync/syncmeter.c\n");
		return 2;
	}
	if (times)
		m.source[0].events.us = calloc(EVENTS, sizeof(double));
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	if (!open_meter(&m))
		return 1;
	const double seconds = atof(argv[0]);
	uint32_t written = 0;
	double waited = 0.0;
	for (; waited < seconds && !leave && !atomic_load(&m.gone); waited += 0.05) {
		usleep(50000);
		if (times && !atomic_load(&m.gone))
			write_times(&m, times, &written);
	}
	if (!atomic_load(&m.gone))
		jack_deactivate(m.client);
	const int status = times ? written == 0 : meter_compare(&m, argv[1], waited, window, log);
	if (log)
		fclose(log);
	if (times)
		fclose(times);
	return status;
}
