/* Putting a sound together again, at a place between several. */
#include "model/morph_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

morph_work *
morph_work_new(void)
{
	return calloc(1, sizeof(morph_work));
}

void
morph_work_free(morph_work *w)
{
	if (!w)
		return;
	morph_fft_buffer_free(w->memory);
	morph_fft_buffer_free(w->window);
	morph_ear_close(&w->ear);
	free(w);
}

/* Mean in log time; a millisecond is added, so that nothing is infinitely far from nothing. */
static double
mean_time(const morph_work *w, const double time[KIT_CORNERS], double millisecond)
{
	double sum = 0.0;
	for (int c = 0; c < w->n; c++)
		sum += w->weight[c] * log(time[c] + millisecond);
	return exp(sum) - millisecond;
}

static void
place_knots(morph_work *w)
{
	const morph_source *first = w->source[0];
	const double millisecond = first->rate / 1000.0 / first->hop;
	double time[KIT_CORNERS];
	const int peak = 1 + MORPH_RISING;
	for (int k = 0; k < MORPH_KNOTS; k++) {
		for (int c = 0; c < w->n; c++)
			time[c] = w->source[c]->knot[k] - (k > peak ? w->source[c]->knot[peak] : 0.0);
		w->knot[k] = mean_time(w, time, millisecond) + (k > peak ? w->knot[peak] : 0.0);
	}
	double lead = 0.0;
	for (int c = 0; c < w->n; c++) {
		time[c] = w->source[c]->frames;
		lead += w->weight[c] * w->source[c]->lead;
	}
	w->lead = (uint32_t)lround(lead);
	w->frames = (uint32_t)lround(mean_time(w, time, 1.0));
	w->points = (w->frames + first->hop - 1) / first->hop + 1;
	w->spectra = (w->frames + first->step - 1) / first->step + 1;
}

static bool
make_window(morph_work *w, uint32_t step)
{
	if (w->windowed == step)
		return true;
	morph_fft_buffer_free(w->window);
	w->window = morph_fft_buffer(2 * (size_t)step);
	w->windowed = w->window ? step : 0;
	for (uint32_t i = 0; i < 2 * w->windowed; i++)
		w->window[i] =
		    sinf((float)M_PI * ((float)i + 0.5f) / (2.0f * (float)step)) / (2.0f * (float)step);
	return w->window != NULL;
}

static bool
make_room(morph_work *w)
{
	const morph_source *s = w->source[0];
	const size_t points = w->points + 1, wave = points * s->hop, n = 2 * (size_t)s->step;
	const size_t carrier = ((size_t)w->spectra + 2) * s->step, bins = (s->bins + 15) / 16 * 16;
	const size_t wanted = points * 2 * KIT_CORNERS + points * 4 + points * 4 + wave + 2 * carrier +
			      KIT_CORNERS * bins + 2 * 2 * bins + n + 64 * 16;
	if (w->room < wanted) {
		morph_fft_buffer_free(w->memory);
		w->memory = morph_fft_buffer(wanted + wanted / 2);
		w->room = w->memory ? wanted + wanted / 2 : 0;
	}
	if (!w->memory)
		return false;
	float *next = w->memory;
#define TAKE(pointer, floats) ((pointer) = (void *)next, next += ((floats) + 15) / 16 * 16)
	for (int c = 0; c < KIT_CORNERS; c++) {
		TAKE(w->moment[c], points * 2);
		TAKE(w->turn[c], bins);
	}
	TAKE(w->level, points);
	TAKE(w->rest, points);
	TAKE(w->heard, 2 * points);
	TAKE(w->scratch, 4 * points);
	TAKE(w->body, wave);
	for (int c = 0; c < 2; c++) {
		TAKE(w->carrier[c], carrier);
		TAKE(w->bins[c], 2 * bins);
	}
	TAKE(w->real, n);
#undef TAKE
	return make_window(w, s->step) && morph_ear_open(&w->ear, s->step);
}

dr_status
morph_begin(morph_work *w, int n, const morph_source *const source[], const float weight[], uint32_t *frames,
	    int *channels, dr_error *err)
{
	double sum = 0.0;
	w->n = 0;
	w->channels = 1;
	for (int c = 0; c < n; c++) {
		if (weight[c] <= 0.0f)
			continue;
		w->source[w->n] = source[c];
		w->weight[w->n++] = (double)weight[c];
		sum += (double)weight[c];
		if (source[c]->channels > w->channels)
			w->channels = source[c]->channels;
	}
	for (int c = 0; c < w->n; c++)
		w->weight[c] /= sum;
	place_knots(w);
	morph_pair_partials(w);
	morph_spread(w);
	if (!make_room(w))
		return error_set(err, DR_FAILED, "out of memory for a morph");
	*frames = w->lead + w->frames;
	*channels = w->channels;
	return DR_OK;
}

