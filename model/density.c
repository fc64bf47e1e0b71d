#include "model/density.h"

#include <math.h>
#include <string.h>

#define SPARSEST                                                                                             \
	0.9f /* hits wanted per bar at density 0; of loops up to twice as many come (eval --controls) */
#define FULLEST 30.0f /* at density 1 */
#define FOLLOW (1.0f / 48.0f)
#define TRIM_GAIN 0.05f
#define TRIM_LIMIT 5.0f
#define COLD 0.7f
#define HOT 0.45f
#define LEAN 0.35f

float
density_ratio(float density, float mean)
{
	float full = fmaxf(FULLEST, 1.6f * mean), thin = fminf(SPARSEST, 0.5f * mean);
	if (density <= 0.5f)
		return powf(thin / mean, 1.0f - 2.0f * density);
	return powf(full / mean, 2.0f * density - 1.0f);
}

float
density_label(float ratio, float mean, float all)
{
	return fmaxf(0.0f, log2f(ratio)) + LEAN * log2f(mean / all);
}

void
density_init(density_state *s)
{
	memset(s, 0, sizeof *s);
}

float
density_shift(const density_state *s, float ratio, float temperature)
{
	float more = ratio > 1.0f ? 0.5f * logf(ratio) : 0.0f;
	/* Many likely hits have less than even odds, and many unlikely ones gain by heat. */
	float cold = temperature < 1.0f ? COLD * (1.0f - temperature) : 0.0f;
	float hot = temperature > 1.0f ? HOT * temperature * (1.0f - temperature) : 0.0f;
	return s->trim + more + cold + hot;
}

void
density_learn(density_state *s, float hits, float target)
{
	s->hits += FOLLOW * (hits - s->hits);
	s->target += FOLLOW * (target - s->target);
	/* A tenth of a hit per step, so that the first steps do not move it much. */
	float error = logf((s->target + 0.1f) / (s->hits + 0.1f));
	s->trim = fmaxf(-TRIM_LIMIT, fminf(TRIM_LIMIT, s->trim + TRIM_GAIN * error));
}

float
density_strength(float logit, int instrument, int bar_step, int bar_len)
{
	/* Less than what tells a likely hit from one that is nearly certain: they settle what is about as
	 * likely. */
	static const float role[INSTRUMENTS] = {
	    [INST_BD] = 0.2f, [INST_SD] = 0.1f, [INST_CP] = 0.1f, [INST_CC] = 0.05f, [INST_CH] = -0.05f};
	float place = bar_step == 0 ? 0.25f : bar_step % 4 ? bar_step % 2 ? -0.1f : 0.0f : 0.1f;
	if (bar_len % 2 == 0 && bar_step == bar_len / 2)
		place = 0.15f;
	/* Log-odds lie within 10 of 0 here, so that the sum stays positive. */
	return 12.0f + fmaxf(-10.0f, fminf(10.0f, logit)) + role[instrument] + place;
}

/* Of the hits in the last bar (this step's included), those stronger than `than`; *all: how many there are.
 */
static int
stronger(const density_state *s, float than, int bar_len, int *all)
{
	int n = 0;
	*all = 0;
	for (int back = 0; back < bar_len && back <= s->at; back++) {
		const float *score = s->score[(s->at - back) % STEP_MAX_BAR];
		for (int i = 0; i < INSTRUMENTS; i++) {
			*all += score[i] > 0;
			n += score[i] > than;
		}
	}
	return n;
}

unsigned
density_thin(density_state *s, unsigned mask, const float strength[INSTRUMENTS], float ratio, int bar_len,
	     const float chance[INSTRUMENTS])
{
	unsigned heard = 0;
	float *now = s->score[s->at % STEP_MAX_BAR];
	for (int i = 0; i < INSTRUMENTS; i++)
		now[i] = mask >> i & 1 ? strength[i] : 0.0f;
	for (int i = 0; i < INSTRUMENTS; i++) {
		int all, above = stronger(s, strength[i], bar_len, &all);
		if ((mask >> i & 1) && (ratio >= 1.0f || (float)above + chance[i] < ratio * (float)all))
			heard |= 1u << i;
	}
	s->at++;
	return heard;
}

void
density_count_silence(density_state *s, bool heard)
{
	s->quiet = heard ? 0 : s->quiet + 1;
}

density_call
density_called(const density_state *s, int bar_step, int bar_len)
{
	if (bar_step == 0 && s->quiet >= 3 * bar_len)
		return DENSITY_ANY;
	return s->quiet >= bar_len ? DENSITY_LIKELY : DENSITY_REST;
}
