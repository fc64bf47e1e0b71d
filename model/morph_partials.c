/* Partials: a peak of the spectrum is followed through time by a Gabor transform that moves with it. */
#include "model/morph_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPECTRUM = 16384, REACH = 3 }; /* a window ends at three standard deviations */
static const double lowest = 30.0;    /* Hz */
static const double highest = 8000.0; /* above, what rings is heard as colour, not as a tone */

/* What tells a partial from noise seen through a narrow window: its share of the sound's energy, how little
 * its log frequency jitters, and how well it explains what it takes away (1 where it does wholly; noise,
 * whose amplitude no smooth curve follows, leaves more). A strong one may glide and beat; a weak one must be
 * pure. */
static const double strong_energy = 0.1, strong_jitter = 0.03;
static const double weak_energy = 0.03, weak_jitter = 0.015, weak_excess = 1.12;

typedef struct tracker {
	morph_source *s;
	float *x; /* the sound's first frame; `room` frames before it mirror those after */
	size_t room;
	float *window, *cosine, *sine;         /* of one Gabor transform */
	double sigma;                          /* frames; of the window held */
	double *amplitude, *phase, *frequency; /* at each point; frequency in cycles per frame */
	float *wave;                           /* the partial, to be subtracted */
} tracker;

typedef struct gabor {
	double amplitude, phase, frequency; /* phase in cycles */
} gabor;

/* One and a quarter periods at the low end, where pitches fall fast; up to three and a half above, where
 * partials lie closer. */
static double
width(double frequency, uint32_t rate)
{
	const double periods = 1.25 * sqrt(frequency * rate / 200.0);
	return fmin(fmax(periods, 1.25), 3.5) / frequency;
}

static void
fill_window(tracker *t, double frequency)
{
	/* In quarters of an octave: the window is made anew only when the pitch has moved. */
	const double sigma = exp2(round(4.0 * log2(width(frequency, t->s->rate))) / 4.0);
	if (sigma == t->sigma)
		return;
	t->sigma = sigma;
	const int n = (int)(REACH * sigma);
	for (int i = 0; i <= n; i++)
		t->window[i] = (float)exp(-0.5 * i * i / (sigma * sigma));
}

static void
fill_carrier(tracker *t, int n, double frequency)
{
	enum { LANES = 16 };
	for (int i = 0; i < LANES; i++) {
		t->cosine[i] = (float)cos(2.0 * M_PI * frequency * i);
		t->sine[i] = (float)sin(2.0 * M_PI * frequency * i);
	}
	const float c = (float)cos(2.0 * M_PI * frequency * LANES),
		    s = (float)sin(2.0 * M_PI * frequency * LANES);
	for (int at = LANES; at <= n; at += LANES)
		for (int i = at; i < at + LANES; i++) {
			t->cosine[i] = t->cosine[i - LANES] * c - t->sine[i - LANES] * s;
			t->sine[i] = t->sine[i - LANES] * c + t->cosine[i - LANES] * s;
		}
}

/* sum[0..3]: real and imaginary part of the transform under the window, and under the window times time. */
VEC_CLONES static void
correlate(const float *restrict x, int n, const float *restrict window, const float *restrict cosine,
	  const float *restrict sine, float sum[4])
{
	float re[16] = {0}, im[16] = {0}, dre[16] = {0}, dim[16] = {0};
	for (int at = 1; at + 15 <= n; at += 16)
		for (int k = 0; k < 16; k++) {
			const int i = at + k;
			const float even = x[i] + x[-i], odd = x[i] - x[-i];
			const float c = window[i] * cosine[i], s = window[i] * sine[i], f = (float)i;
			re[k] += even * c;
			im[k] -= odd * s;
			dre[k] += f * odd * c;
			dim[k] -= f * even * s;
		}
	sum[0] = x[0];
	sum[1] = sum[2] = sum[3] = 0.0f;
	for (int k = 0; k < 16; k++) {
		sum[0] += re[k];
		sum[1] += im[k];
		sum[2] += dre[k];
		sum[3] += dim[k];
	}
}

