/* The leaderboard's yardstick: trains the rebuild of magenta.h on a corpus and scores it on the validation
 * split, nine classes, hits only. Prints one JSON object as `drumlin eval --json` does. */
#include "tests/bench/magenta.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
skipped(void *user, const char *line)
{
	(void)user;
	fprintf(stderr, "left out: %s\n", line);
}

static double
now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
put(json_t *to, const char *key, tally t)
{
	if (t.steps > 0)
		json_object_set_new(to, key, json_real(tally_mean(t)));
}

/* Scores one collection; adds its processor's seconds and steps. */
static dr_status
score_collection(magenta *m, const corpus *c, int index, json_t *list, double *seconds, double *steps,
		 dr_error *err)
{
	hit_set set;
	score s;
	dr_status status = hit_set_build(c, index, PART_VALIDATION, CLASSES_FOLDED, &set, err);
	if (status != DR_OK)
		return status;
	const double begun = now(CLOCK_PROCESS_CPUTIME_ID);
	status = scorer_run(magenta_scorer, m, &set, &s, err);
	*seconds += now(CLOCK_PROCESS_CPUTIME_ID) - begun;
	for (size_t i = 0; i < set.n; i++)
		*steps += set.item[i].n_steps;
	if (status == DR_OK) {
		json_t *object = json_object(), *styles = json_object();
		json_object_set_new(object, "name", json_string(c->collection[index]));
		put(object, "hits", s.part[TALLY_WHOLE]);
		put(object, "first_pass", s.part[TALLY_FIRST_PASS]);
		put(object, "loop", s.part[TALLY_LOOP]);
		for (int k = 0; k < c->n_styles; k++)
			put(styles, c->style[k], s.style[k]);
		json_object_set_new(object, "styles", styles);
		json_array_append_new(list, object);
	}
	hit_set_clear(&set);
	return status;
}

static dr_status
train_and_score(const corpus *c, double minutes, uint64_t seed, dr_error *err)
{
	magenta m;
	hit_set train = {0}, validation = {0};
	const double begun = now(CLOCK_PROCESS_CPUTIME_ID);
	dr_status status = magenta_init(&m, 0, 0, seed, err);
	if (status == DR_OK)
		status = hit_set_build(c, -1, PART_TRAIN, CLASSES_FOLDED, &train, err);
	if (status == DR_OK)
		status = hit_set_build(c, -1, PART_VALIDATION, CLASSES_FOLDED, &validation, err);
	if (status == DR_OK)
		status = magenta_train(&m, &train, &validation, c->n_collections, minutes, seed, stderr, err);
	const double trained = now(CLOCK_PROCESS_CPUTIME_ID) - begun;
	json_t *object = json_object(), *list = json_array();
	double seconds = 0, steps = 0;
	for (int i = 0; i < c->n_collections && status == DR_OK; i++)
		status = score_collection(&m, c, i, list, &seconds, &steps, err);
	if (status == DR_OK) {
		json_object_set_new(object, "parameters", json_integer(magenta_weights(&m)));
		json_object_set_new(object, "train_cpu_seconds", json_real(trained));
		json_object_set_new(object, "step_us", json_real(1e6 * seconds / steps));
		json_object_set_new(object, "collections", json_incref(list));
		json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
	}
	json_decref(list);
	json_decref(object);
	hit_set_clear(&train);
	hit_set_clear(&validation);
	magenta_clear(&m);
	return status;
}

int
main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "Usage: magenta CPU_MINUTES SEED DIR...\n");
		return 2;
	}
	corpus c = {0};
	dr_error err = {""};
	dr_status status =
	    corpus_load((const char *const *)argv + 3, argc - 3, NULL, 0, skipped, NULL, &c, &err);
	if (status == DR_OK)
		status = train_and_score(&c, strtod(argv[1], NULL), strtoull(argv[2], NULL, 10), &err);
	if (status != DR_OK)
		fprintf(stderr, "magenta: %s\n", err.text);
	corpus_clear(&c);
	return status_exit_code(status);
}
