/* Taking a sound apart. */
#include "model/morph_tint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float silence = 1e-5f; /* of the peak: what lies below, before the sound, is not the sound */

/* Level of the rest: the louder of the last 4 ms and the coming 1 ms. It rises just before an attack and
 * falls after a decay. */
static const double behind_seconds = 0.004, ahead_seconds = 0.001;

static const double rising_db[MORPH_RISING] = {-40.0, -20.0, -10.0, -3.0};
static const double falling_db[MORPH_FALLING] = {-1.5,  -3.0,  -6.0,  -10.0, -15.0, -20.0,
						 -30.0, -40.0, -50.0, -60.0, -70.0};

uint32_t
morph_hop(uint32_t rate)
{
	uint32_t hop = 32; /* at 48 kHz 0.67 ms, and spectra of 21 ms every 10.7 ms */
	while (hop < MORPH_MOST_HOP && rate > hop * 2000)
		hop *= 2;
	while (hop > 8 && rate < hop * 1000)
		hop /= 2;
	return hop;
}

void
morph_source_free(morph_source *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n_partials; i++) {
		free(s->partial[i].share);
		free(s->partial[i].log_turns);
	}
	free(s->log_level);
	free(s->rest);
	free(s->log_heard);
	free(s->quantile);
	free(s->power);
	morph_fft_buffer_free(s->spectrum[0]);
	morph_fft_buffer_free(s->spectrum[1]);
	free(s);
}

size_t
morph_source_bytes(const morph_source *s)
{
	return s->bytes;
}

int
morph_source_partials(const morph_source *s)
{
	return s->n_partials;
}

double
morph_source_partial_hz(const morph_source *s, int partial)
{
	return exp(s->partial[partial].centre) * s->rate / s->hop;
}

double
morph_loudest(float *const x[2], int channels, uint32_t frames, uint32_t hop, uint32_t rate)
{
	enum { MOST_BLOCKS = 320 };
	const uint32_t window = rate / 20 / hop < MOST_BLOCKS ? rate / 20 / hop : MOST_BLOCKS;
	double block[MOST_BLOCKS] = {0}, sum = 0.0, loudest = 0.0;
	for (uint32_t at = 0, turn = 0; at < frames; at += hop, turn = (turn + 1) % window) {
		const uint32_t n = frames - at < hop ? frames - at : hop;
		double power = 0.0;
		for (int c = 0; c < channels && c < 2; c++)
			power += (double)vec_dot((int)n, x[c] + at, x[c] + at);
		sum += power - block[turn];
		block[turn] = power;
		loudest = fmax(loudest, sum);
	}
	return sqrt(loudest / ((double)window * hop * channels));
}

void
morph_listen(float *const x[2], int channels, uint32_t frames, uint32_t hop, uint32_t rate, uint32_t points,
	     float *log_heard, double *scratch)
{
	const uint32_t half = rate / 100 / hop; /* 10 ms to each side */
	double *power = scratch, *until = scratch + points + 1;
	for (uint32_t p = 0; p < points; p++) {
		const uint32_t at = p * hop, n = at >= frames ? 0 : frames - at < hop ? frames - at : hop;
		power[p] = 0.0;
		for (int c = 0; c < channels && c < 2 && n; c++)
			power[p] += (double)vec_dot((int)n, x[c] + at, x[c] + at) / (hop * (double)channels);
	}
	for (int pass = 0; pass < 2; pass++) {
		until[0] = 0.0;
		for (uint32_t p = 0; p < points; p++)
			until[p + 1] = until[p] + power[p];
		for (uint32_t p = 0; p < points; p++) {
			const uint32_t from = p > half ? p - half : 0;
			const uint32_t to = p + half + 1 < points ? p + half + 1 : points;
			power[p] = (until[to] - until[from]) / (2 * half + 1);
		}
	}
	for (uint32_t p = 0; p < points; p++)
		log_heard[p] = 0.5f * logf((float)fmax(power[p], 1e-14));
}

static bool
is_below(const kit_sample *s, uint32_t i, float level)
{
	bool below = true;
	for (int c = 0; c < 2 && s->channel[c]; c++)
		below &= fabsf(s->channel[c][i]) <= level;
	return below;
}

/* Where the sound begins: its first frame that is not silence. */
static uint32_t
lead_of(const kit_sample *s)
{
	float peak = 0.0f;
	uint32_t first = 0;
	for (int c = 0; c < 2 && s->channel[c]; c++)
		for (uint32_t i = 0; i < s->frames; i++)
			peak = fmaxf(peak, fabsf(s->channel[c][i]));
	const float least = silence * peak;
	while (first + 1 < s->frames && is_below(s, first, least))
		first++;
	return first;
}