/* The component near `frequency` at a point. Reassigned frequency: Auger and Flandrin 1995, eq. 17. */
static gabor
look_at(tracker *t, uint32_t point, double frequency)
{
	gabor g = {.frequency = frequency};
	for (int round = 0; round < 3; round++) {
		float sum[4];
		fill_window(t, g.frequency);
		const int n = (int)(REACH * t->sigma) / 16 * 16;
		fill_carrier(t, n, g.frequency);
		correlate(t->x + (size_t)point * t->s->hop, n, t->window, t->cosine, t->sine, sum);
		const double re = (double)sum[0], im = (double)sum[1], power = re * re + im * im + 1e-30;
		const double moved = ((double)sum[3] * re - (double)sum[2] * im) / power /
				     (t->sigma * t->sigma) / (2.0 * M_PI);
		g.amplitude = 2.0 * sqrt(power) / (t->sigma * sqrt(2.0 * M_PI));
		g.phase = atan2(im, re) / (2.0 * M_PI);
		const double limit = 0.2 * g.frequency;
		g.frequency = fmax(g.frequency + fmin(fmax(moved, -limit), limit), 0.5 * lowest / t->s->rate);
		if (fabs(moved) < 0.01 * g.frequency)
			break;
	}
	return g;
}

/* Follows the partial from one point on, towards either end. */
static void
follow(tracker *t, uint32_t from, double frequency, int direction)
{
	const int64_t last = direction > 0 ? (int64_t)t->s->points - 1 : 0;
	const double floor_hz = 0.7 * lowest / t->s->rate, ceiling_hz = 0.45;
	double most = 0.0;
	int64_t at = from;
	gabor before = look_at(t, from, frequency);
	t->amplitude[from] = before.amplitude;
	t->phase[from] = before.phase;
	t->frequency[from] = before.frequency;
	bool over = false;
	while (at != last) {
		int64_t stride = (int64_t)(t->sigma / (6.0 * t->s->hop));
		stride = stride < 1 ? 1 : stride > 8 ? 8 : stride;
		if (stride > llabs(last - at))
			stride = llabs(last - at);
		const int64_t next = at + direction * stride;
		gabor g = before;
		if (!over)
			g = look_at(t, (uint32_t)next, before.frequency);
		most = fmax(most, g.amplitude);
		over |= g.amplitude < 1e-4 * most || g.frequency < floor_hz || g.frequency > ceiling_hz;
		if (over)
			g = (gabor){.frequency = before.frequency,
				    .phase =
					before.phase + (double)(next - at) * t->s->hop * before.frequency};
		/* The phase between the two: what was measured, plus the whole cycles that the frequency asks
		 * for. */
		const double expected =
		    0.5 * (g.frequency + before.frequency) * (double)(next - at) * t->s->hop;
		const double whole = round(expected - (g.phase - before.phase));
		const double turns = g.phase - before.phase + whole;
		for (int64_t i = 1; i <= stride; i++) {
			const double part = (double)i / (double)stride;
			const int64_t p = at + direction * i;
			t->amplitude[p] = before.amplitude + part * (g.amplitude - before.amplitude);
			t->phase[p] = t->phase[at] + part * turns;
			t->frequency[p] = before.frequency + part * (g.frequency - before.frequency);
		}
		before = g;
		at = next;
	}
}

/* How far log frequency strays from a smooth line, weighted by power. */
static double
jitter(const tracker *t)
{
	double sum = 0.0, weight = 1e-30;
	const uint32_t d = (uint32_t)fmax(1.0, t->sigma / (2.0 * t->s->hop));
	for (uint32_t p = d; p + d < t->s->points; p++) {
		const double w = t->amplitude[p] * t->amplitude[p];
		sum += w * fabs(log(t->frequency[p - d] * t->frequency[p + d] /
				    (t->frequency[p] * t->frequency[p])));
		weight += w;
	}
	return sum / weight;
}

