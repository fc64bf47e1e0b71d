/* make soak: hours of music without a pause, as fast as they go, while everything moves that a performer can
 * move.
 *
 * The offline engine and composer in step, as render has them; controls, cells, pads, scenes, kits and the
 * transport are moved at random (the seed is printed; DRUMLIN_SEED replays it). The position is followed by
 * an account of its own, and what comes out is looked at sample by sample. Exit code 1 if anything that is
 * promised was not kept. */
#include "app/player.h"
#include "app/scenes.h"
#include "rt/rng.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 48000, LONGEST = 1024, KITS = 4, MIDI = 512, SLACK_KIB = 16384 };

typedef struct soak {
	player player;
	scenes scenes;
	kit_set *kits[KITS];
	uint64_t rng, frames, reports;
	long double position, resume; /* where the song should be, and where `continue` goes on, in steps */
	int per_quarter, resume_quarter; /* steps per quarter there */
	double worst;                    /* frames between that and the engine's */
	bool rolling;                    /* as commanded */
	uint32_t late;                   /* periods for which the engine has not obeyed that */
	int64_t next_step;
	uint64_t steps, settings, swaps, transports, tops, calls, pads, turns, astray, midi;
	uint64_t bad, over; /* samples */
	float peak;
	long rss_begun, rss_most;
} soak;

static float out[2][LONGEST], channel[INSTRUMENTS][2][LONGEST];

static void
say(void *user, const char *line)
{
	(void)user;
	fprintf(stderr, "soak: %s\n", line);
}

static void
must(dr_status status, const dr_error *err)
{
	if (status == DR_OK)
		return;
	fprintf(stderr, "soak: %s\n", err->text);
	exit(1);
}

static uint32_t
below(soak *s, uint32_t n)
{
	return (uint32_t)(rng_next(&s->rng) >> 33) % n;
}

