/* When a sound's energy comes, and when it is gone. */
#include "model/morph_work.h"

#include <math.h>

/* Shares of the energy that have come, and that are still to come. */
static const double coming[MORPH_COMING] = {0.01, 0.02, 0.05, 0.1};
static const double going[MORPH_GOING] = {0.7, 0.4, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};

static const double whole_seconds = 0.0005; /* stretches shorter than this count in part */
static const double most_gain = 9.0;        /* of the power, up or down */
static const double least_part = 1e-8;      /* of the energy: less is nothing */
static const double inner = 0.8;            /* of the parents' range, so that what follows stays in it */

enum {
	STRETCHES = MORPH_EDGES + 1,
	BLOCKS = 32,  /* of a stretch, at most */
	SHORTEST = 8, /* frames */
	ATTACK = 2    /* the share to come that counts for the whole */
};

/* Rounds in which gains are chosen, as each leans on its neighbours'. Of short stretches more make the gains
 * go up and down. */
enum { FEW = 2, MANY = 12 };

double
morph_energy(float *const x[2], int channels, uint32_t from, uint32_t to)
{
	double sum = 0.0;
	for (int c = 0; c < channels && c < 2; c++)
		sum += (double)vec_dot((int)(to - from), x[c] + from, x[c] + from);
	return sum;
}

static double
power_at(float *const x[2], int channels, uint32_t i)
{
	double sum = 0.0;
	for (int c = 0; c < channels && c < 2; c++)
		sum += (double)x[c][i] * (double)x[c][i];
	return sum;
}

void
morph_find_times(float *const x[2], int channels, uint32_t frames, morph_times *t)
{
	enum { BLOCK = 64 };
	const double whole = morph_energy(x, channels, 0, frames) + 1e-30;
	double sum = 0.0, others = 0.0;
	uint32_t i = 0, end = frames;
	for (int k = 0; k < MORPH_COMING; k++) {
		const double before = sum;
		for (; i < frames && sum < coming[k] * whole; i++)
			sum += power_at(x, channels, i);
		t->edge[k] = i;
		t->part[k] = (sum - before) / whole;
		others += t->part[k];
	}
	sum = 0.0;
	for (int k = MORPH_GOING - 1; k >= 0; k--) {
		const double before = sum, wanted = going[k] * whole;
		while (end >= i + BLOCK) {
			const double block = morph_energy(x, channels, end - BLOCK, end);
			if (sum + block >= wanted)
				break;
			sum += block;
			end -= BLOCK;
		}
		for (; end > i && sum < wanted; end--)
			sum += power_at(x, channels, end - 1);
		t->edge[MORPH_COMING + k] = end;
		t->part[MORPH_COMING + k + 1] = (sum - before) / whole;
		others += t->part[MORPH_COMING + k + 1];
	}
	t->part[MORPH_COMING] = fmax(1.0 - others, 0.0);
}

/* The sound between two edges, and the gain of its power, which goes linearly from its middle, before which
 * comes half of its energy, to the next one's. */
typedef struct stretch {
	uint32_t from, to, middle;
	double wanted;       /* of the whole energy */
	double certain;      /* 0..1, less where it is short */
	double energy[2][2]; /* before and after its middle: of its own gain, and of the neighbour's */
	double gain;
} stretch;

/* Where each share of the energy is due: where the sound has it already, as long as that lies well between
 * the parents' times. Returns how many stretches that makes. */
static int
place_stretches(const morph_work *w, const morph_times *own, bool attack, stretch s[STRETCHES])
{
	const double millisecond = w->source[0]->rate / 1000.0;
	double left = 0.0;
	uint32_t from = 0;
	int n = 0;
	for (int k = 0; k <= MORPH_EDGES; k++) {
		double mean = 0.0, low = 1e9, high = -1e9;
		for (int c = 0; c < w->n; c++) {
			const morph_times *t = &w->source[c]->times;
			const double time = log((k < MORPH_EDGES ? t->edge[k] : 0.0) + millisecond);
			left += w->weight[c] * t->part[k];
			mean += w->weight[c] * time;
			low = fmin(low, time);
			high = fmax(high, time);
		}
		if (attack ? k >= MORPH_COMING && k < MORPH_EDGES : k < MORPH_COMING && k != ATTACK)
			continue;
		uint32_t to = w->frames;
		if (k < MORPH_EDGES) {
			low = mean + inner * (low - mean);
			high = mean + inner * (high - mean);
			const double time = fmin(fmax(log(own->edge[k] + millisecond), low), high);
			to = (uint32_t)lround(fmin(fmax(exp(time) - millisecond, 0.0), w->frames));
		}
		if (to > from + SHORTEST) {
			s[n++] = (stretch){.from = from, .to = to, .wanted = left, .gain = 1.0};
			left = 0.0;
			from = to;
		}
	}
	if (n)
		s[n - 1].wanted += left;
	return n;
}

