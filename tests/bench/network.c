/* make bench: what the networks cost, on one thread, beside what the hardware sets and what PyTorch takes.
 *
 * A step waits for its weights: its bound is the time to read them once, hot, with nothing else done.
 * Training is products of matrices: its bound is the BLAS's own speed at a large one. Times are the
 * processor's, the best of many blocks, so that other work on the machine does not count. */
#include "model/adam.h"
#include "model/blas.h"
#include "model/datafind.h"
#include "model/features.h"
#include "model/model.h"
#include "model/trunk.h"
#include "model/vec.h"
#include "rt/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INPUTS = 256, HIDDEN = 256, LAYERS = 2, BLOCKS = 150, BLOCK = 20, STEPS = 128, LANES = 64 };

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *
noise(size_t n, float spread)
{
	uint64_t rng = 1;
	float *x = weights_alloc(n);
	for (size_t i = 0; x && i < n; i++)
		x[i] = spread * (2.0f * rng_next_unit(&rng) - 1.0f);
	if (!x)
		abort();
	return x;
}

static float sink; /* what is computed must be wanted */

VEC_CLONES static float
read_all(size_t n, const float *restrict w)
{
	float part[64] = {0}, sum = 0;
	for (size_t i = 0; i + 64 <= n; i += 64)
		for (size_t k = 0; k < 64; k++)
			part[k] += w[i + k];
	for (size_t k = 0; k < 64; k++)
		sum += part[k];
	return sum;
}

/* A way to spend time: BLOCK steps of a network, or BLOCK readings of its weights. */
typedef struct contender {
	void (*run)(void *self);
	void *self;
} contender;

/* Microseconds of one of the BLOCK, the best of many: the contenders take turns, so that whatever else the
 * machine does meets all of them. */
static void
measure(const contender *c, int n, double *out)
{
	for (int k = 0; k < n; k++)
		out[k] = INFINITY;
	for (int b = 0; b < BLOCKS; b++)
		for (int k = 0; k < n; k++) {
			const double begun = now();
			c[k].run(c[k].self);
			out[k] = fmin(out[k], 1e6 * (now() - begun) / BLOCK);
		}
}

typedef struct reading {
	size_t n;
	const float *w;
} reading;

static void
run_reading(void *self)
{
	const reading *r = self;
	for (int i = 0; i < BLOCK; i++)
		sink += read_all(r->n, r->w);
}

typedef struct trunk_steps {
	const trunk *t;
	step_weights w;
	const float *x;
	float *state, *y;
} trunk_steps;

static void
run_trunk(void *self)
{
	const trunk_steps *s = self;
	for (int i = 0; i < BLOCK; i++)
		s->t->type->step(s->t, &s->w, s->x + i * s->t->inputs, s->state, s->y);
	sink += s->y[0];
}

typedef struct figures {
	double bound, fp32, eight;
} figures;

static figures
bare(const char *arch)
{
	trunk t;
	weight_table p = {0};
	double us[3];
	trunk_init(&t, trunk_find(arch), INPUTS, HIDDEN, LAYERS, &p);
	float *w = noise(p.total, 0.06f), *x = noise(BLOCK * INPUTS, 1.0f);
	float *state = weights_alloc(t.type->state_size(&t)), *y = weights_alloc(HIDDEN);
	small_weights *small = small_new(&p, w);
	reading r = {p.total, w};
	trunk_steps plain = {&t, {w, NULL}, x, state, y}, eight = {&t, {w, small}, x, state, y};
	measure((contender[]){{run_reading, &r}, {run_trunk, &plain}, {run_trunk, &eight}}, 3, us);
	small_free(small);
	free(w);
	free(x);
	free(state);
	free(y);
	return (figures){us[0], us[1], us[2]};
}

/* A whole model: what it sees of the past, and the heads, are in it. */
typedef struct model_steps {
	model *m;
	void *state;
	uint64_t rng;
	int step;
} model_steps;