/* Level of the rest at each point, from the power that its channels have up to each frame. */
static void
fill_rest(morph_source *s, const double *until)
{
	const uint32_t behind = (uint32_t)(behind_seconds * s->rate) + 1,
		       ahead = (uint32_t)(ahead_seconds * s->rate) + 1;
	for (uint32_t p = 0; p < s->points; p++) {
		const uint32_t at = p * s->hop < s->frames ? p * s->hop : s->frames;
		const uint32_t from = at > behind ? at - behind : 0;
		const uint32_t to = at + ahead < s->frames ? at + ahead : s->frames;
		const double past = at > from ? (until[at] - until[from]) / (at - from) : 0.0;
		const double coming = to > at ? (until[to] - until[at]) / (to - at) : 0.0;
		s->rest[p] = (float)sqrt(fmax(fmax(past, coming), 0.0));
	}
}

/* From absolute levels to the sound's own level and the shares of it. */
static void
fill_levels(morph_source *s)
{
	double most = 1e-9;
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t p = 0; p < s->points; p++) {
			double power = (double)s->rest[p] * (double)s->rest[p];
			for (int i = 0; i < s->n_partials; i++)
				power +=
				    0.5 * (double)s->partial[i].share[p] * (double)s->partial[i].share[p];
			const double level = fmax(sqrt(power), 1e-6 * most);
			if (pass == 0) {
				most = fmax(most, level);
				continue;
			}
			s->log_level[p] = (float)log(level);
			/* The rest is divided by its level later: it may not vanish. */
			s->rest[p] = (float)(fmax((double)s->rest[p], 1e-6 * most) / level);
			for (int i = 0; i < s->n_partials; i++)
				s->partial[i].share[p] = (float)((double)s->partial[i].share[p] / level);
		}
}

/* The times at which the level passes each mark, in points: on the way up the level itself, which is quick;
 * on the way down, where bursts and beating make it waver, as it is heard. */
static void
find_knots(morph_source *s)
{
	uint32_t peak = 0, loudest = 0;
	for (uint32_t p = 0; p < s->points; p++) {
		peak = s->log_level[p] > s->log_level[peak] ? p : peak;
		loudest = s->log_heard[p] > s->log_heard[loudest] ? p : loudest;
	}
	const double to_log = log(10.0) / 20.0, top = (double)s->log_level[peak];
	double *knot = s->knot;
	*knot++ = 0.0;
	for (int i = 0; i < MORPH_RISING; i++) {
		uint32_t p = 0;
		while (p < peak && (double)s->log_level[p] < top + rising_db[i] * to_log)
			p++;
		*knot++ = p;
	}
	*knot++ = peak;
	for (int i = 0; i < MORPH_FALLING; i++) {
		/* The last point that is above, and how far beyond it the mark is met. */
		const double mark = (double)s->log_heard[loudest] + falling_db[i] * to_log;
		uint32_t p = s->points - 1;
		while (p > peak && (double)s->log_heard[p] < mark)
			p--;
		double beyond = 0.0;
		if (p + 1 < s->points && s->log_heard[p + 1] < s->log_heard[p])
			beyond = ((double)s->log_heard[p] - mark) /
				 (double)(s->log_heard[p] - s->log_heard[p + 1]);
		*knot++ = p + fmin(fmax(beyond, 0.0), 1.0);
	}
	*knot = s->points - 1;
}

double
morph_fullness(float *const x[2], int channels, const float *level, const float *rest, uint32_t frames,
	       uint32_t hop)
{
	double sum = 0.0, weights = 1e-30;
	for (uint32_t p = 0; (p + 1) * hop <= frames; p++) {
		const double weight = (double)level[p] * (double)rest[p] * (double)level[p] * (double)rest[p];
		double power = 0.0;
		for (int c = 0; c < channels && c < 2; c++)
			power += (double)vec_dot((int)hop, x[c] + p * hop, x[c] + p * hop);
		sum += weight * power / (hop * (double)channels);
		weights += weight;
	}
	return sum / weights;
}

/* The rest over its level. */
static void
flatten(const morph_source *s, float *x)
{
	float level = vec_exp1(s->log_level[0]) * s->rest[0];
	for (uint32_t p = 0; p * s->hop < s->frames; p++) {
		const float next = p + 1 < s->points ? vec_exp1(s->log_level[p + 1]) * s->rest[p + 1] : level;
		const float step = (next - level) / (float)s->hop;
		for (uint32_t i = 0; i < s->hop && p * s->hop + i < s->frames; i++)
			x[p * s->hop + i] /= level + step * (float)i;
		level = next;
	}
}

