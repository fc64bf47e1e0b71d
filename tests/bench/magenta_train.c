#include "tests/bench/magenta.h"

#include "model/adam.h"
#include "model/blas.h"
#include "model/layer_dense.h"
#include "model/vec.h"
#include "rt/rng.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { LANES = 64, STEPS = 32, ROWS = LANES * STEPS, WARM_UP = 100, MOST_REPEATS = 3, LOOKS = 6 };
#define RATE 1e-3
#define LAST_RATE 0.02
#define DROPOUT 0.5f

typedef struct lane {
	const hit_line *line;
	int at;
} lane;

typedef struct magenta_trainer {
	magenta *m;
	adam adam;
	const hit_set *train;
	size_t *order, n_order, next;
	lane lane[LANES];
	uint64_t rng;
	float *x, *y, *keep, *dy, *logit, *state, *cache, *dw, *best;
	uint16_t target[ROWS];
	uint8_t reset[ROWS];
	double begun, minutes, best_bits;
} magenta_trainer;

static double
worked(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double
progress(const magenta_trainer *t)
{
	return (worked() - t->begun) / (60.0 * t->minutes);
}

/* As the networks' own feeder has it: a collection's share goes with the square root of its size. */
static bool
make_order(magenta_trainer *t, int n_collections)
{
	double steps[CORPUS_MAX_COLLECTIONS] = {0}, most = 0;
	for (size_t i = 0; i < t->train->n; i++)
		steps[t->train->item[i].source->collection] += t->train->item[i].n_steps;
	for (int k = 0; k < n_collections; k++)
		most = fmax(most, steps[k]);
	t->order = calloc(t->train->n * MOST_REPEATS + 1, sizeof *t->order);
	for (size_t i = 0; t->order && i < t->train->n; i++) {
		const double own = steps[t->train->item[i].source->collection];
		const int times = (int)fmin(MOST_REPEATS, floor(sqrt(most / fmax(1, own)) + 0.5));
		for (int k = 0; k < times && t->train->item[i].n_steps > 0; k++)
			t->order[t->n_order++] = i;
	}
	t->next = t->n_order;
	return t->order != NULL && t->n_order > 0;
}

static const hit_line *
next_line(magenta_trainer *t)
{
	if (t->next >= t->n_order) {
		for (size_t i = t->n_order; i > 1; i--) {
			const size_t k = (size_t)(rng_next(&t->rng) % i), held = t->order[i - 1];
			t->order[i - 1] = t->order[k];
			t->order[k] = held;
		}
		t->next = 0;
	}
	return &t->train->item[t->order[t->next++]];
}

static void
fill(magenta_trainer *t)
{
	for (int step = 0; step < STEPS; step++)
		for (int b = 0; b < LANES; b++) {
			lane *l = &t->lane[b];
			const size_t row = (size_t)(step * LANES + b);
			if (!l->line || l->at >= l->line->n_steps)
				*l = (lane){next_line(t), 0};
			magenta_input(l->at, l->at ? l->line->mask[l->at - 1] : 0,
				      t->x + row * MAGENTA_INPUTS);
			t->target[row] = l->line->mask[l->at];
			t->reset[row] = l->at == 0;
			l->at++;
		}
}

static void
start_bias(const magenta_trainer *t)
{
	double count[MAGENTA_EVENTS], total = 0;
	for (int v = 0; v < MAGENTA_EVENTS; v++)
		count[v] = 0.5;
	for (size_t i = 0; i < t->train->n; i++)
		for (int s = 0; s < t->train->item[i].n_steps; s++)
			count[t->train->item[i].mask[s]] += 1;
	for (int v = 0; v < MAGENTA_EVENTS; v++)
		total += count[v];
	for (int v = 0; v < MAGENTA_EVENTS; v++)
		t->m->w[t->m->bias + (size_t)v] = (float)log(count[v] / total);
}

/* One update; the loss in bits per step. */
static double
update(magenta_trainer *t)
{
	const magenta *m = t->m;
	const trunk *k = &m->trunk;
	const sequence s = {STEPS, LANES, t->reset};
	const size_t wide = (size_t)ROWS * (size_t)k->hidden;
	double loss = 0;
	fill(t);
	k->type->forward(k, m->w, &s, t->x, t->state, t->y, t->cache);
	for (size_t i = 0; i < wide; i++) {
		t->keep[i] = rng_next_unit(&t->rng) < DROPOUT ? 0.0f : 1.0f / (1.0f - DROPOUT);
		t->y[i] *= t->keep[i];
	}
	dense_forward(ROWS, k->hidden, MAGENTA_EVENTS, t->y, m->w + m->read, m->w + m->bias, t->logit);
	for (int row = 0; row < ROWS; row++) {
		float *p = t->logit + (size_t)row * MAGENTA_EVENTS;
		vec_log_softmax(MAGENTA_EVENTS, p);
		loss -= (double)p[t->target[row]];
		for (int v = 0; v < MAGENTA_EVENTS; v++)
			p[v] = vec_exp1(p[v]) / ROWS;
		p[t->target[row]] -= 1.0f / ROWS;
	}
	dense_backward(ROWS, k->hidden, MAGENTA_EVENTS, t->y, m->w + m->read, t->logit, t->dw + m->read,
		       t->dw + m->bias, t->dy, 0);
	for (size_t i = 0; i < wide; i++)
		t->dy[i] *= t->keep[i];
	k->type->backward(k, m->w, &s, t->x, t->dy, t->cache, t->dw, NULL);
	const double warm = fmin(1.0, (double)(t->adam.updates + 1) / WARM_UP);
	const double fall = 0.5 * (1.0 + cos(M_PI * fmin(1.0, progress(t))));
	adam_update(&t->adam, (float)(RATE * warm * (LAST_RATE + (1.0 - LAST_RATE) * fall)), m->w, t->dw);
	return loss / ROWS / M_LN2;
}

/* The averaged weights on validation; the best are kept. */
static dr_status
look(magenta_trainer *t, const hit_set *validation, double loss, FILE *log, dr_error *err)
{
	magenta average = *t->m;
	score s;
	average.w = t->adam.average;
	const dr_status status = scorer_run(magenta_scorer, &average, validation, &s, err);
	if (status != DR_OK)
		return status;
	const double bits = tally_mean(s.part[TALLY_WHOLE]);
	if (log)
		fprintf(log, "%3.0f %%, %ld updates: loss %.3f, validation %.3f%s\n", 100.0 * progress(t),
			t->adam.updates, loss, bits, bits < t->best_bits ? " *" : "");
	if (bits < t->best_bits) {
		t->best_bits = bits;
		memcpy(t->best, t->adam.average, t->m->table.total * sizeof *t->best);
	}
	return DR_OK;
}

static bool
allocate(magenta_trainer *t)
{
	const trunk *k = &t->m->trunk;
	const size_t wide = (size_t)ROWS * (size_t)k->hidden;
	t->x = weights_alloc((size_t)ROWS * MAGENTA_INPUTS);
	t->y = weights_alloc(wide);
	t->keep = weights_alloc(wide);
	t->dy = weights_alloc(wide);
	t->logit = weights_alloc((size_t)ROWS * MAGENTA_EVENTS);
	t->state = weights_alloc(LANES * k->type->state_size(k));
	t->cache = weights_alloc(k->type->cache_size(k, STEPS, LANES));
	t->dw = weights_alloc(t->m->table.total);
	t->best = weights_alloc(t->m->table.total);
	return t->x && t->y && t->keep && t->dy && t->logit && t->state && t->cache && t->dw && t->best &&
	       adam_init(&t->adam, &t->m->table, t->m->w);
}

static void
release(magenta_trainer *t)
{
	float *all[] = {t->x, t->y, t->keep, t->dy, t->logit, t->state, t->cache, t->dw, t->best};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]);
	free(t->order);
	adam_clear(&t->adam);
	free(t);
}

dr_status
magenta_train(magenta *m, const hit_set *train, const hit_set *validation, int n_collections,
	      double cpu_minutes, uint64_t seed, FILE *log, dr_error *err)
{
	magenta_trainer *t = calloc(1, sizeof *t);
	if (!t)
		return error_set(err, DR_FAILED, "out of memory");
	*t = (magenta_trainer){
	    .m = m, .train = train, .rng = seed, .minutes = cpu_minutes, .best_bits = INFINITY};
	dr_status status = DR_OK;
	blas_open(1);
	t->begun = worked();
	if (!make_order(t, n_collections))
		status = error_set(err, DR_FAILED, "nothing to train on");
	if (status == DR_OK)
		start_bias(t);
	if (status == DR_OK && !allocate(t))
		status = error_set(err, DR_FAILED, "out of memory");
	for (int k = 1; k <= LOOKS && status == DR_OK; k++) {
		double loss = 0;
		long n = 0;
		do {
			loss += update(t);
			n++;
		} while (progress(t) < (double)k / LOOKS);
		status = look(t, validation, loss / (double)n, log, err);
	}
	if (status == DR_OK)
		memcpy(m->w, t->best, m->table.total * sizeof *m->w);
	release(t);
	return status;
}
