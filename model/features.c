#include "model/features.h"

#include "model/recall.h"
#include "model/vec.h"

#include <math.h>
#include <string.h>

static const step_hits *
event_at(const history *h, int64_t back)
{
	return &h->step[(uint32_t)(h->n - back) & h->wrap];
}

static uint16_t
mask_at(const history *h, int64_t back)
{
	return h->mask[(uint32_t)(h->n - back) & h->wrap];
}

static bool
reaches(const history *h, int64_t back)
{
	return back >= 1 && back <= h->n && back <= HISTORY_RING;
}

static void
put_hit(const step_hit *hit, float presence, float *slot, int i)
{
	slot[i] = presence;
	slot[INSTRUMENTS + i] = (float)hit->velocity / 127.0f;
	slot[2 * INSTRUMENTS + i] = 2.0f * step_offset_to_float(hit->offset);
	slot[3 * INSTRUMENTS + i] = (float)(hit->ratchet - 1) / 3.0f;
}

static void
put_event(const history *h, int64_t back, float *slot)
{
	if (!reaches(h, back))
		return;
	const step_hits *event = event_at(h, back);
	unsigned mask = mask_at(h, back);
	for (; mask; mask &= mask - 1) {
		int i = __builtin_ctz(mask);
		put_hit(&event->hit[i], 1.0f, slot, i);
	}
}

static void
put_mask(const history *h, int64_t back, float *x)
{
	if (!reaches(h, back))
		return;
	unsigned mask = mask_at(h, back);
	for (; mask; mask &= mask - 1)
		x[__builtin_ctz(mask)] = 1.0f;
}

static void
put_recent(const history *h, float *slot)
{
	enum { REACH = 64 };
	unsigned found = 0;
	for (int back = 1; back <= REACH && reaches(h, back); back++) {
		unsigned fresh = mask_at(h, back) & ~found;
		found |= fresh;
		for (; fresh; fresh &= fresh - 1) {
			int i = __builtin_ctz(fresh);
			put_hit(&event_at(h, back)->hit[i], exp2f((float)(1 - back) / 8.0f), slot, i);
		}
	}
}

/* How the last steps compare with those `lag` before them: equal at the last step, shares equal of the
 * last 4 and 16, and hits in common over hits in either. */
static void
put_match(const history *h, int lag, float *x)
{
	int equal[3] = {0}, common = 0, either = 0;
	for (int back = 1; back <= 16 && reaches(h, back + lag); back++) {
		unsigned a = mask_at(h, back), b = mask_at(h, back + lag);
		int same = a == b;
		equal[0] += back <= 1 ? same : 0;
		equal[1] += back <= 4 ? same : 0;
		equal[2] += same;
		common += vec_bits(a & b);
		either += vec_bits(a | b);
	}
	x[0] = (float)equal[0];
	x[1] = (float)equal[1] / 4.0f;
	x[2] = (float)equal[2] / 16.0f;
	x[3] = either ? (float)common / (float)either : 0.0f;
}

/* The lag at which the last 32 steps repeat best; 0 while there is no past to compare. */
static int
best_lag(const history *h, int bar_len, int *which)
{
	static const struct {
		int num, den;
	} bars[FEATURE_LAGS] = {{1, 1}, {2, 1}, {4, 1}, {1, 2}, {3, 1}, {8, 1}, {1, 4}, {6, 1}};
	int best = 0;
	float best_score = 0.0f;
	for (int k = 0; k < FEATURE_LAGS; k++) {
		int lag = bar_len * bars[k].num / bars[k].den;
		int common = 0, either = 0;
		for (int back = 1; back <= 32 && reaches(h, back + lag); back++) {
			unsigned a = mask_at(h, back), b = mask_at(h, back + lag);
			common += vec_bits(a & b);
			either += vec_bits(a | b);
		}
		float score = ((float)common + 0.5f) / ((float)either + 1.5f);
		if (either > 0 && score > best_score) {
			best_score = score;
			best = lag;
			*which = k;
		}
	}
	return best;
}

static void
put_loudness(const history *h, int bar_len, float *x)
{
	int hits = 0, beat = 0;
	for (int back = 1; back <= bar_len && reaches(h, back); back++) {
		int n = vec_bits(mask_at(h, back));
		hits += n;
		beat += back <= 4 ? n : 0;
	}
	x[0] = (float)hits / (float)(2 * bar_len);
	x[1] = (float)beat / 8.0f;
}

