/* Putting a sound together again, at a place between several. */
#include "model/morph_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = KIT_CORNERS * MORPH_PARTIALS };

/* A share of one partial of each source that has any, played as one oscillator. */
typedef struct pair {
	int partial[KIT_CORNERS]; /* -1: the source has none */
	double share[KIT_CORNERS];
	double phase; /* cycles */
	double power; /* of the whole partials that it is part of, over its own: see spread() */
	double boost; /* of its amplitude */
} pair;

struct morph_work {
	int n, channels;
	const morph_source *source[KIT_CORNERS];
	double weight[KIT_CORNERS];
	uint32_t lead, frames, points, spectra;
	double knot[MORPH_KNOTS];
	int n_pairs;
	pair pair[MOST_PAIRS];
	double body_power, body_colour, rest_power, rest_colour; /* powers, and mean log2 bins times them */
	float rest_gain;
	/* Grown as needed. */
	void *memory;
	size_t room;
	double *moment[KIT_CORNERS]; /* at each point: the source's time, in its points */
	double *scratch;             /* of morph_listen */
	float *level, *rest;         /* the result's level, and its rest's share of it */
	float *heard;                /* log of the level that it shall be heard at */
	float *body, *carrier[2];    /* partials together; the rest, levelled */
	float *turn[KIT_CORNERS];
	float complex *bins[2];
	float *real, *window;
};

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

/* Partials of one source by rising pitch. */
static void
sort_partials(const morph_source *s, int order[MORPH_PARTIALS])
{
	for (int i = 0; i < s->n_partials; i++) {
		int at = i;
		for (; at > 0 && s->partial[order[at - 1]].centre > s->partial[i].centre; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

/* Optimal transport in one dimension between the sources' partials, each a mass at a pitch: the masses laid
 * end to end by rising pitch, cut wherever any source has a cut. */
static void
pair_partials(morph_work *w)
{
	int order[KIT_CORNERS][MORPH_PARTIALS] = {{0}}, at[KIT_CORNERS] = {0};
	double whole[KIT_CORNERS] = {0}, left[KIT_CORNERS] = {0}, done = 0.0;
	w->n_pairs = 0;
	for (int c = 0; c < w->n; c++) {
		const morph_source *s = w->source[c];
		sort_partials(s, order[c]);
		for (int i = 0; i < s->n_partials; i++)
			whole[c] += s->partial[i].mass;
		if (s->n_partials)
			left[c] = s->partial[order[c][0]].mass / whole[c];
	}
	while (done < 1.0 - 1e-9 && w->n_pairs < MOST_PAIRS) {
		double cut = 2.0;
		for (int c = 0; c < w->n; c++)
			if (w->source[c]->n_partials && left[c] < cut)
				cut = left[c];
		if (cut > 1.0)
			return; /* nobody has any */
		pair *p = &w->pair[w->n_pairs++];
		p->phase = 0.0;
		double has = 0.0;
		for (int c = 0; c < w->n; c++) {
			const morph_source *s = w->source[c];
			p->partial[c] = s->n_partials ? order[c][at[c]] : -1;
			if (!s->n_partials)
				continue;
			const morph_partial *own = &s->partial[p->partial[c]];
			p->share[c] = cut * whole[c] / own->mass;
			p->phase += w->weight[c] * own->phase;
			has += w->weight[c];
			left[c] -= cut;
			if (left[c] < 1e-9 && at[c] + 1 < s->n_partials)
				left[c] += s->partial[order[c][++at[c]]].mass / whole[c];
		}
		p->phase /= has;
		done += cut;
	}
}

/* The shares of one partial are one tone at its corner, where they add up in amplitude; away from it they are
 * several, which add up in power. They are made so much louder. */
static void
spread(morph_work *w)
{
	double together = 0.0;
	for (int c = 0; c < w->n; c++)
		together = fmax(together, 1.0 - (1.0 - w->weight[c]) / 0.05);
	for (int i = 0; i < w->n_pairs; i++) {
		pair *p = &w->pair[i];
		double has = 0.0;
		p->power = 0.0;
		for (int c = 0; c < w->n; c++)
			if (p->partial[c] >= 0) {
				p->power += w->weight[c] / p->share[c];
				has += w->weight[c];
			}
		p->power /= has;
		p->boost = 1.0 + (1.0 - together) * (sqrt(p->power) - 1.0);
	}
}

static bool
make_room(morph_work *w)
{
	const morph_source *s = w->source[0];
	const size_t points = w->points + 1, wave = points * s->hop, n = 2 * (size_t)s->step;
	const size_t carrier = ((size_t)w->spectra + 2) * s->step, bins = (s->bins + 15) / 16 * 16;
	const size_t wanted = points * 2 * KIT_CORNERS + points * 4 + points * 4 + wave + 2 * carrier +
			      KIT_CORNERS * bins + 2 * 2 * bins + 2 * n + 64 * 16;
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
	TAKE(w->window, n);
#undef TAKE
	for (size_t i = 0; i < n; i++)
		w->window[i] = sinf((float)M_PI * ((float)i + 0.5f) / (float)n) / (float)n;
	return true;
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
	pair_partials(w);
	spread(w);
	if (!make_room(w))
		return error_set(err, DR_FAILED, "out of memory for a morph");
	*frames = w->lead + w->frames;
	*channels = w->channels;
	return DR_OK;
}

/* A curve of a source at a moment. */
static inline double
at_moment(const float *curve, double moment)
{
	const uint32_t i = (uint32_t)moment;
	const double f = moment - i;
	return (double)curve[i] + (f > 0.0 ? f * (double)(curve[i + 1] - curve[i]) : 0.0);
}

/* When, in each source's own time, it has come as far as the result has at each point; and the levels there.
 */
static void
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
			level += w->weight[c] * at_moment(s->log_level, m);
			const double own = at_moment(s->rest, m);
			rest += w->weight[c] * own * own;
			heard += w->weight[c] * at_moment(s->log_heard, m);
		}
		w->level[p] = vec_exp1((float)level);
		w->rest[p] = (float)sqrt(rest);
		w->heard[p] = (float)heard;
	}
}