static void
run_model(void *self)
{
	model_steps *s = self;
	model_context ctx = features_no_wishes(0, 0, 16);
	for (int i = 0; i < BLOCK; i++) {
		step_hits played = {0};
		for (int k = 0; k < INSTRUMENTS; k++)
			if (rng_next_unit(&s->rng) < 0.1f)
				played.hit[k] = (step_hit){100, 1, 0};
		ctx.bar_step = s->step++ % 16;
		model_advance(s->m, s->state, &played, &ctx);
	}
}

static bool
open_model(const char *name, bool eight, model_steps *s)
{
	dr_error err;
	*s = (model_steps){.rng = 1};
	char *path = model_find(name, &err);
	dr_status status = path ? model_load(path, &s->m, &err) : DR_BAD_INPUT;
	if (status == DR_OK && eight)
		status = model_make_small(s->m, &err);
	free(path);
	if (status != DR_OK) {
		printf("%s: %s\n", name, err.text);
		return false;
	}
	s->state = aligned_alloc(64, model_state_size(s->m));
	if (!s->state)
		abort();
	model_state_init(s->m, s->state);
	return true;
}

static void
print_model(const char *name)
{
	model_steps plain, eight;
	double us[3];
	if (!open_model(name, false, &plain) || !open_model(name, true, &eight))
		return;
	float *w = noise((size_t)model_n_weights(plain.m), 1.0f);
	reading r = {(size_t)model_n_weights(plain.m), w};
	measure((contender[]){{run_reading, &r}, {run_model, &plain}, {run_model, &eight}}, 3, us);
	printf("%-22s %8.1f %8.1f %7.2f %8.1f %7.2f\n", name, us[0], us[1], us[1] / us[0], us[2],
	       us[2] / us[0]);
	model_free(plain.m);
	model_free(eight.m);
	free(plain.state);
	free(eight.state);
	free(w);
}

/* Billions of multiplications and additions a second of one large product. */
static double
gemm_speed(void)
{
	enum { ROWS = STEPS * LANES, WIDE = 4 * HIDDEN };
	float *a = noise((size_t)ROWS * HIDDEN, 1.0f), *b = noise((size_t)HIDDEN * WIDE, 1.0f),
	      *c = noise((size_t)ROWS * WIDE, 1.0f);
	double best = INFINITY;
	for (int k = 0; k < 12; k++) {
		const double begun = now();
		blas_gemm(false, false, ROWS, WIDE, HIDDEN, a, HIDDEN, b, WIDE, 0.0f, c, WIDE);
		best = fmin(best, now() - begun);
	}
	sink += c[0];
	free(a);
	free(b);
	free(c);
	return 2e-9 * ROWS * WIDE * HIDDEN / best;
}

/* Steps a second, a lane's step counting as one: forward, backward, update. */
static double
training_speed(double *operations)
{
	trunk t;
	weight_table p = {0};
	adam a;
	trunk_init(&t, trunk_find("lstm"), INPUTS, HIDDEN, LAYERS, &p);
	const size_t rows = STEPS * LANES;
	float *w = noise(p.total, 0.06f), *dw = weights_alloc(p.total), *x = noise(rows * INPUTS, 1.0f);
	float *pull = noise(rows * HIDDEN, 1e-3f), *dy = weights_alloc(rows * HIDDEN),
	      *y = weights_alloc(rows * HIDDEN);
	float *state = weights_alloc(LANES * t.type->state_size(&t)),
	      *cache = weights_alloc(t.type->cache_size(&t, STEPS, LANES));
	uint8_t *reset = calloc(rows, 1);
	double best = INFINITY;
	if (!dw || !dy || !y || !state || !cache || !reset || !adam_init(&a, &p, w))
		abort();
	const sequence s = {STEPS, LANES, reset};
	for (int k = 0; k < 10; k++) {
		const double begun = now();
		t.type->forward(&t, w, &s, x, state, y, cache);
		memcpy(dy, pull, rows * HIDDEN * sizeof *dy);
		t.type->backward(&t, w, &s, x, dy, cache, dw, NULL);
		adam_update(&a, 1e-4f, w, dw);
		best = fmin(best, now() - begun);
	}
	/* Forward, the weights' gradient, and the inputs', which the first layer does not need. */
	*operations = 2.0 * (3.0 * LAYERS * (INPUTS + HIDDEN) - INPUTS) * 4 * HIDDEN;
	sink += y[0];
	float *all[] = {w, dw, x, pull, dy, y, state, cache};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]);
	free(reset);
	adam_clear(&a);
	return (double)rows / best;
}