/* When, in each source's own time, it has come as far as the result has at each point; and the levels there.
 */
VEC_CLONES static void
fill_moments(morph_work *w)
{
	int k = 0;
	for (uint32_t p = 0; p < w->points; p++) {
		while (k + 2 < MORPH_KNOTS && (double)p >= w->knot[k + 1])
			k++;
		const double span = w->knot[k + 1] - w->knot[k];
		double part = span > 0.0 ? ((double)p - w->knot[k]) / span : 0.0;
		part = part > 1.0 ? 1.0 : part;
		double level = 0.0, rest = 0.0, heard = 0.0;
		for (int c = 0; c < w->n; c++) {
			const morph_source *s = w->source[c];
			const double m = s->knot[k] + part * (s->knot[k + 1] - s->knot[k]);
			w->moment[c][p] = m;
			level += w->weight[c] * morph_at_moment(s->log_level, m);
			const double own = morph_at_moment(s->rest, m);
			rest += w->weight[c] * own * own;
			heard += w->weight[c] * morph_at_moment(s->log_heard, m);
		}
		w->level[p] = vec_exp1((float)level);
		w->rest[p] = (float)sqrt(rest);
		w->heard[p] = (float)heard;
	}
}

VEC_CLONES static void
shape(float *restrict out, uint32_t n, const float *restrict carrier, float level, float step)
{
	for (uint32_t i = 0; i < n; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without samples n is 0 */
		out[i] = (level + step * (float)(int32_t)i) * carrier[i];
}

/* The rest: level * carrier. */
static void
put_rest(const morph_work *w, float *out, const float *carrier)
{
	const uint32_t hop = w->source[0]->hop;
	for (uint32_t p = 0; p * hop < w->frames; p++) {
		const float level = w->rest_gain * w->level[p] * w->rest[p];
		const float next =
		    p + 1 < w->points ? w->rest_gain * w->level[p + 1] * w->rest[p + 1] : level;
		const float step = (next - level) / (float)hop;
		const uint32_t at = p * hop, n = w->frames - at < hop ? w->frames - at : hop;
		shape(out + at, n, carrier + at, level, step);
	}
}

VEC_CLONES static void
add_body(float *restrict out, uint32_t n, const float *restrict body, float gain)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = body[i] + gain * out[i];
}

/* The body is added to the rest, which is made louder or softer, so that the mean colour of their powers is
 * that of the parents': body and rest each move along their own way, and which of them is louder is for the
 * whole to say. */
static void
balance(morph_work *w, float *const out[2])
{
	double gain = 1.0;
	if (w->n_pairs) {
		double wanted = 0.0;
		for (int c = 0; c < w->n; c++)
			wanted += w->weight[c] * w->source[c]->colour;
		const morph_heard body =
		    morph_listen_to(&w->ear, (float *[2]){w->body, NULL}, 1, w->frames, morph_heard_part);
		const morph_heard rest =
		    morph_listen_to(&w->ear, out, w->channels, w->frames, morph_heard_part);
		const double up = rest.colour > body.colour ? 1.0 : -1.0, power = body.power * w->channels;
		/* What is less than a fraction of a semitone apart is not worth balancing. */
		const double least = 0.02 * power * rest.power / (power + rest.power);
		gain = sqrt((fmax(up * power * (wanted - body.colour), 0.0) + least) /
			    (fmax(up * rest.power * (rest.colour - wanted), 0.0) + least));
		gain = fmin(fmax(gain, 0.5), 2.0);
	}
	for (int c = 0; c < w->channels && c < 2; c++)
		add_body(out[c], w->frames, w->body, (float)gain);
}

VEC_CLONES static void
ramp(float *x, uint32_t n, float level, float step)
{
	for (uint32_t i = 0; i < n; i++)
		x[i] *= level + step * (float)(int32_t)i;
}