/* Parents of opposite phases have a child whose phase is in between, where a tone would begin with a jump
 * that neither has. What it jumps more than they do is taken back, and given again within half a cycle, so
 * that no constant offset is left. */
static void
begin_gently(morph_work *w, const pair *pr, double amplitude, double turns)
{
	double jump = cos(2.0 * M_PI * pr->phase), own = 0.0, has = 0.0;
	for (int c = 0; c < w->n; c++)
		if (pr->partial[c] >= 0) {
			own += w->weight[c] * cos(2.0 * M_PI * w->source[c]->partial[pr->partial[c]].phase);
			has += w->weight[c];
		}
	jump = amplitude * (jump - own / has);
	const uint32_t n = (uint32_t)fmin(0.5 / turns * w->source[0]->hop, w->frames);
	if (fabs(jump) > 1e-7)
		for (uint32_t i = 0; i < n; i++) {
			const double u = (double)i / n;
			w->body[i] -= (float)(jump * (1.0 - u) * (1.0 - u) * (1.0 - 4.0 * u));
		}
}

static void
play_pair(morph_work *w, const pair *pr)
{
	const uint32_t hop = w->source[0]->hop;
	double phase = pr->phase, has = 0.0;
	float before = 0.0f;
	double turns = 0.0;
	for (int c = 0; c < w->n; c++)
		has += pr->partial[c] >= 0 ? w->weight[c] : 0.0;
	for (uint32_t p = 0; p < w->points; p++) {
		double amplitude = 0.0, log_turns = 0.0;
		for (int c = 0; c < w->n; c++) {
			if (pr->partial[c] < 0)
				continue;
			const morph_partial *own = &w->source[c]->partial[pr->partial[c]];
			const double share = pr->share[c] * at_moment(own->share, w->moment[c][p]);
			amplitude += w->weight[c] * share * share;
			log_turns += w->weight[c] * at_moment(own->log_turns, w->moment[c][p]);
		}
		const float now = (float)(sqrt(amplitude) * pr->boost) * w->level[p];
		const double power = 0.5 * amplitude * pr->power * (double)w->level[p] * (double)w->level[p];
		w->body_power += power;
		w->body_colour += power * morph_log2_bin(log_turns / has);
		if (p > 0) {
			if (before > 1e-7f || now > 1e-7f)
				morph_oscillate(w->body + (size_t)(p - 1) * hop, hop, phase, turns, before,
						now);
			phase += turns;
		}
		turns = exp(log_turns / has);
		if (p == 0)
			begin_gently(w, pr, (double)now, turns);
		before = now;
	}
	morph_oscillate(w->body + (size_t)(w->points - 1) * hop, hop, phase, turns, before, 0.0f);
}

static double
power_of(const float complex *bins, uint32_t n)
{
	return (double)vec_dot((int)(2 * n), (const float *)bins, (const float *)bins);
}

/* Quantiles of the barycentre at a spectrum's time, each source counting as far as its rest is heard there.
 */
