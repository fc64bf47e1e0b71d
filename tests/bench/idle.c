/* Helpers of make bench: a JACK client that does nothing, a stopwatch from starting drumlin to its first
 * sound, and a player that sends a list of notes (seconds, note, velocity) to another client again and again,
 * and says whether it heard anything of it. usage: idle client | idle first-sound DRUMLIN | idle player NOTES
 * MIDI-PORT AUDIO-PORT SECONDS */
#include <jack/jack.h>
#include <jack/midiport.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static jack_port_t *port[2];
static _Atomic bool heard;

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
clear(jack_nframes_t n, void *arg)
{
	(void)arg;
	for (int c = 0; c < 2; c++)
		memset(jack_port_get_buffer(port[c], n), 0, n * sizeof(float));
	return 0;
}

static int
listen_in(jack_nframes_t n, void *arg)
{
	(void)arg;
	const float *x = jack_port_get_buffer(port[0], n);
	for (jack_nframes_t f = 0; f < n; f++)
		if (fabsf(x[f]) > 1e-4f)
			atomic_store(&heard, true);
	return 0;
}

/* Connects as soon as the other's port is there, and waits for its sound. */
static int
first_sound(jack_client_t *client, const char *drumlin)
{
	const struct timespec pause = {0, 500000};
	double times[5];
	for (int run = 0; run < 5; run++) {
		atomic_store(&heard, false);
		const double begun = now();
		const pid_t child = fork();
		if (child == 0) {
			if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
				_exit(1);
			execl(drumlin, drumlin, "--plain", "--start", "--backend", "jack", "--osc-port", "0",
			      (char *)NULL);
			_exit(127);
		}
		bool connected = false;
		while (!atomic_load(&heard) && now() - begun < 10.0) {
			if (!connected)
				connected = jack_connect(client, "drumlin:main_left", "idle:in_1") == 0;
			nanosleep(&pause, NULL);
		}
		times[run] = now() - begun;
		kill(child, SIGTERM);
		waitpid(child, NULL, 0);
		nanosleep(&(struct timespec){0, 300000000}, NULL);
	}
	for (int i = 0; i < 5; i++)
		for (int k = i + 1; k < 5; k++)
			if (times[k] < times[i]) {
				const double t = times[i];
				times[i] = times[k];
				times[k] = t;
			}
	printf("start to first sound: %.0f ms (median of five; %.0f to %.0f)\n", 1e3 * times[2],
	       1e3 * times[0], 1e3 * times[4]);
	return times[2] > 9.0;
}

enum { NOTES_MAX = 1 << 16 };
static struct {
	double seconds;
	int note, velocity;
} notes[NOTES_MAX];
static int n_notes, next_note;
static double played; /* seconds of the list */
static jack_port_t *midi_port;
static double rate;

static int
play_notes(jack_nframes_t n, void *arg)
{
	void *out = jack_port_get_buffer(midi_port, n);
	const double end = notes[n_notes - 1].seconds + 0.1;
	jack_midi_clear_buffer(out);
	for (; next_note < n_notes && notes[next_note].seconds < played + n / rate; next_note++) {
		const double at = (notes[next_note].seconds - played) * rate;
		const jack_midi_data_t message[3] = {0x99, (jack_midi_data_t)notes[next_note].note,
						     (jack_midi_data_t)notes[next_note].velocity};
		jack_midi_event_write(out, at > 0.0 ? (jack_nframes_t)at : 0, message, sizeof message);
	}
	played += n / rate;
	if (played > end) {
		played = 0.0;
		next_note = 0;
	}
	return listen_in(n, arg);
}

static int
player(jack_client_t *c, char **argv)
{
	FILE *f = fopen(argv[2], "r");
	while (f && n_notes < NOTES_MAX &&
	       fscanf(f, "%lf %d %d", &notes[n_notes].seconds, &notes[n_notes].note,
		      &notes[n_notes].velocity) == 3)
		n_notes++;
	if (!n_notes)
		return 1;
	fclose(f);
	rate = jack_get_sample_rate(c);
	midi_port = jack_port_register(c, "midi_out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	jack_set_process_callback(c, play_notes, NULL);
	jack_activate(c);
	if (jack_connect(c, jack_port_name(midi_port), argv[3]) != 0 ||
	    jack_connect(c, argv[4], jack_port_name(port[0])) != 0)
		return 1;
	sleep((unsigned)atoi(argv[5]));
	jack_client_close(c);
	return !atomic_load(&heard);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	const bool client = strcmp(argv[1], "client") == 0;
	jack_client_t *c = jack_client_open("idle", JackNoStartServer, NULL);
	if (!c) {
		printf("skipped: no JACK server\n");
		return 0;
	}
	for (int i = 0; i < 2; i++)
		port[i] = jack_port_register(c, i ? (client ? "out_2" : "in_2") : (client ? "out_1" : "in_1"),
					     JACK_DEFAULT_AUDIO_TYPE,
					     client ? JackPortIsOutput : JackPortIsInput, 0);
	if (argc == 6 && strcmp(argv[1], "player") == 0)
		return player(c, argv);
	jack_set_process_callback(c, client ? clear : listen_in, NULL);
	jack_activate(c);
	if (!client)
		return argc > 2 ? first_sound(c, argv[2]) : 2;
	pause();
	return 0;
}