/* PyTorch's best figures, from network_torch.py; false where there is no PyTorch. */
static bool
ask_torch(const char *script, double *lstm, double *gru, double *training)
{
	static const char *const settings[] = {"", "OPENBLAS_CORETYPE=SkylakeX"};
	static const char *const interpreters[] = {"python3", "/usr/bin/python3"};
	*lstm = *gru = INFINITY;
	*training = 0;
	for (size_t i = 0; i < 2 && *training <= 0; i++)
		for (size_t k = 0; k < 2; k++) {
			char command[4096];
			double a, b, c;
			snprintf(command, sizeof command,
				 "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 %s %s '%s' 2>/dev/null",
				 settings[k], interpreters[i], script);
			FILE *pipe = popen(command, "r");
			if (pipe && fscanf(pipe, "%lf %lf %lf", &a, &b, &c) == 3) {
				*lstm = fmin(*lstm, a);
				*gru = fmin(*gru, b);
				*training = fmax(*training, c);
			}
			if (pipe)
				pclose(pipe);
		}
	return *training > 0;
}

static void
print_bare(const char *name, const figures *f, double torch, double rtneural, double onnx)
{
	printf("%-22s %8.1f %8.1f %7.2f %8.1f %7.2f %9.1f %7.2f", name, f->bound, f->fp32, f->fp32 / f->bound,
	       f->eight, f->eight / f->bound, torch, torch / f->bound);
	printf("   %.2f %s", rtneural, onnx > 0 ? "" : "\n");
	if (onnx > 0)
		printf("  %.2f\n", onnx);
}

int
main(int argc, char **argv)
{
	double lstm = NAN, gru = NAN, torch_training = NAN, operations;
	if (argc != 2) {
		fprintf(stderr, "Usage: %s NETWORK_TORCH.PY\n", argv[0]);
		return 2;
	}
	if (!ask_torch(argv[1], &lstm, &gru, &torch_training))
		puts("No PyTorch for python3 (Debian: python3-torch).");
	const figures long_short = bare("lstm"), gated = bare("gru");
	puts("A step, microseconds, and as a multiple of the time to read its weights. RTNeural and ONNX "
	     "Runtime are "
	     "not in\nDebian: theirs are multiples once measured elsewhere (doc/performance.md).");
	puts("                          bound     fp32  /bound    8 bits  /bound   PyTorch  /bound  RTNeural "
	     " ONNX");
	print_bare("LSTM 2x256", &long_short, lstm, 1.21, 2.10);
	print_bare("GRU 2x256", &gated, gru, 1.16, 0);
	print_model("default");
	print_model("tcn");
	const char *library = blas_open(1);
	const double peak = gemm_speed(), speed = training_speed(&operations);
	printf("Training LSTM 2x256 on 64 lanes of 128 steps, one thread, %s: %.1f thousand steps a second, "
	       "%.0f %% of "
	       "what its\nproducts alone would take at %.0f GFLOP/s.",
	       library, 1e-3 * speed, 100.0 * speed * operations / (peak * 1e9), peak);
	printf(" PyTorch: %.1f thousand; ratio %.2f.\n", 1e-3 * torch_training, speed / torch_training);
	return isnan(sink);
}
