/* drumlin render: the same engine and composer, as fast as they go, into files. */
#include "app/commands.h"
#include "app/player.h"
#include "app/roll.h"
#include "model/audiofile.h"
#include "model/midiwrite.h"
#include "rt/host_offline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUTS = 8, OPTION_BARS = OPTION_OWN, OPTION_RATE, OPTION_HELP, PPQ = 960 };

typedef struct render_job {
	player player;
	uint32_t rate;
	int bars;
	const char *output[OUTPUTS];
	int n_outputs;
	audiofile_writer *audio[OUTPUTS];
	int n_audio;
	midiwriter *midi[OUTPUTS];
	int n_midi;
	step_event *step; /* what was planned, for the picture */
	int64_t n_steps;
	uint64_t open_note[INSTRUMENTS]; /* frame of a sounding note's start + 1 */
	uint8_t open_velocity[INSTRUMENTS];
} render_job;

static void
say(void *user, const char *line)
{
	(void)user;
	fprintf(stderr, "drumlin render: %s\n", line);
}

/* --- while it runs ----------------------------------------------------------------------------------- */

static void
compose(void *user)
{
	render_job *j = user;
	while (composer_update(j->player.composer, 64))
		;
	report r;
	while (engine_take_report(j->player.engine, &r))
		if (r.kind == REPORT_KITS)
			kit_set_free(r.kits);
	engine_status s;
	engine_get_status(j->player.engine, &s);
	for (int64_t n = s.next_step; n < s.next_step + STEP_MAX_BAR && n < j->n_steps; n++)
		if (!plan_read(j->player.plan, n, &j->step[n]))
			break;
}

static uint32_t
tick_of(const render_job *j, uint64_t frame)
{
	const double tempo = params_get(&j->player.params, PARAM_TEMPO);
	return (uint32_t)llround((double)frame * tempo * PPQ / (60.0 * j->rate));
}

/* The instrument that goes out as this note. */
static int
sent_by(int note)
{
	int i = 0;
	while (i < INSTRUMENTS - 1 && instrument_note(i) != note)
		i++;
	return i;
}

static dr_status
take_midi(render_job *j, uint64_t at, const engine_midi *midi, uint32_t n, dr_error *err)
{
	dr_status status = DR_OK;
	for (uint32_t i = 0; i < n && status == DR_OK; i++) {
		const uint64_t frame = at + midi[i].frame;
		const int instrument = sent_by(midi[i].data[1]);
		if (midi[i].data[0] == 0x99) {
			j->open_note[instrument] = frame + 1;
			j->open_velocity[instrument] = midi[i].data[2];
		} else if (midi[i].data[0] == 0x89 && j->open_note[instrument]) {
			const uint32_t tick = tick_of(j, j->open_note[instrument] - 1);
			const uint32_t length = tick_of(j, frame) - tick;
			for (int m = 0; m < j->n_midi && status == DR_OK; m++)
				status = midiwriter_note(j->midi[m], tick, length ? length : 1, 10,
							 midi[i].data[1], j->open_velocity[instrument], err);
			j->open_note[instrument] = 0;
		}
	}
	return status;
}

static dr_status
sink(void *user, uint64_t at, uint32_t frames, const float *left, const float *right, const engine_midi *midi,
     uint32_t n_midi, dr_error *err)
{
	render_job *j = user;
	float interleaved[OFFLINE_PERIOD * 2];
	for (uint32_t i = 0; i < frames; i++) {
		interleaved[2 * i] = left[i];
		interleaved[2 * i + 1] = right[i];
	}
	dr_status status = DR_OK;
	for (int a = 0; a < j->n_audio && status == DR_OK; a++)
		status = audiofile_write(j->audio[a], interleaved, frames, err);
	return status == DR_OK && j->n_midi ? take_midi(j, at, midi, n_midi, err) : status;
}

/* --- outputs -------------------------------------------------------------------------------------------- */