static void
put_context(const model_context *ctx, float *x)
{
	x[FEATURE_AT_PLACE + ctx->bar_step % STEP_MAX_BAR] = 1.0f;
	x[FEATURE_AT_BAR + (ctx->bar & 3)] = 1.0f;
	x[FEATURE_AT_METRE] = (float)ctx->bar_len / 16.0f - 1.0f;
	x[FEATURE_AT_METRE + 1] = ctx->bar_len == 16 ? 1.0f : 0.0f;
	x[FEATURE_AT_METRE + 2] = ctx->compound ? 1.0f : 0.0f;
	float known = 0.0f;
	for (int s = 0; s < MODEL_MAX_STYLES; s++) {
		x[FEATURE_AT_STYLE + s] = ctx->style[s];
		known += ctx->style[s];
	}
	float *wish = x + FEATURE_AT_WISH;
	wish[0] = known;
	if (!isnan(ctx->density)) {
		wish[1] = 0.5f * fmaxf(-3.0f, fminf(3.0f, ctx->density));
		wish[2] = 1.0f;
	}
	if (!isnan(ctx->fill)) {
		wish[3] = ctx->fill;
		wish[4] = 1.0f;
	}
	if (ctx->tempo > 0) {
		wish[5] = log2f(ctx->tempo / 120.0f);
		wish[6] = 1.0f;
	}
	x[FEATURE_AT_HAND] = ctx->hand;
	if (ctx->anything)
		x[FEATURE_AT_ANYTHING] = 1.0f;
}

void
features_build(const history *h, const model_context *ctx, float x[FEATURES])
{
	memset(x, 0, FEATURES * sizeof *x);
	int bar = ctx->bar_len, which = 0;
	int lag = best_lag(h, bar, &which);
	put_event(h, 1, x + FEATURE_SLOT_LAST * FEATURE_SLOT);
	put_event(h, bar, x + FEATURE_SLOT_BAR * FEATURE_SLOT);
	put_event(h, 2 * bar, x + FEATURE_SLOT_TWO_BARS * FEATURE_SLOT);
	put_recent(h, x + FEATURE_SLOT_RECENT * FEATURE_SLOT);
	if (lag > 0) {
		put_event(h, lag, x + FEATURE_SLOT_BEST * FEATURE_SLOT);
		put_match(h, lag, x + FEATURE_AT_MATCH + 12);
		x[FEATURE_AT_LAG + which] = 1.0f;
	}
	const int echo[FEATURE_ECHOES] = {2, 3, 4, 4 * bar, bar - 1};
	for (int k = 0; k < FEATURE_ECHOES; k++)
		put_mask(h, echo[k], x + FEATURE_AT_ECHO + k * INSTRUMENTS);
	for (int k = 0; k < 3; k++)
		put_match(h, bar << k, x + FEATURE_AT_MATCH + 4 * k);
	x[FEATURE_AT_DEPTH] = h->n > 0 ? 1.0f : 0.0f;
	for (int k = 0; k < 3; k++)
		x[FEATURE_AT_DEPTH + 1 + k] = h->n >= (bar << k) ? 1.0f : 0.0f;
	put_loudness(h, bar, x + FEATURE_AT_LOUD);
	_Static_assert((int)FEATURE_RECALL == (int)RECALL_SIZE, "features.h and recall.h agree");
	recall_build(h, bar, ctx->compound ? 6 : 4, x + FEATURE_AT_RECALL);
	put_context(ctx, x);
}

int
features_own_at(int j, int instrument)
{
	static const int recalled[] = {RECALL_AT_BAR_VELOCITY,
				       RECALL_AT_KERNEL + (RECALL_KERNELS - 1) * INSTRUMENTS,
				       RECALL_AT_VELOCITY, RECALL_AT_OFFSET};
	if (j < 4 * FEATURE_SLOTS)
		return j / 4 * FEATURE_SLOT + j % 4 * INSTRUMENTS + instrument;
	return FEATURE_AT_RECALL + recalled[j - 4 * FEATURE_SLOTS] + instrument;
}

void
features_own(const float x[FEATURES], int instrument, float own[FEATURE_OWN])
{
	for (int j = 0; j < FEATURE_OWN; j++)
		own[j] = x[features_own_at(j, instrument)];
}

model_context
features_no_wishes(int bar, int bar_step, int bar_len)
{
	model_context ctx = {.density = NAN,
			     .fill = NAN,
			     .anything = true,
			     .bar = bar,
			     .bar_step = bar_step,
			     .bar_len = bar_len};
	return ctx;
}