/* How the body and the rest are heard side by side: the mean colour of their powers. */
static void
find_colour(morph_source *s, morph_ear *ear, float *body, float *const rest[2])
{
	const morph_heard one =
	    morph_listen_to(ear, (float *[2]){body, NULL}, 1, s->frames, morph_heard_part);
	const morph_heard other = morph_listen_to(ear, rest, s->channels, s->frames, morph_heard_part);
	s->colour = (one.power * s->channels * one.colour + other.power * other.colour) /
		    (one.power * s->channels + other.power);
}

static dr_status
take_apart(morph_source *s, const kit_sample *from, morph_ear *ear, float *x[2], float *middle, double *until,
	   dr_error *err)
{
	const uint32_t n = s->frames;
	for (int c = 0; c < s->channels && c < 2; c++)
		memcpy(x[c], from->channel[c] + s->lead, n * sizeof(float));
	s->loudest = morph_loudest(x, s->channels, n, s->hop, s->rate);
	morph_listen(x, s->channels, n, s->hop, s->rate, s->points, s->log_heard, until);
	for (uint32_t i = 0; i < n; i++)
		middle[i] = s->channels > 1 ? 0.5f * (x[0][i] + x[1][i]) : x[0][i];
	morph_find_times(x, s->channels, n, &s->times);
	s->hue = morph_listen_to(ear, x, s->channels, n, morph_heard_whole).colour;
	const dr_status status = morph_find_partials(s, middle, err);
	if (status != DR_OK)
		return status;
	until[0] = 0.0;
	for (uint32_t i = 0; i < n; i++) {
		const float partials = (s->channels > 1 ? 0.5f * (x[0][i] + x[1][i]) : x[0][i]) - middle[i];
		double power = 0.0;
		for (int c = 0; c < s->channels && c < 2; c++) {
			x[c][i] -= partials;
			power += (double)x[c][i] * (double)x[c][i];
		}
		until[i + 1] = until[i] + power / s->channels;
		middle[i] = partials;
	}
	find_colour(s, ear, middle, x);
	fill_rest(s, until);
	fill_levels(s);
	find_knots(s);
	for (int c = 0; c < s->channels && c < 2; c++)
		flatten(s, x[c]);
	float *level = middle; /* not needed any more */
	for (uint32_t p = 0; p < s->points && p < n; p++)
		level[p] = vec_exp1(s->log_level[p]);
	s->fullness = morph_fullness(x, s->channels, level, s->rest, n, s->hop);
	return morph_take_spectra(s, x, err);
}

static size_t
count_bytes(const morph_source *s)
{
	return sizeof *s + s->points * (3 + 2 * (size_t)s->n_partials) * sizeof(float) +
	       s->spectra * ((MORPH_QUANTILES + 1) * sizeof(float) +
			     s->bins * (size_t)s->channels * sizeof(float complex));
}

dr_status
morph_analyse(const kit_sample *from, uint32_t rate, morph_source **out, dr_error *err)
{
	morph_source *s = calloc(1, sizeof *s);
	*out = NULL;
	if (!s)
		return error_set(err, DR_FAILED, "out of memory for a morph");
	s->rate = rate;
	s->hop = morph_hop(rate);
	s->step = MORPH_HOPS_PER_STEP * s->hop;
	s->bins = s->step + 1;
	s->channels = from->channel[1] ? 2 : 1;
	s->lead = lead_of(from);
	s->frames = from->frames - s->lead;
	s->points = (s->frames + s->hop - 1) / s->hop + 1;
	s->spectra = (s->frames + s->step - 1) / s->step + 1;
	s->loudness = from->loudness;
	const size_t n = s->frames;
	float *scratch = malloc(3 * n * sizeof *scratch);
	double *until = malloc((n + 1 + 2 * (s->points + 1)) * sizeof *until);
	s->log_level = malloc(s->points * sizeof *s->log_level);
	s->rest = malloc(s->points * sizeof *s->rest);
	s->log_heard = malloc(s->points * sizeof *s->log_heard);
	morph_ear ear = {0};
	dr_status status = DR_OK;
	if (!scratch || !until || !s->log_level || !s->rest || !s->log_heard ||
	    !morph_ear_open(&ear, s->step))
		status = error_set(err, DR_FAILED, "out of memory for a morph");
	else
		status = take_apart(s, from, &ear, (float *[2]){scratch, scratch + n}, scratch + 2 * n, until,
				    err);
	free(scratch);
	free(until);
	morph_ear_close(&ear);
	if (status != DR_OK) {
		morph_source_free(s);
		return status;
	}
	s->bytes = count_bytes(s);
	*out = s;
	return DR_OK;
}