static void
barycentre(const morph_work *w, uint32_t m, float target[MORPH_QUANTILES])
{
	const uint32_t p = m * MORPH_HOPS_PER_STEP < w->points ? m * MORPH_HOPS_PER_STEP : w->points - 1;
	double part[KIT_CORNERS], sum = 0.0;
	memset(target, 0, MORPH_QUANTILES * sizeof *target);
	for (int c = 0; c < w->n; c++) {
		part[c] = w->weight[c] * (at_moment(w->source[c]->rest, w->moment[c][p]) + 1e-3);
		sum += part[c];
	}
	for (int c = 0; c < w->n; c++) {
		const morph_source *s = w->source[c];
		const double place = fmin(w->moment[c][p] / MORPH_HOPS_PER_STEP, s->spectra - 1);
		const uint32_t i = (uint32_t)place;
		const float f = (float)(place - i), a = (float)(part[c] / sum);
		const float *q = s->quantile + (size_t)i * MORPH_QUANTILES;
		const float *r = i + 1 < s->spectra ? q + MORPH_QUANTILES : q;
		for (int j = 0; j < MORPH_QUANTILES; j++)
			target[j] += a * (q[j] + f * (r[j] - q[j]));
	}
}

/* Gain of each source's rest as a carrier: what has ended, or decayed to its file's noise, or is not heard,
 * carries nothing where another does. Unit power in all, and linear in the weight where it is small. */
static void
choose_carriers(const morph_work *w, uint32_t m, float gain[KIT_CORNERS])
{
	static const double least = 1e-3; /* -60 dB */
	double part[KIT_CORNERS], sum = 1e-30;
	for (int c = 0; c < w->n; c++) {
		const morph_source *s = w->source[c];
		const uint32_t p =
		    m * MORPH_HOPS_PER_STEP < s->points ? m * MORPH_HOPS_PER_STEP : s->points - 1;
		const double left = ((double)s->frames - (double)m * s->step) / s->step;
		const double alive = exp((double)s->log_level[p]) / (least * s->loudest + 1e-30);
		part[c] = m < s->spectra ? w->weight[c] * ((double)s->rest[p] + 1e-3) *
					       fmin(fmax(fmin(left, alive), 1e-4), 1.0)
					 : 0.0;
		sum += part[c] * part[c];
	}
	for (int c = 0; c < w->n; c++)
		gain[c] = (float)(part[c] / sqrt(sum));
}

VEC_CLONES static void
overlap(float *restrict out, uint32_t n, float gain, const float *restrict window, const float *restrict in)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] += gain * window[i] * in[i];
}

static void
add_spectrum(morph_work *w, uint32_t m, float gain)
{
	const uint32_t step = w->source[0]->step, n = 2 * step;
	for (int c = 0; c < w->channels; c++) {
		morph_fft_backward(n, w->bins[c], w->real);
		float *out = w->carrier[c] + (size_t)m * step;
		overlap(out, step, gain, w->window, w->real + step);
		overlap(out + step, step, gain, w->window + step, w->real);
	}
}

/* The weight of the rest against the body, so that the power's mean log frequency is the mean of the
 * parents': body and rest each move along their own way, and which of them is louder is for the whole to say.
 */
static void
balance(morph_work *w)
{
	const morph_source *first = w->source[0];
	float *const carrier[2] = {w->carrier[0] + first->step, w->carrier[1] + first->step};
	const double found = morph_fullness(carrier, w->channels, w->level, w->rest, w->frames, first->hop);
	double wanted = 0.0, full = 0.0;
	for (int c = 0; c < w->n; c++) {
		wanted += w->weight[c] * w->source[c]->colour;
		full += w->weight[c] * w->source[c]->fullness;
	}
	w->rest_power *= full;
	w->rest_colour *= full;
	const double fill = fmin(sqrt((full + 1e-6) / (found + 1e-6)), 4.0);
	w->rest_gain = (float)fill;
	if (w->body_power < 1e-12 || w->rest_power < 1e-12)
		return;
	const double body = wanted * w->body_power - w->body_colour,
		     rest = w->rest_colour - wanted * w->rest_power;
	const double up = w->rest_colour * w->body_power > w->body_colour * w->rest_power ? 1.0 : -1.0;
	/* In log2: what is less than a fraction of a semitone apart is not worth balancing. */
	const double least = 0.05 * w->body_power * w->rest_power / (w->body_power + w->rest_power);
	const double gain = sqrt((fmax(up * body, 0.0) + least) / (fmax(up * rest, 0.0) + least));
	w->rest_gain = (float)(fill * fmin(fmax(gain, 0.5), 2.0));
}

