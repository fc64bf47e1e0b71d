/* The other end of Drumlin's MIDI ports, for make vmcheck: sends pads and clock by PortMIDI, and tells when
 * what comes back has come.
 *
 *     midi_probe list
 *     midi_probe echo OUT IN N     sends N notes, waits for each to come back; prints median and worst
 * milliseconds midi_probe listen IN SECONDS prints counts of notes, clocks, lights and of starts, and the
 * tempo of the clock midi_probe clock OUT BPM SECONDS Ports by a part of their name. Exit code 1: no such
 * port, or nothing came. */
#include <portmidi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
rest(double seconds)
{
	const struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	nanosleep(&t, NULL);
}

static PmDeviceID
find(const char *part, int input)
{
	for (PmDeviceID i = 0; i < Pm_CountDevices(); i++) {
		const PmDeviceInfo *d = Pm_GetDeviceInfo(i);
		if (strstr(d->name, part) && (input ? d->input : d->output))
			return i;
	}
	fprintf(stderr, "midi_probe: no %s port with %s in its name\n", input ? "input" : "output", part);
	exit(1);
}

static PortMidiStream *
open_in(const char *part)
{
	PortMidiStream *in;
	if (Pm_OpenInput(&in, find(part, 1), NULL, 1024, NULL, NULL) != pmNoError)
		exit(1);
	Pm_SetFilter(in, PM_FILT_ACTIVE);
	return in;
}

static PortMidiStream *
open_out(const char *part)
{
	PortMidiStream *out;
	if (Pm_OpenOutput(&out, find(part, 0), NULL, 64, NULL, NULL, 0) != pmNoError)
		exit(1);
	return out;
}

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int
echo(const char *to, const char *from, int n)
{
	enum { MOST = 1000 };
	static double took[MOST];
	int back = 0;
	PortMidiStream *in = open_in(from), *out = open_out(to);
	PmEvent e;
	for (int i = 0; i < n && i < MOST; i++) {
		while (Pm_Read(in, &e, 1) > 0)
			;
		const double begun = now();
		Pm_WriteShort(out, 0, Pm_Message(0x99, 36, 1 + i % 127));
		while (now() - begun < 1.0) {
			if (Pm_Read(in, &e, 1) > 0 && (Pm_MessageStatus(e.message) & 0xf0) == 0x90 &&
			    Pm_MessageData2(e.message) > 0) {
				took[back++] = now() - begun;
				break;
			}
			rest(0.0001);
		}
		rest(0.05);
	}
	qsort(took, (size_t)back, sizeof *took, by_value);
	printf("echo %d of %d", back, n);
	if (back)
		printf(", median %.2f ms, worst %.2f ms", 1e3 * took[back / 2], 1e3 * took[back - 1]);
	puts("");
	return back == n ? 0 : 1;
}

static int
listen_to(const char *from, double seconds)
{
	int notes = 0, clocks = 0, starts = 0, others = 0;
	double first = 0.0, last = 0.0;
	PortMidiStream *in = open_in(from);
	PmEvent e;
	for (const double until = now() + seconds; now() < until; rest(0.0005))
		while (Pm_Read(in, &e, 1) > 0) {
			const int status = (int)Pm_MessageStatus(e.message);
			if (status == 0xf8) {
				last = now();
				if (!clocks++)
					first = last;
			} else if (status == 0xfa)
				starts++;
			else if ((status & 0xf0) == 0x90 && Pm_MessageData2(e.message) > 0)
				notes++;
			else
				others++;
		}
	printf("heard %d notes, %d clocks, %d starts, %d others", notes, clocks, starts, others);
	if (clocks > 1)
		printf(", %.2f bpm", 60.0 * (clocks - 1) / (24.0 * (last - first)));
	puts("");
	return notes + clocks + others > 0 ? 0 : 1;
}

static int
send_clock(const char *to, double bpm, double seconds)
{
	PortMidiStream *out = open_out(to);
	const double begun = now();
	Pm_WriteShort(out, 0, 0xfa);
	for (long n = 0; n < (long)(seconds * bpm * 24.0 / 60.0); n++) {
		const double left = begun + (double)n * 60.0 / (24.0 * bpm) - now();
		if (left > 0.0)
			rest(left);
		Pm_WriteShort(out, 0, 0xf8);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	Pm_Initialize();
	if (strcmp(what, "echo") == 0 && argc == 5)
		return echo(argv[2], argv[3], atoi(argv[4]));
	if (strcmp(what, "listen") == 0 && argc == 4)
		return listen_to(argv[2], atof(argv[3]));
	if (strcmp(what, "clock") == 0 && argc == 5)
		return send_clock(argv[2], atof(argv[3]), atof(argv[4]));
	for (PmDeviceID i = 0; i < Pm_CountDevices(); i++) {
		const PmDeviceInfo *d = Pm_GetDeviceInfo(i);
		printf("%s %s\n", d->input ? "in " : "out", d->name);
	}
	return strcmp(what, "list") == 0 ? 0 : 2;
}
