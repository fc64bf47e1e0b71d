/* Every architecture beside PyTorch: outputs and gradients of the same weights and inputs, by torch_check.py.
 * Skips where there is no PyTorch. */
#include "tests/test.h"

#include "model/safetensors.h"
#include "model/trunk.h"
#include "rt/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 70, LANES = 2, ROWS = STEPS * LANES, INPUTS = 9, HIDDEN = 12 };

static const char path[] = "test_torch.safetensors";

static const char *
python(void)
{
	static const char *const candidates[] = {"python3", "/usr/bin/python3"};
	for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
		char command[100];
		snprintf(command, sizeof command, "%s -c 'import torch' >/dev/null 2>&1", candidates[i]);
		if (system(command) == 0)
			return candidates[i];
	}
	return NULL;
}

static float *
noise(uint64_t *rng, size_t n)
{
	float *x = weights_alloc(n);
	for (size_t i = 0; i < n; i++)
		x[i] = 2.0f * rng_next_unit(rng) - 1.0f;
	return x;
}

static void
write_case(const trunk *t, const weight_table *p, const float *w, const float *dw, const float *x,
	   const float *pull, const float *y, const float *dx, const uint8_t *reset)
{
	static char name[WEIGHTS_MAX][WEIGHT_NAME + 8];
	safetensors_out out[2 * WEIGHTS_MAX];
	float begins[ROWS];
	char hidden[16], layers[16];
	int n = 0;
	for (int i = 0; i < p->n; i++) {
		const weight_tensor *one = &p->item[i];
		snprintf(name[i], sizeof name[i], "d %s", one->name);
		out[n++] = (safetensors_out){one->name, one->rows, one->cols, w + one->offset};
		out[n++] = (safetensors_out){name[i], one->rows, one->cols, dw + one->offset};
	}
	for (int i = 0; i < ROWS; i++)
		begins[i] = reset[i];
	out[n++] = (safetensors_out){"x", ROWS, INPUTS, x};
	out[n++] = (safetensors_out){"d x", ROWS, INPUTS, dx};
	out[n++] = (safetensors_out){"y", ROWS, HIDDEN, y};
	out[n++] = (safetensors_out){"pull", ROWS, HIDDEN, pull};
	out[n++] = (safetensors_out){"begins", STEPS, LANES, begins};
	snprintf(hidden, sizeof hidden, "%d", t->hidden);
	snprintf(layers, sizeof layers, "%d", t->layers);
	const char *const metadata[] = {"arch", t->type->name, "hidden", hidden, "layers", layers, NULL};
	assert_ok(safetensors_write(path, out, n, metadata, &test_error));
}

static void
dump(const char *arch, int layers, uint64_t *rng)
{
	trunk t;
	weight_table p = {0};
	trunk_init(&t, trunk_find(arch), INPUTS, HIDDEN, layers, &p);
	float *w = noise(rng, p.total), *x = noise(rng, ROWS * INPUTS), *pull = noise(rng, ROWS * HIDDEN);
	float *state = weights_alloc(LANES * t.type->state_size(&t)), *y = weights_alloc(ROWS * HIDDEN);
	float *cache = weights_alloc(t.type->cache_size(&t, STEPS, LANES)),
	      *dy = weights_alloc(ROWS * HIDDEN);
	float *dw = weights_alloc(p.total), *dx = weights_alloc(ROWS * INPUTS);
	uint8_t reset[ROWS] = {0};
	reset[6 * LANES + 1] = 1;
	for (size_t i = 0; i < p.total; i++)
		w[i] *= 0.5f;
	const sequence s = {STEPS, LANES, reset};
	t.type->forward(&t, w, &s, x, state, y, cache);
	memcpy(dy, pull, ROWS * HIDDEN * sizeof *dy);
	t.type->backward(&t, w, &s, x, dy, cache, dw, dx);
	write_case(&t, &p, w, dw, x, pull, y, dx, reset);
	float *all[] = {w, x, pull, state, y, cache, dy, dw, dx};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]);
}

static void
outputs_and_gradients_are_torchs(void **state)
{
	(void)state;
	const char *interpreter = python(), *folder = getenv("srcdir");
	if (!interpreter) {
		print_message("no PyTorch for python3 (Debian: python3-torch): not compared\n");
		skip();
	}
	char names[TRUNK_NAMES], *rest = names, *name, command[4096];
	uint64_t seed = test_seed(), rng = seed;
	trunk_names(names);
	snprintf(command, sizeof command, "%s '%s/tests/torch_check.py' %s", interpreter,
		 folder ? folder : ".", path);
	while ((name = strsep(&rest, "|")))
		for (int layers = 1; layers <= 3; layers += 2) {
			dump(name, layers, &rng);
			if (system(command) != 0)
				fail_msg("%s with %d layers differs from PyTorch (seed %llu)", name, layers,
					 (unsigned long long)seed);
		}
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(outputs_and_gradients_are_torchs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