static bool
ends_with(const char *name, const char *ending)
{
	const size_t n = strlen(name), e = strlen(ending);
	return n > e && strcasecmp(name + n - e, ending) == 0;
}

static bool
is_picture(const char *name)
{
	return ends_with(name, ".png");
}

static dr_status
check_outputs(const render_job *j, dr_error *err)
{
	if (!j->n_outputs)
		return error_set(err, DR_USAGE, "no output given: -o FILE.wav, .flac, .mid or .png");
	for (int i = 0; i < j->n_outputs; i++) {
		const char *name = j->output[i];
#ifndef HAVE_CAIRO
		if (is_picture(name))
			return error_set(err, DR_USAGE,
					 "-o %s: this drumlin was built without cairo and draws no pictures",
					 name);
#endif
		if (is_picture(name) && (int64_t)j->bars * 16 > ROLL_MAX_STEPS)
			return error_set(err, DR_USAGE, "-o %s: a picture holds %d bars at most", name,
					 ROLL_MAX_STEPS / 16);
		if (!is_picture(name) && !ends_with(name, ".wav") && !ends_with(name, ".flac") &&
		    !ends_with(name, ".mid"))
			return error_set(err, DR_USAGE,
					 "-o %s: the name must end in .wav, .flac, .mid or .png", name);
	}
	return DR_OK;
}

static dr_status
open_outputs(render_job *j, uint64_t frames, metre m, dr_error *err)
{
	dr_status status = DR_OK;
	for (int i = 0; i < j->n_outputs && status == DR_OK; i++) {
		const char *name = j->output[i];
		/* Its sizes are 32-bit numbers, and players stop where they have wrapped. */
		if (ends_with(name, ".wav") && frames * 2 * sizeof(float) > UINT32_MAX - 4096)
			status = error_set(err, DR_USAGE,
					   "-o %s: a WAV file holds 4 GB at most; .flac holds more", name);
		else if (ends_with(name, ".mid")) {
			status = midiwriter_new(name, PPQ, params_get(&j->player.params, PARAM_TEMPO),
						m.beats, m.beat_type, &j->midi[j->n_midi], err);
			j->n_midi += status == DR_OK;
		} else if (!is_picture(name)) {
			status = audiofile_create(name, j->rate, 2, &j->audio[j->n_audio], err);
			j->n_audio += status == DR_OK;
		}
	}
	return status;
}

static dr_status
close_outputs(render_job *j, uint64_t frames, dr_status status, dr_error *err)
{
	for (int i = 0; i < j->n_audio; i++) {
		if (status == DR_OK)
			status = audiofile_close(j->audio[i], err);
		else
			audiofile_discard(j->audio[i]);
	}
	for (int i = 0; i < j->n_midi; i++) {
		if (status == DR_OK)
			status = midiwriter_close(j->midi[i], tick_of(j, frames), err);
		else
			midiwriter_discard(j->midi[i]);
	}
#ifdef HAVE_CAIRO
	for (int i = 0; i < j->n_outputs && status == DR_OK; i++)
		if (is_picture(j->output[i]))
			status = roll_write_png(j->output[i], j->step, (size_t)j->n_steps, err);
#endif
	return status;
}