VEC_CLONES void
morph_oscillate(float *out, uint32_t hop, double phase, double turns, float a, float b)
{
	const float p = (float)(phase - floor(phase)), dp = (float)(turns / hop), da = (b - a) / (float)hop;
	for (uint32_t i = 0; i < hop; i++)
		out[i] += (a + da * (float)i) * morph_cos1(p + dp * (float)i);
}

/* Writes the track into a partial, as it will be played, and its wave. */
static dr_status
keep_track(tracker *t, morph_partial *p, dr_error *err)
{
	const uint32_t points = t->s->points;
	p->share = malloc(points * sizeof *p->share);
	p->log_turns = malloc(points * sizeof *p->log_turns);
	if (!p->share || !p->log_turns)
		return error_set(err, DR_FAILED, "out of memory for a morph");
	memset(t->wave, 0, ((size_t)points + 1) * t->s->hop * sizeof *t->wave);
	p->phase = t->phase[0] - floor(t->phase[0] + 0.5);
	p->mass = p->centre = 0.0;
	double phase = p->phase;
	for (uint32_t i = 0; i < points; i++) {
		const double turns = i + 1 < points ? t->phase[i + 1] - t->phase[i] : 1e-5;
		p->log_turns[i] = (float)log(fmax(turns, 1e-5));
		p->share[i] = (float)t->amplitude[i];
		const float next = i + 1 < points ? (float)t->amplitude[i + 1] : 0.0f;
		morph_oscillate(t->wave + (size_t)i * t->s->hop, t->s->hop, phase,
				exp((double)p->log_turns[i]), p->share[i], next);
		phase += exp((double)p->log_turns[i]);
		p->mass += t->amplitude[i];
		p->centre += t->amplitude[i] * (double)p->log_turns[i];
	}
	p->centre /= p->mass + 1e-30;
	return DR_OK;
}

static double
energy(const float *x, size_t n)
{
	double sum = 0.0;
	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sum;
}

/* Strongest bin of the spectrum of the first third of a second that is not struck out; 0 if none is left. */
static double
strongest(const tracker *t, const float complex *bins, const bool *struck)
{
	const double bin = (double)t->s->rate / SPECTRUM;
	uint32_t best = 0;
	float most = 0.0f;
	for (uint32_t i = (uint32_t)(lowest / bin) + 1; i < SPECTRUM / 2 && i * bin < highest; i++) {
		const float power = crealf(bins[i]) * crealf(bins[i]) + cimagf(bins[i]) * cimagf(bins[i]);
		if (!struck[i] && power > most) {
			most = power;
			best = i;
		}
	}
	return (double)best / SPECTRUM;
}

static void
transform(const tracker *t, float *real, float complex *bins)
{
	memset(real, 0, SPECTRUM * sizeof *real);
	for (uint32_t i = 0; i < SPECTRUM && i < t->s->frames; i++)
		real[i] = t->x[i] * (float)(0.5 + 0.5 * cos(M_PI * i / SPECTRUM));
	morph_fft_forward(SPECTRUM, real, bins);
}

