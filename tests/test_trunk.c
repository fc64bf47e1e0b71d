/* Every architecture, step by step and by sequences: the same numbers, wherever a batch ends and a stream
 * begins, and whichever of the two went before. */
#include "tests/test.h"

#include "model/past.h"
#include "model/trunk.h"
#include "rt/rng.h"

#include <math.h>
#include <string.h>

enum { INPUTS = 10, HIDDEN = 16, LANES = 3, LENGTH = 200 };

static const uint64_t seed = 20260101;

typedef struct streams {
	trunk t;
	weight_table p;
	float *w, *x, *y, *state, *cache;
	uint8_t *reset;
	size_t state_size;
} streams;

/* Lively weights, and three lanes of noise which begin anew at uneven places. */
static void
open_streams(streams *s, const char *arch, int layers)
{
	uint64_t rng = rng_hash(seed, 1, 2);
	*s = (streams){0};
	trunk_init(&s->t, trunk_find(arch), INPUTS, HIDDEN, layers, &s->p);
	s->state_size = s->t.type->state_size(&s->t);
	s->w = weights_alloc(s->p.total);
	s->x = weights_alloc(LENGTH * LANES * INPUTS);
	s->y = weights_alloc(LENGTH * LANES * HIDDEN);
	s->state = weights_alloc(LANES * s->state_size);
	s->cache = weights_alloc(s->t.type->cache_size(&s->t, LENGTH, LANES));
	s->reset = calloc(LENGTH * LANES, 1);
	weights_init(&s->p, seed, s->w);
	for (size_t i = 0; i < s->p.total; i++)
		s->w[i] *= 2.0f;
	for (size_t i = 0; i < LENGTH * LANES * INPUTS; i++)
		s->x[i] = 2.0f * rng_next_unit(&rng) - 1.0f;
	static const int begins[][2] = {{0, 0}, {5, 1}, {37, 2}, {39, 2}, {100, 1}, {150, 0}};
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		s->reset[begins[i][0] * LANES + begins[i][1]] = 1;
}

static void
close_streams(streams *s)
{
	free(s->w);
	free(s->x);
	free(s->y);
	free(s->state);
	free(s->cache);
	free(s->reset);
}

static void
pass(streams *s, int from, int to)
{
	const size_t row = (size_t)from * LANES;
	const sequence part = {to - from, LANES, s->reset + row};
	s->t.type->forward(&s->t, s->w, &part, s->x + row * INPUTS, s->state, s->y + row * HIDDEN, s->cache);
}

/* Plays the lanes step by step and compares. */
static void
compare_steps(streams *s, int from, int to, float *state, const char *arch)
{
	float y[HIDDEN];
	for (int t = from; t < to; t++)
		for (int b = 0; b < LANES; b++) {
			const size_t row = (size_t)(t * LANES + b);
			float *own = state + (size_t)b * s->state_size;
			if (s->reset[row])
				memset(own, 0, s->state_size * sizeof *own);
			s->t.type->step(&s->t, &(step_weights){s->w, NULL}, s->x + row * INPUTS, own, y);
			for (int i = 0; i < HIDDEN; i++)
				if (!(fabsf(y[i] - s->y[row * HIDDEN + (size_t)i]) < 1e-5f))
					fail_msg("%s, %d layers, step %d of lane %d: %.7g alone, %.7g in the "
						 "sequence (seed %llu)",
						 arch, s->t.layers, t, b, (double)y[i],
						 (double)s->y[row * HIDDEN + (size_t)i],
						 (unsigned long long)seed);
		}
}

static void
check_streaming(const char *arch, int layers)
{
	static const int ends[] = {1, 8, 41, 73, 74, 106, LENGTH};
	streams s;
	open_streams(&s, arch, layers);
	float *state = weights_alloc(LANES * s.state_size);
	int from = 0;
	for (size_t k = 0; k < sizeof ends / sizeof *ends; from = ends[k++])
		pass(&s, from, ends[k]);
	compare_steps(&s, 0, LENGTH, state, arch);
	/* And a stream that sequences have brought to a place goes on there by steps. */
	memset(s.state, 0, LANES * s.state_size * sizeof *s.state);
	pass(&s, 0, 90);
	compare_steps(&s, 90, LENGTH, s.state, arch);
	free(state);
	close_streams(&s);
}

static void
streams_equal_sequences(void **state)
{
	(void)state;
	char names[TRUNK_NAMES], *rest = names, *name;
	trunk_names(names);
	while ((name = strsep(&rest, "|"))) {
		check_streaming(name, 1);
		check_streaming(name, 0);
	}
}

/* What comes later changes nothing before, and one lane nothing in another. */
static void
nothing_comes_from_the_future_or_the_neighbour(void **state)
{
	(void)state;
	char names[TRUNK_NAMES], *rest = names, *name;
	trunk_names(names);
	while ((name = strsep(&rest, "|"))) {
		streams s;
		open_streams(&s, name, 2);
		pass(&s, 0, 60);
		float *first = weights_alloc(60 * LANES * HIDDEN);
		memcpy(first, s.y, 60 * LANES * HIDDEN * sizeof *first);
		s.x[(30 * LANES + 1) * INPUTS] += 1.0f;
		memset(s.state, 0, LANES * s.state_size * sizeof *s.state);
		pass(&s, 0, 60);
		double moved = 0;
		for (int t = 0; t < 60; t++)
			for (int b = 0; b < LANES; b++)
				for (int i = 0; i < HIDDEN; i++) {
					const size_t at = (size_t)((t * LANES + b) * HIDDEN + i);
					const double by = fabs((double)(s.y[at] - first[at]));
					if (b == 1 && t >= 30)
						moved += by;
					else if (!(by < 1e-6))
						fail_msg("%s: step %d of lane %d moved", name, t, b);
				}
		assert_true(moved > 1e-3);
		free(first);
		close_streams(&s);
	}
}

static void
nonsense_is_bounded(void **state)
{
	(void)state;
	char names[TRUNK_NAMES], *rest = names, *name;
	trunk_names(names);
	while ((name = strsep(&rest, "|"))) {
		streams s;
		open_streams(&s, name, 0);
		for (size_t i = 0; i < s.p.total; i++)
			s.w[i] *= 20.0f;
		pass(&s, 0, LENGTH);
		for (int i = 0; i < LENGTH * LANES * HIDDEN; i++)
			if (!(fabsf(s.y[i]) < 1000.0f))
				fail_msg("%s: %g", name, (double)s.y[i]);
		close_streams(&s);
	}
}

/* A clock counts far beyond any night's music; places in the ring stay in order when it is set back. */
static void
a_clock_never_runs_out(void **state)
{
	(void)state;
	enum { REACH = 8 };
	const past p = {REACH, 1};
	float clock[PAST_CLOCK] = {8388608.0f - 20.0f}, ring[REACH] = {0};
	for (int i = 0; i < 100; i++) {
		for (int back = 1; i >= REACH && back <= REACH; back++)
			assert_true(*past_back(p, clock, ring, back) == (float)(i - back));
		*past_now(p, clock, ring) = (float)i;
		past_tick(clock);
	}
	assert_true(clock[0] < 8388608.0f - 1000.0f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streams_equal_sequences),
	    cmocka_unit_test(nothing_comes_from_the_future_or_the_neighbour),
	    cmocka_unit_test(nonsense_is_bounded),
	    cmocka_unit_test(a_clock_never_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