static void
carry_spectrum(morph_work *w, uint32_t m)
{
	const uint32_t bins = w->source[0]->bins;
	float target[MORPH_QUANTILES], gain[KIT_CORNERS];
	double wanted = 0.0, found = 1e-30;
	barycentre(w, m, target);
	float middle = 0.0f;
	for (int j = 0; j < MORPH_QUANTILES; j++)
		middle += target[j] / MORPH_QUANTILES;
	for (uint32_t p = m * MORPH_HOPS_PER_STEP; p < (m + 1) * MORPH_HOPS_PER_STEP && p < w->points; p++) {
		const double power =
		    (double)w->level[p] * (double)w->level[p] * (double)w->rest[p] * (double)w->rest[p];
		w->rest_power += power;
		w->rest_colour += power * (double)middle;
	}
	choose_carriers(w, m, gain);
	for (int c = 0; c < w->channels; c++)
		memset(w->bins[c], 0, bins * sizeof *w->bins[c]);
	for (int c = 0; c < w->n; c++) {
		const morph_source *s = w->source[c];
		if (gain[c] <= 3e-4f) /* -70 dB beside the others */
			continue;
		morph_move move = {.from = s->quantile + (size_t)m * MORPH_QUANTILES,
				   .to = target,
				   .in = {s->spectrum[0] + (size_t)m * bins,
					  s->spectrum[1] ? s->spectrum[1] + (size_t)m * bins : NULL},
				   .out = {w->bins[0], w->channels > 1 ? w->bins[1] : NULL},
				   .turn = w->turn[c],
				   .gain = gain[c],
				   .bins = bins};
		morph_transport(&move);
		wanted += (double)gain[c] * (double)gain[c] * (double)s->power[m];
	}
	for (int c = 0; c < w->channels; c++)
		found += power_of(w->bins[c], bins) / w->channels;
	add_spectrum(w, m, (float)fmin(sqrt(wanted / found), 4.0));
}

static void
carry_rest(morph_work *w)
{
	const morph_source *s = w->source[0];
	float most = 0.0f;
	for (uint32_t p = 0; p < w->points; p++)
		most = fmaxf(most, w->level[p]);
	for (int c = 0; c < w->n; c++)
		memset(w->turn[c], 0, s->bins * sizeof *w->turn[c]);
	for (int c = 0; c < w->channels; c++)
		memset(w->carrier[c], 0, ((size_t)w->spectra + 2) * s->step * sizeof *w->carrier[c]);
	for (uint32_t m = 0; m < w->spectra; m++) {
		float heard = 0.0f;
		const uint32_t middle = m * MORPH_HOPS_PER_STEP;
		for (uint32_t p = middle > MORPH_HOPS_PER_STEP ? middle - MORPH_HOPS_PER_STEP : 0;
		     p < w->points && p <= middle + MORPH_HOPS_PER_STEP; p++)
			heard = fmaxf(heard, w->level[p] * w->rest[p]);
		if (heard > 1e-5f * most) /* -100 dB */
			carry_spectrum(w, m);
	}
}

VEC_CLONES static void
shape(float *restrict out, uint32_t n, const float *restrict body, const float *restrict carrier, float level,
      float step)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = body[i] + (level + step * (float)(int32_t)i) * carrier[i];
}

/* body + level * carrier */
static void
put_together(const morph_work *w, float *out, const float *carrier)
{
	const uint32_t hop = w->source[0]->hop;
	for (uint32_t p = 0; p * hop < w->frames; p++) {
		const float level = w->rest_gain * w->level[p] * w->rest[p];
		const float next =
		    p + 1 < w->points ? w->rest_gain * w->level[p + 1] * w->rest[p + 1] : level;
		const float step = (next - level) / (float)hop;
		const uint32_t at = p * hop, n = w->frames - at < hop ? w->frames - at : hop;
		shape(out + at, n, w->body + at, carrier + at, level, step);
	}
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

VEC_CLONES static float
scale(float *x, uint32_t n, float gain)
{
	float peak = 0.0f;
	for (uint32_t i = 0; i < n; i++) {
		x[i] *= gain;
		const float a = x[i] < 0.0f ? -x[i] : x[i];
		peak = a > peak ? a : peak;
	}
	return peak;
}

void
morph_fill(morph_work *w, kit_sample *s)
{
	const morph_source *first = w->source[0];
	float *out[2] = {s->channel[0] + w->lead, s->channel[1] ? s->channel[1] + w->lead : NULL};
	double wanted = 0.0, loudness = 0.0;
	w->body_power = w->body_colour = w->rest_power = w->rest_colour = 0.0;
	fill_moments(w);
	memset(w->body, 0, ((size_t)w->points + 1) * first->hop * sizeof *w->body);
	for (int i = 0; i < w->n_pairs; i++)
		play_pair(w, &w->pair[i]);
	carry_rest(w);
	balance(w);
	for (int c = 0; c < w->channels && c < 2; c++)
		put_together(w, out[c], w->carrier[c] + first->step);
	level_out(w, out);
	for (int c = 0; c < w->n; c++) {
		wanted += w->weight[c] * log(w->source[c]->loudest + 1e-9);
		loudness += w->weight[c] * log((double)w->source[c]->loudness + 1e-9);
	}
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
