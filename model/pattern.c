#include "model/pattern.h"

#include "model/fileio.h"
#include "model/midifile.h"

#include <stdlib.h>
#include <string.h>

enum { DRUM_CHANNEL = 9, NO_STEP = -1, OTHER_CHANNEL = -2 };

void
pattern_clear(pattern *p)
{
	free(p->path);
	free(p->step);
	memset(p, 0, sizeof *p);
}

/* Step and microtiming of a tick (doc/eval.md, rule 2), in whole numbers: x = 4t/ppq, step = floor(x + 0.5).
 * The offset is rounded up to the next 1/65536, so that a note on the lower edge of one of the 24 bins of
 * rule 5 stays in that bin. */
static int64_t
tick_to_step(uint32_t tick, uint32_t ppq, int16_t *offset)
{
	const int64_t step = (8 * (int64_t)tick + ppq) / (2 * (int64_t)ppq);
	const int64_t rest = (4 * (int64_t)tick - step * ppq) * STEP_OFFSET_ONE;
	const int64_t units = rest / ppq + (rest % ppq > 0);
	*offset = (int16_t)(units > INT16_MAX ? INT16_MAX : units);
	return step;
}

static dr_status
find_metre(const midifile *m, const char *name, pattern *out, dr_error *err)
{
	out->numerator = m->n_metres ? m->metre[0].numerator : 4;
	out->denominator = m->n_metres ? m->metre[0].denominator : 4;
	const int sixteenths = 16 * out->numerator;
	out->bar_len = sixteenths / out->denominator;
	if (sixteenths % out->denominator != 0 || out->bar_len < STEP_MIN_BAR || out->bar_len > STEP_MAX_BAR)
		return error_set(err, DR_BAD_INPUT, "%s: a bar of %d/%d is not %d to %d sixteenths", name,
				 out->numerator, out->denominator, STEP_MIN_BAR, STEP_MAX_BAR);
	return DR_OK;
}

static float
find_tempo(const midifile *m)
{
	if (m->n_tempi == 0)
		return 0.0f;
	const float tempo = 60e6f / (float)m->tempo[0].us_per_quarter;
	return tempo >= (float)PATTERN_MIN_TEMPO && tempo <= (float)PATTERN_MAX_TEMPO ? tempo : 0.0f;
}

static bool
has_drum_channel(const midifile *m)
{
	for (size_t i = 0; i < m->n_notes; i++)
		if (m->note[i].channel == DRUM_CHANNEL)
			return true;
	return false;
}

/* The note's instrument; -1 for a pitch that is no drum. */
static int
drum_of(const midifile_note *n, bool drum_channel_only)
{
	return drum_channel_only && n->channel != DRUM_CHANNEL ? OTHER_CHANNEL
							       : instrument_from_note(n->note);
}

/* Counts drums and others, and finds the steps of the first and last hit. */
static void
survey(const midifile *m, bool only, pattern *out, int64_t *first, int64_t *last)
{
	int16_t offset;
	*first = *last = NO_STEP;
	for (size_t i = 0; i < m->n_notes; i++) {
		const int drum = drum_of(&m->note[i], only);
		if (drum < 0) {
			out->ignored += drum != OTHER_CHANNEL;
			continue;
		}
		out->notes++;
		*last = tick_to_step(m->note[i].tick, m->ppq, &offset);
		if (*first == NO_STEP)
			*first = *last;
	}
}

/* One hit per instrument and step: the loudest, then the earlier (rule 4). Notes come in order of time. */
static void
place_notes(const midifile *m, bool only, int64_t first_step, pattern *out)
{
	uint32_t last_tick[INSTRUMENTS] = {0};
	for (size_t i = 0; i < m->n_notes; i++) {
		const midifile_note *n = &m->note[i];
		const int drum = drum_of(n, only);
		if (drum < 0)
			continue;
		int16_t offset;
		const int64_t step = tick_to_step(n->tick, m->ppq, &offset) - first_step;
		step_hit *h = &out->step[step].hit[drum];
		if (h->velocity) {
			out->merged++;
			if (n->tick != last_tick[drum] && h->ratchet < STEP_MAX_RATCHET)
				h->ratchet++;
		} else {
			h->ratchet = 1;
		}
		if (n->velocity > h->velocity) {
			h->velocity = n->velocity;
			h->offset = offset;
		}
		last_tick[drum] = n->tick;
	}
}

static dr_status
fill_pattern(const midifile *m, const char *name, pattern *out, dr_error *err)
{
	dr_status status = find_metre(m, name, out, err);
	if (status != DR_OK)
		return status;
	out->tempo = find_tempo(m);
	const bool only = has_drum_channel(m);
	int64_t first, last;
	survey(m, only, out, &first, &last);
	if (first == NO_STEP)
		return error_set(err, DR_BAD_INPUT, "%s: no drums (%zu notes in all)", name, m->n_notes);
	first -= first % out->bar_len;
	const int64_t steps = ((last - first) / out->bar_len + 1) * out->bar_len;
	if (steps > PATTERN_MAX_STEPS)
		return error_set(err, DR_BAD_INPUT, "%s: longer than the %d sixteenths that are read", name,
				 PATTERN_MAX_STEPS);
	out->step = calloc((size_t)steps, sizeof *out->step);
	out->path = strdup(name);
	if (!out->step || !out->path)
		return error_set(err, DR_FAILED, "%s: out of memory", name);
	out->n_steps = (int)steps;
	place_notes(m, only, first, out);
	return DR_OK;
}

dr_status
pattern_parse_midi(const void *data, size_t size, const char *name, pattern *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	midifile m;
	dr_status status = midifile_parse(data, size, name, &m, err);
	if (status != DR_OK)
		return status;
	status = fill_pattern(&m, name, out, err);
	midifile_clear(&m);
	if (status != DR_OK) {
		pattern_clear(out);
		return status;
	}
	out->style = -1;
	out->fill = -1;
	return DR_OK;
}

dr_status
pattern_read_midi(const char *path, pattern *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	char *data;
	size_t size;
	dr_status status = file_read_whole(path, MIDIFILE_MAX_BYTES, &data, &size, err);
	if (status != DR_OK)
		return status;
	status = pattern_parse_midi(data, size, path, out, err);
	free(data);
	return status;
}
