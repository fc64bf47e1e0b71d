#include "model/recall.h"

#include "model/vec.h"

#include <math.h>
#include <string.h>

#define FADE 0.9f   /* per step of the comparison */
#define EQUAL 0.5f  /* a step that is wholly the same, rests too */
#define DIFFER 0.5f /* cost of a hit in one of the two only */
static const float sharpness[RECALL_KERNELS] = {0.35f, 1.0f};

static uint16_t
mask_at(const history *h, int64_t back)
{
	return h->mask[(uint32_t)(h->n - back) & h->wrap];
}

static int
depth(const history *h)
{
	return h->n < HISTORY_RING ? (int)h->n : HISTORY_RING;
}

/* Mean of the hits at period, 2 period, 3 period ... steps back, each counting `fade` times the one before.
 */
static void
put_average(const history *h, int period, float fade, int most, float *x)
{
	float weight = 1.0f, total = 0.0f;
	const int n = depth(h);
	for (int k = 1; k <= most && k * period <= n; k++) {
		for (unsigned mask = mask_at(h, k * period); mask; mask &= mask - 1)
			x[__builtin_ctz(mask)] += weight;
		total += weight;
		weight *= fade;
	}
	for (int i = 0; i < INSTRUMENTS && total > 0.0f; i++)
		x[i] /= total;
}

static void
put_bar_velocity(const history *h, int bar_len, float *x)
{
	float weight = 1.0f, total[INSTRUMENTS] = {0};
	const int n = depth(h);
	for (int k = 1; k <= 8 && k * bar_len <= n; k++, weight *= 0.8f) {
		const step_hits *step = &h->step[(uint32_t)(h->n - k * bar_len) & h->wrap];
		for (unsigned mask = mask_at(h, k * bar_len); mask; mask &= mask - 1) {
			const int i = __builtin_ctz(mask);
			x[i] += weight * (float)step->hit[i].velocity / 127.0f;
			total[i] += weight;
		}
	}
	for (int i = 0; i < INSTRUMENTS; i++)
		x[i] /= total[i] > 0.0f ? total[i] : 1.0f;
}

/* score[lag] += weight * how well step `a` matches the one `lag` before it. past points to the step before a.
 */
VEC_CLONES static void
add_matches(const uint16_t *restrict past, unsigned a, float weight, int lags, float *restrict score)
{
	for (int lag = 1; lag <= lags; lag++) {
		const unsigned b = past[lag - 1];
		const int common = vec_bits(a & b), differ = vec_bits(a ^ b);
		score[lag] += weight * ((float)common - DIFFER * (float)differ + (differ ? 0.0f : EQUAL));
	}
}

/* How well the steps before each lag match the last ones. past[k] is the mask k steps back. */
static void
resemblances(const uint16_t *past, int n, int lags, float *score)
{
	float weight = 1.0f;
	memset(score, 0, (size_t)(lags + 1) * sizeof *score);
	for (int j = 1; j <= RECALL_LENGTH && j < n; j++, weight *= FADE)
		add_matches(past + j + 1, past[j], weight, lags < n - j ? lags : n - j, score);
}

static float
metrical(int lag, int bar_len, int beat)
{
	return lag % bar_len == 0 ? 2.0f : 2 * lag % bar_len == 0 ? 1.2f : lag % beat == 0 ? 0.6f : 0.0f;
}

typedef struct recalled {
	float hit[INSTRUMENTS], velocity[INSTRUMENTS], offset[INSTRUMENTS];
	float total, heaviest;
} recalled;

static void
weigh(const history *h, float sharp, const float *score, float best, int lags, recalled *r)
{
	for (int lag = 1; lag <= lags; lag++) {
		const float nearness = sharp * (score[lag] - best);
		if (nearness < -8.0f)
			continue;
		const float weight = vec_exp1(nearness);
		const step_hits *step = &h->step[(uint32_t)(h->n - lag) & h->wrap];
		r->total += weight;
		r->heaviest = fmaxf(r->heaviest, weight);
		for (unsigned mask = mask_at(h, lag); mask; mask &= mask - 1) {
			const int i = __builtin_ctz(mask);
			r->hit[i] += weight;
			r->velocity[i] += weight * (float)step->hit[i].velocity / 127.0f;
			r->offset[i] += weight * 2.0f * step_offset_to_float(step->hit[i].offset);
		}
	}
}

static void
put_resembling(const history *h, int bar_len, int beat, float *x)
{
	uint16_t past[RECALL_REACH + RECALL_LENGTH + 1];
	float score[RECALL_REACH + 1], best = -INFINITY;
	int n = depth(h), lags = n - 1 < RECALL_REACH ? n - 1 : RECALL_REACH;
	n = n < RECALL_REACH + RECALL_LENGTH ? n : RECALL_REACH + RECALL_LENGTH;
	for (int k = 1; k <= n; k++)
		past[k] = mask_at(h, k);
	if (lags < 1)
		return;
	resemblances(past, n, lags, score);
	for (int lag = 1; lag <= lags; lag++) {
		score[lag] += metrical(lag, bar_len, beat);
		best = fmaxf(best, score[lag]);
	}
	x[RECALL_AT_TRUST] = best / 16.0f;
	for (int k = 0; k < RECALL_KERNELS; k++) {
		recalled r = {0};
		weigh(h, sharpness[k], score, best, lags, &r);
		for (int i = 0; i < INSTRUMENTS; i++)
			x[RECALL_AT_KERNEL + k * INSTRUMENTS + i] = r.hit[i] / r.total;
		x[RECALL_AT_TRUST + 1 + k] = r.heaviest / r.total;
		for (int i = 0; i < INSTRUMENTS && k == RECALL_KERNELS - 1; i++)
			if (r.hit[i] > 0.0f) {
				x[RECALL_AT_VELOCITY + i] = r.velocity[i] / r.hit[i];
				x[RECALL_AT_OFFSET + i] = r.offset[i] / r.hit[i];
			}
	}
}

void
recall_build(const history *h, int bar_len, int beat, float *x)
{
	const struct {
		int period;
		float fade;
		int most;
	} average[RECALL_AVERAGES] = {{bar_len, 0.5f, 6}, {bar_len, 0.9f, 16}, {bar_len / 2, 0.8f, 16},
				      {beat, 0.9f, 24},   {2, 0.9f, 32},       {1, 0.95f, 64}};
	for (int k = 0; k < RECALL_AVERAGES; k++)
		put_average(h, average[k].period > 0 ? average[k].period : 1, average[k].fade,
			    average[k].most, x + RECALL_AT_AVERAGE + k * INSTRUMENTS);
	put_bar_velocity(h, bar_len, x + RECALL_AT_BAR_VELOCITY);
	put_resembling(h, bar_len, beat, x);
}