static long
resident_kib(void)
{
	long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f || fscanf(f, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* --- what moves ---------------------------------------------------------------------------------------- */

/* Other sources of time, recordings and learning want another program at the other end. */
static bool
may_move(int slot)
{
	return slot != PARAM_SYNC && slot != PARAM_SYNC_TEMPO && slot != PARAM_SYNC_POSITION &&
	       slot != PARAM_SYNC_POLITE && slot != PARAM_RECORD && slot != PARAM_LEARN &&
	       !(param_describe(slot)->flags & PARAM_FLAG_SHOWN);
}

static void
turn(soak *s)
{
	const int slot = (int)below(s, PARAM_SLOTS);
	if (!may_move(slot))
		return;
	control_set(&s->player.control, slot, param_from_unit(slot, rng_next_unit(&s->rng)),
		    PARAM_SOURCE_NONE);
	s->settings++;
}

static void
fix_cell(soak *s)
{
	/* One in four is a cell with all it can have, the others are freed: the network keeps most of the
	 * music. */
	const cell c = below(s, 4) == 0 ? cell_unpack((uint32_t)rng_next(&s->rng)) : cell_unpack(0);
	control_set_cell(&s->player.control, (int)below(s, CELLS), c);
	s->settings++;
}

static void
swap_kits(soak *s)
{
	kit_set *copy = kit_set_copy(s->kits[below(s, KITS)]);
	if (!copy)
		exit(1);
	kit_set_free(engine_publish_kits(s->player.engine, copy));
	s->swaps++;
}

static void
call_scene(soak *s, const engine_status *e)
{
	const int number = 1 + (int)below(s, SCENES);
	if (below(s, 2) || !scenes_call(&s->scenes, number, e))
		(void)scenes_store(&s->scenes, number);
	s->calls++;
}

static void
command(soak *s)
{
	static const command_id some[] = {COMMAND_REGENERATE, COMMAND_FILL, COMMAND_VARY,
					  COMMAND_MUTATE,     COMMAND_KEEP, COMMAND_CLEAR};
	control_command(&s->player.control, some[below(s, sizeof some / sizeof *some)], -1, 1.0f);
	s->settings++;
}

static int
wanted_per_quarter(const soak *s)
{
	const params *p = &s->player.params;
	return metre_steps_per_quarter(
	    metre_make((int)params_get(p, PARAM_METRE), params_get(p, PARAM_TRIPLETS) >= 0.5f));
}

/* What the manual says of the transport: play is from the top, also while it plays; stop remembers the place
 * and cues the top; continue goes on there, and is nothing while it plays. Mostly it goes on, so that hours
 * add up. */
static void
transport(soak *s, const engine_status *e)
{
	static const command_id some[] = {COMMAND_STOP, COMMAND_STOP, COMMAND_STOP, COMMAND_CONTINUE};
	command_id id = s->rolling ? some[below(s, 4)] : COMMAND_CONTINUE;
	if (below(s, 16) == 0)
		id = COMMAND_PLAY;
	control_command(&s->player.control, id, -1, 1.0f);
	s->transports++;
	if (id == COMMAND_STOP && e->rolling) {
		s->resume = s->position;
		s->resume_quarter = s->per_quarter;
		s->position = 0.0L;
	} else if (id == COMMAND_CONTINUE && !e->rolling) {
		s->position = s->resume;
		s->per_quarter = s->resume_quarter;
	} else if (id == COMMAND_PLAY) {
		s->tops++;
		s->position = 0.0L;
		s->per_quarter = wanted_per_quarter(s);
	}
	s->rolling = id != COMMAND_STOP;
}

/* So often in a second of music, on the average. */
static bool
due(soak *s, double per_second, uint32_t frames)
{
	return rng_next_unit(&s->rng) < per_second * frames / RATE;
}

static void
move(soak *s, const engine_status *e, uint32_t frames)
{
	if (due(s, 4.0, frames))
		turn(s);
	if (due(s, 0.5, frames))
		fix_cell(s);
	if (due(s, 0.1, frames))
		command(s);
	if (due(s, 0.05, frames))
		call_scene(s, e);
	if (due(s, 0.2, frames))
		swap_kits(s);
	if (due(s, 1.0, frames)) {
		control_command(&s->player.control, COMMAND_TRIGGER, (int)below(s, INSTRUMENTS),
				(float)(1 + below(s, 127)));
		s->pads++;
	}
	if (due(s, s->rolling ? 1.0 / 60 : 1.0, frames))
		transport(s, e);
}

/* --- what comes of it ---------------------------------------------------------------------------------- */

static void
look_at_sound(soak *s, uint32_t frames)
{
	float most = 0.0f, zero = 0.0f;
	for (int c = 0; c < 2; c++)
		for (uint32_t f = 0; f < frames; f++) {
			most = fmaxf(most, fabsf(out[c][f]));
			zero += out[c][f] * 0.0f;
		}
	for (int i = 0; i < INSTRUMENTS; i++)
		for (uint32_t f = 0; f < frames; f++)
			zero += channel[i][0][f] * 0.0f + channel[i][1][f] * 0.0f;
	s->bad += !(zero == 0.0f); /* NaN and infinity stay what they are */
	s->over += most > 1.0f;
	s->peak = fmaxf(s->peak, most);
}

/* Frames times tempo, and nothing else: the step number goes on across a bar line from which steps are of
 * another length, at the new length. */
static void
go_on(soak *s, const engine_status *e, double tempo, uint32_t frames)
{
	const long double quarters = (long double)frames * llrint(tempo * 1e6) / (60.0e6L * RATE);
	const bool crossed = (long double)e->bars.now.step > s->position;
	const bar_line *line = crossed ? &e->bars.now : &e->bars.next;
	long double steps = quarters * s->per_quarter;
	if ((crossed || e->bars.changes) && s->position < line->step && s->position + steps >= line->step) {
		const long double before = ((long double)line->step - s->position) / s->per_quarter;
		s->turns += metre_steps_per_quarter(line->metre) != s->per_quarter;
		s->per_quarter = metre_steps_per_quarter(line->metre);
		s->position = line->step;
		steps = (quarters - before) * s->per_quarter;
	}
	s->position += steps;
}

static void
account(soak *s, const engine_status *before, const engine_status *e, double tempo, uint32_t frames)
{
	if (e->rolling)
		go_on(s, e, tempo, frames);
	else if (!s->rolling)
		s->per_quarter = metre_steps_per_quarter(e->bars.now.metre);
	/* A start may wait for the step to begin with to be composed: that is one period here. */
	s->late = e->rolling == s->rolling ? 0 : s->late + 1;
	s->astray += s->late > 1;
	const double frame = tempo * s->per_quarter / (60.0 * RATE); /* in steps */
	s->worst = fmax(s->worst, fabs((double)(s->position - (long double)e->position)) / frame);
	if (e->epoch == before->epoch && e->next_step > s->next_step)
		s->steps += (uint64_t)(e->next_step - s->next_step);
	s->next_step = e->next_step;
}

static void
take_reports(soak *s)
{
	for (report r; engine_take_report(s->player.engine, &r); s->reports++)
		if (r.kind == REPORT_KITS)
			kit_set_free(r.kits);
		else if (r.kind == REPORT_HIT && r.by_hand)
			composer_played(s->player.composer, r.instrument, r.velocity, r.step);
}

static void
play(soak *s, uint32_t frames)
{
	static engine_midi midi[MIDI];
	engine_io io = {.frames = frames,
			.rate = RATE,
			.main = {out[0], out[1]},
			.midi_out = midi,
			.midi_out_capacity = MIDI};
	engine_status before, after;
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int c = 0; c < 2; c++)
			io.instrument[i][c] = channel[i][c];
	engine_get_status(s->player.engine, &before);
	move(s, &before, frames);
	scenes_watch(&s->scenes, &before);
	while (composer_update(s->player.composer, 64))
		;
	const double tempo = params_get(&s->player.params, PARAM_TEMPO);
	engine_process(s->player.engine, &io);
	engine_get_status(s->player.engine, &after);
	take_reports(s);
	s->midi += io.n_midi_out;
	account(s, &before, &after, tempo, frames);
	look_at_sound(s, frames);
	s->frames += frames;
}

/* --- the run ---------------------------------------------------------------------------------------------
 */

static void
open_soak(soak *s)
{
	static const char *const name[] = {"basalt", "larch", "moraine", "slag"};
	dr_error err;
	music_options o = {.n_kits = 0};
	must(player_open(&s->player, &o, RATE, false, say, NULL, &err), &err);
	for (int i = 0; i < KITS; i++) {
		o.n_kits = 0;
		for (int c = 0; c <= i; c++)
			o.kit[o.n_kits++] = name[(i + c) % KITS];
		must(player_load_kits(&o, RATE, false, NULL, say, NULL, &s->kits[i], &err), &err);
	}
	scenes_init(&s->scenes, &s->player.control);
	engine_status e;
	engine_get_status(s->player.engine, &e);
	s->per_quarter = s->resume_quarter = metre_steps_per_quarter(e.bars.now.metre);
	swap_kits(s);
}

static void
close_soak(soak *s)
{
	scenes_destroy(&s->scenes);
	for (int i = 0; i < KITS; i++)
		kit_set_free(s->kits[i]);
	player_close(&s->player);
}

/* A line for each hour of music: how it stands so far. */
static void
print_hour(const soak *s)
{
	printf("hour %-3llu at step %.2Lf, worst difference %.3g frames, peak %.3f, %ld KiB resident\n",
	       (unsigned long long)(s->frames / RATE / 3600), s->position, s->worst, (double)s->peak,
	       resident_kib());
	fflush(stdout);
}

/* Returns how many promises were broken. */
static int
print_totals(const soak *s, double seconds)
{
	engine_status e;
	engine_get_status(s->player.engine, &e);
	const double hours = (double)s->frames / RATE / 3600.0;
	const long grown = resident_kib() - s->rss_begun;
	printf("%.2f hours of music in %.0f s (%.0f times real time), %llu frames\n", hours, seconds,
	       hours * 3600.0 / seconds, (unsigned long long)s->frames);
	printf("steps played      %llu; at step %.6f, the account says %.6Lf; worst difference %.3g frames\n",
	       (unsigned long long)s->steps, e.position, s->position, s->worst);
	printf("transport         %llu commands, %llu of them to the top; %llu bar lines to steps of another "
	       "length; %llu periods not as commanded\n",
	       (unsigned long long)s->transports, (unsigned long long)s->tops, (unsigned long long)s->turns,
	       (unsigned long long)s->astray);
	printf("moved             %llu settings, %llu pads, %llu kit swaps, %llu scenes\n",
	       (unsigned long long)s->settings, (unsigned long long)s->pads, (unsigned long long)s->swaps,
	       (unsigned long long)s->calls);
	printf("came out          %llu reports, %llu MIDI messages, %u reports lost, %u voices stolen\n",
	       (unsigned long long)s->reports, (unsigned long long)s->midi, e.lost_reports, e.stolen);
	printf("underruns         %u\n", e.underruns);
	printf("NaN or infinite   %llu periods\n", (unsigned long long)s->bad);
	printf("over full scale   %llu periods; peak %.6f\n", (unsigned long long)s->over, (double)s->peak);
	printf("memory            %ld KiB after a hundredth, %ld at most, %+ld at the end\n", s->rss_begun,
	       s->rss_most, grown);
	return (e.underruns > 0) + (s->bad > 0) + (s->over > 0) + (s->worst > 0.5) + (s->astray > 0) +
	       (grown > SLACK_KIB) + (e.lost_reports > 0) + (s->steps == 0);
}

int
main(int argc, char **argv)
{
	static soak s;
	struct timespec begun, ended;
	const char *wanted = getenv("DRUMLIN_SEED");
	const double hours = argc > 1 ? strtod(argv[1], NULL) : 24.0;
	if (!(hours > 0.0)) {
		fprintf(stderr, "usage: soak [HOURS]\n");
		return 2;
	}
	const uint64_t frames = (uint64_t)(hours * 3600.0 * RATE);
	s.rng = wanted ? strtoull(wanted, NULL, 10) : (uint64_t)time(NULL);
	printf("seed %llu, %g hours\n", (unsigned long long)s.rng, hours);
	fflush(stdout);
	open_soak(&s);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	uint32_t period = 256;
	for (uint64_t period_until = 0, looked = 0, hour = 0; s.frames < frames;) {
		if (s.frames >= period_until) { /* another period each minute */
			period = 64u << below(&s, 5);
			period_until = s.frames + 60ull * RATE;
		}
		play(&s, frames - s.frames < period ? (uint32_t)(frames - s.frames) : period);
		if (s.frames / RATE / 3600 != hour) {
			hour = s.frames / RATE / 3600;
			print_hour(&s);
		}
		if (s.frames >= looked) {
			const long rss = resident_kib();
			if (!s.rss_begun && s.frames >= frames / 100)
				s.rss_begun = rss;
			s.rss_most = rss > s.rss_most ? rss : s.rss_most;
			looked = s.frames + frames / 1000;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	const int broken = print_totals(&s, (double)(ended.tv_sec - begun.tv_sec) +
						1e-9 * (double)(ended.tv_nsec - begun.tv_nsec));
	puts(broken ? "NOT kept" : "all kept");
	close_soak(&s);
	return broken ? 1 : 0;
}