/* Puts right, slowly and by 12 dB at most, what the parts together miss of the level that was asked for. */
static void
level_out(morph_work *w, float *const out[2])
{
	const morph_source *first = w->source[0];
	float *found = w->heard + w->points;
	morph_listen(out, w->channels, w->frames, first->hop, first->rate, w->points, found, w->scratch);
	for (uint32_t p = 0; p < w->points; p++)
		w->level[p] = vec_exp1(fminf(fmaxf(w->heard[p] - found[p], -1.4f), 1.4f));
	for (int c = 0; c < w->channels; c++)
		for (uint32_t p = 0; p * first->hop < w->frames; p++) {
			const uint32_t at = p * first->hop;
			const uint32_t n = w->frames - at < first->hop ? w->frames - at : first->hop;
			const float next = p + 1 < w->points ? w->level[p + 1] : w->level[p];
			ramp(out[c] + at, n, w->level[p], (next - w->level[p]) / (float)first->hop);
		}
}

/* The colour of the whole lies between the parents', whatever became of its parts: noise is of each colour by
 * chance; and so do the times at which its energy comes and goes. A shelf that moves the one moves the other
 * a little, and the other way round, so it is done in turns until there is next to nothing left to do. Where
 * that goes slowly, each turn leaving a steady part of the last one's, a turn does what all that follow
 * would. At a corner there is nothing to move. */
static void
settle(morph_work *w, float *const out[2])
{
	enum { TURNS = 8 };
	static const double little = 0.004, slowest = 0.7; /* octaves; of the last turn's */
	double wanted = 0.0, last = 0.0;
	for (int c = 0; c < w->n; c++)
		wanted += w->weight[c] * w->source[c]->hue;
	for (int i = 0; i < TURNS; i++) {
		morph_shape_times(w, out, false);
		const double found =
		    morph_listen_to(&w->ear, out, w->channels, w->frames, morph_heard_whole).colour;
		if (i == 0)
			wanted = found + morph_mixed(w) * (wanted - found);
		double shift = wanted - found;
		const bool done = i + 1 == TURNS || fabs(shift) < little;
		if (!done && last != 0.0 && i > 1) {
			shift /= 1.0 - fmin(fmax(shift / last, 0.0), slowest);
			last = 0.0;
		} else {
			last = shift;
		}
		morph_shelve(&w->ear, found, found + shift, out, w->frames);
		if (done)
			return;
	}
}

/* Returns the peak. Floats without their sign are in the order of their bits. */
VEC_CLONES static float
scale(float *restrict x, uint32_t n, float gain)
{
	int32_t most = 0;
	float peak;
	for (size_t i = 0; i < n; i++) {
		int32_t bits;
		x[i] *= gain;
		memcpy(&bits, &x[i], sizeof bits);
		bits &= INT32_MAX;
		most = bits > most ? bits : most;
	}
	memcpy(&peak, &most, sizeof peak);
	return peak;
}

void
morph_fill(morph_work *w, kit_sample *s)
{
	const morph_source *first = w->source[0];
	float *out[2] = {s->channel[0] + w->lead, s->channel[1] ? s->channel[1] + w->lead : NULL};
	double wanted = 0.0, loudness = 0.0;
	fill_moments(w);
	memset(w->body, 0, ((size_t)w->points + 1) * first->hop * sizeof *w->body);
	morph_play_pairs(w);
	morph_carry_rest(w);
	for (int c = 0; c < w->channels && c < 2; c++)
		put_rest(w, out[c], w->carrier[c] + first->step);
	balance(w, out);
	if (w->n > 1)
		morph_shape_times(w, out, true);
	level_out(w, out);
	for (int c = 0; c < w->n; c++) {
		wanted += w->weight[c] * log(w->source[c]->loudest + 1e-9);
		loudness += w->weight[c] * log((double)w->source[c]->loudness + 1e-9);
	}
	if (w->n > 1)
		settle(w, out);
	const double found = morph_loudest(out, w->channels, w->frames, first->hop, first->rate) + 1e-9;
	float peak = 0.0f;
	for (int c = 0; c < w->channels && c < 2; c++)
		peak = fmaxf(peak, scale(out[c], w->frames, (float)(exp(wanted) / found)));
	s->loudness = (float)exp(loudness);
	s->onset = w->lead;
	for (uint32_t i = 0; i < w->frames; i++)
		if (fabsf(out[0][i]) > 0.1f * peak || (w->channels > 1 && fabsf(out[1][i]) > 0.1f * peak)) {
			s->onset = w->lead + i;
			break;
		}
}