/* Finds the middles, and what energy of each stretch lies how near to which. */
static void
weigh(const morph_work *w, float *const out[2], stretch *s, int n)
{
	double block[STRETCHES][BLOCKS];
	uint32_t size[STRETCHES];
	for (int k = 0; k < n; k++) {
		const uint32_t span = s[k].to - s[k].from;
		double sum = 0.0, half = 0.0;
		uint32_t b = 0;
		size[k] = (span / BLOCKS / 16 + 1) * 16;
		for (; b * size[k] < span; b++) {
			const uint32_t at = s[k].from + b * size[k], end = at + size[k];
			block[k][b] = morph_energy(out, w->channels, at, end < s[k].to ? end : s[k].to);
			sum += block[k][b];
		}
		for (b = 0; (b + 1) * size[k] < span && half + block[k][b] < 0.5 * sum; b++)
			half += block[k][b];
		s[k].middle = s[k].from + b * size[k] + (span < size[k] ? span : size[k]) / 2;
		s[k].middle = s[k].middle < s[k].to ? s[k].middle : s[k].to - 1;
		s[k].certain = fmin(span / (whole_seconds * w->source[0]->rate), 1.0);
	}
	for (int k = 0; k < n; k++)
		for (uint32_t b = 0; b * size[k] < s[k].to - s[k].from; b++) {
			const double at = fmin(s[k].from + (b + 0.5) * size[k], s[k].to);
			const int side = at >= s[k].middle, other = side ? k + 1 : k - 1;
			const double span = other < 0 || other == n
						? INFINITY
						: (double)s[other].middle - (double)s[k].middle;
			const double far = (at - s[k].middle) / span;
			s[k].energy[side][0] += block[k][b] * (1.0 - far);
			s[k].energy[side][1] += block[k][b] * far;
		}
}

static void
choose_gains(stretch *s, int n, double mixed, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		double found[STRETCHES], sum = 1e-30;
		for (int k = 0; k < n; k++) {
			const double before = s[k > 0 ? k - 1 : 0].gain,
				     after = s[k + 1 < n ? k + 1 : k].gain;
			found[k] = s[k].gain * (s[k].energy[0][0] + s[k].energy[1][0]) +
				   before * s[k].energy[0][1] + after * s[k].energy[1][1];
			sum += found[k];
		}
		for (int k = 0; k < n; k++) {
			const double more = (s[k].wanted + least_part) / (found[k] / sum + least_part);
			s[k].gain *= pow(more, s[k].certain);
			s[k].gain = fmin(fmax(s[k].gain, 1.0 / most_gain), most_gain);
		}
	}
	for (int k = 0; k < n; k++)
		s[k].gain = pow(s[k].gain, mixed);
}

VEC_CLONES static void
ramp(float *restrict x, uint32_t n, float power, float step)
{
	for (uint32_t i = 0; i < n; i++)
		x[i] *= sqrtf(power + step * (float)(int32_t)i);
}

void
morph_shape_times(const morph_work *w, float *const out[2], bool attack)
{
	stretch s[STRETCHES];
	morph_times own;
	morph_find_times(out, w->channels, w->frames, &own);
	const int n = place_stretches(w, &own, attack, s);
	weigh(w, out, s, n);
	choose_gains(s, n, morph_mixed(w), attack ? FEW : MANY);
	uint32_t at = 0;
	for (int k = 0; k <= n && n > 0; k++) {
		const double first = s[k > 0 ? k - 1 : 0].gain, last = s[k < n ? k : n - 1].gain;
		const uint32_t to = k < n ? s[k].middle : w->frames;
		for (int c = 0; c < w->channels && c < 2; c++)
			ramp(out[c] + at, to - at, (float)first,
			     (float)((last - first) / (to > at ? to - at : 1)));
		at = to;
	}
}