static dr_status
render(render_job *j, const music_options *o, dr_error *err)
{
	kit_set *kits = NULL;
	dr_status status = player_open(&j->player, o, j->rate, false, say, NULL, err);
	if (status != DR_OK)
		return status;
	engine_status at;
	engine_get_status(j->player.engine, &at);
	const metre m = at.place.metre;
	j->n_steps = (int64_t)j->bars * metre_steps(m);
	j->step = calloc((size_t)j->n_steps, sizeof *j->step);
	if (!j->step)
		status = error_set(err, DR_FAILED, "out of memory for %d bars", j->bars);
	if (status == DR_OK)
		status = player_load_kits(o, j->rate, false, NULL, say, NULL, &kits, err);
	if (status == DR_OK && (status = player_morph_kits(&j->player.params, kits, err)) != DR_OK)
		kit_set_free(kits);
	if (status == DR_OK) {
		kit_set_free(engine_publish_kits(j->player.engine, kits));
		params_set(&j->player.params, PARAM_SYNC, SYNC_INTERNAL, PARAM_SOURCE_NONE);
		const double tempo = params_get(&j->player.params, PARAM_TEMPO);
		const double quarters = (double)j->n_steps / metre_steps_per_quarter(m);
		const uint64_t frames = (uint64_t)llround(quarters * 60.0 * j->rate / tempo);
		status = open_outputs(j, frames, m, err);
		if (status == DR_OK) {
			const offline_job job = {.engine = j->player.engine,
						 .rate = j->rate,
						 .frames = frames,
						 .compose = compose,
						 .sink = sink,
						 .user = j};
			status = offline_render(&job, err);
		}
		status = close_outputs(j, frames, status, err);
	}
	free(j->step);
	player_close(&j->player);
	return status;
}

/* --- command line
 * ------------------------------------------------------------------------------------------- */

static void
help(FILE *to)
{
	fputs("Usage: drumlin render --bars N -o FILE [-o FILE]... [options]\n"
	      "Composes and plays N bars into files: .wav (float), .flac (24 bit), .mid, .png (piano roll).\n"
	      "The same seed, settings and build give the same bytes.\n\n"
	      "  --bars N          1..4096 (16)\n"
	      "  --rate HZ         sample rate, 8000..192000 (48000)\n"
	      "  -o FILE           up to eight\n",
	      to);
	options_help(to);
}

static dr_status
parse(render_job *j, music_options *o, int argc, char **argv, bool *helped, dr_error *err)
{
	static const struct option own[] = {{"bars", required_argument, NULL, OPTION_BARS},
					    {"rate", required_argument, NULL, OPTION_RATE},
					    {"output", required_argument, NULL, 'o'},
					    {"help", no_argument, NULL, OPTION_HELP},
					    {NULL, 0, NULL, 0}};
	struct option all[OPTIONS_MAX];
	options_build(own, all);
	dr_status status = DR_OK;
	double value;
	bool taken;
	optind = 1;
	opterr = 0;
	for (int val; status == DR_OK && (val = getopt_long(argc, argv, ":o:h", all, NULL)) != -1;) {
		status = options_take(o, val, optarg, &taken, err);
		if (taken)
			continue;
		if (val == OPTION_BARS) {
			status = options_number("bars", optarg, 1, 4096, &value, err);
			j->bars = status == DR_OK ? (int)value : 0;
		} else if (val == OPTION_RATE) {
			status = options_number("rate", optarg, 8000, 192000, &value, err);
			j->rate = status == DR_OK ? (uint32_t)value : 0;
		} else if (val == 'o' && j->n_outputs < OUTPUTS) {
			j->output[j->n_outputs++] = optarg;
		} else if (val == 'o') {
			status = error_set(err, DR_USAGE, "-o %s: more than eight outputs", optarg);
		} else if (val == OPTION_HELP || val == 'h') {
			*helped = true;
			return DR_OK;
		} else {
			status = options_fault(val, argv, err);
		}
	}
	if (status == DR_OK && optind < argc)
		status = error_set(err, DR_USAGE, "unexpected argument %s", argv[optind]);
	return status == DR_OK ? check_outputs(j, err) : status;
}

int
cmd_render(int argc, char **argv)
{
	static render_job job;
	music_options o = {.n_kits = 0};
	dr_error err;
	bool helped = false;
	job.rate = 48000;
	job.bars = 16;
	dr_status status = parse(&job, &o, argc, argv, &helped, &err);
	if (helped) {
		help(stdout);
		return 0;
	}
	if (status == DR_OK)
		status = render(&job, &o, &err);
	if (status != DR_OK) {
		fprintf(stderr, "drumlin render: %s\n", err.text);
		if (status == DR_USAGE)
			fputs("Try drumlin render --help.\n", stderr);
	}
	return status_exit_code(status);
}