/* Tracks the peak at this frequency from where it is strongest; false if what is there is no partial. */
static bool
track(tracker *t, double frequency, double whole, dr_status *status, dr_error *err)
{
	morph_source *s = t->s;
	gabor best = {0};
	uint32_t where = 0;
	for (int k = 1; k <= 8; k++) {
		const uint32_t point = (uint32_t)(k * width(frequency, s->rate) / s->hop);
		if (point >= s->points)
			break;
		const gabor g = look_at(t, point, frequency);
		if (g.amplitude > best.amplitude) {
			best = g;
			where = point;
		}
	}
	if (best.amplitude <= 0.0)
		return false;
	/* Backwards first: the phases then run on from the middle in both directions. */
	follow(t, where, best.frequency, -1);
	follow(t, where, best.frequency, 1);
	morph_partial *p = &s->partial[s->n_partials];
	*status = keep_track(t, p, err);
	const size_t n = s->frames;
	const double own = *status == DR_OK ? energy(t->wave, n) + 1e-30 : 1e-30, before = energy(t->x, n);
	double after = 0.0;
	for (size_t i = 0; i < n; i++) {
		const double r = (double)(t->x[i] - t->wave[i]);
		after += r * r;
	}
	const double shaken = jitter(t), share = own / whole, excess = (before - after) / own;
	const bool strong = share > strong_energy && shaken < strong_jitter && excess > 0.5;
	const bool pure = share > weak_energy && shaken < weak_jitter && excess > 0.5 && excess < weak_excess;
	if (*status != DR_OK || !(strong || pure)) {
		free(p->share);
		free(p->log_turns);
		*p = (morph_partial){0};
		return false;
	}
	s->n_partials++;
	return true;
}

/* A sound that begins from nothing goes on before its start as its own negative mirror image. */
static void
mirror(tracker *t)
{
	for (size_t i = 1; i <= t->room; i++)
		t->x[-(ptrdiff_t)i] = i < t->s->frames ? -t->x[i] : 0.0f;
}

static dr_status
search(tracker *t, float *real, float complex *bins, bool *struck, dr_error *err)
{
	morph_source *s = t->s;
	dr_status status = DR_OK;
	const double whole = energy(t->x, s->frames) + 1e-30;
	transform(t, real, bins);
	for (int failures = 0; failures < 3 && s->n_partials < MORPH_PARTIALS && status == DR_OK;) {
		const double frequency = strongest(t, bins, struck);
		if (frequency <= 0.0)
			break;
		mirror(t);
		if (track(t, frequency, whole, &status, err)) {
			for (size_t i = 0; i < s->frames; i++)
				t->x[i] -= t->wave[i];
			transform(t, real, bins);
		} else {
			failures++;
		}
		/* Either way it has had its turn. */
		const uint32_t lo = (uint32_t)(frequency * SPECTRUM * 0.9),
			       hi = (uint32_t)(frequency * SPECTRUM * 1.1);
		for (uint32_t i = lo; i <= hi + 1 && i < SPECTRUM / 2; i++)
			struck[i] = true;
	}
	return status;
}

dr_status
morph_find_partials(morph_source *s, float *x, dr_error *err)
{
	tracker t = {.s = s};
	t.room = (size_t)(REACH * 1.25 * 1.1 * s->rate / (0.5 * lowest)) + 64;
	const size_t wave = ((size_t)s->points + 1) * s->hop;
	float *padded = calloc(2 * t.room + wave, sizeof *padded);
	float *real = morph_fft_buffer(SPECTRUM);
	float complex *bins = (float complex *)morph_fft_buffer(SPECTRUM + 2);
	bool *struck = calloc(SPECTRUM, sizeof *struck);
	t.window = calloc(3 * t.room, sizeof *t.window);
	t.amplitude = calloc(3 * (size_t)s->points, sizeof *t.amplitude);
	t.wave = calloc(wave, sizeof *t.wave);
	dr_status status = DR_OK;
	if (!padded || !real || !bins || !struck || !t.window || !t.amplitude || !t.wave) {
		status = error_set(err, DR_FAILED, "out of memory for a morph");
	} else {
		t.cosine = t.window + t.room;
		t.sine = t.cosine + t.room;
		t.phase = t.amplitude + s->points;
		t.frequency = t.phase + s->points;
		t.x = padded + t.room;
		memcpy(t.x, x, s->frames * sizeof *x);
		status = search(&t, real, bins, struck, err);
		memcpy(x, t.x, s->frames * sizeof *x);
	}
	free(padded);
	morph_fft_buffer_free(real);
	morph_fft_buffer_free(bins);
	free(struck);
	free(t.window);
	free(t.amplitude);
	free(t.wave);
	return status;
}
