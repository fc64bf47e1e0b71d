#include "model/train.h"

#include "model/adam.h"
#include "model/batches.h"
#include "model/blas.h"
#include "model/train_info.h"
#include "model/without.h"

#include "rt/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	LANES = 64,
	STEPS = 32,        /* how far gradients flow back: two bars */
	WARM_UP = 100,     /* updates, or a tenth of the training where that is less */
	EPOCH_BATCHES = 8, /* at least: a handful of files is passed several times */
	DEFAULT_EPOCHS = 24,
	PATIENCE = 5,
	LINE = 200
};
#define DEFAULT_RATE 2e-3f
#define RESUME_RATE 5e-4f
#define DEFAULT_DROPOUT 0.5f
#define HEAD_SHARE 0.25f
#define EMPHASIS 2.0f        /* on the first pass of loops */
#define TAUGHT_EMPHASIS 5.0f /* with a teacher, for then it is not learned by heart */
#define OPENING 20.0f        /* at most, on the first bar of takes: drummers' are fills, most of them */
#define LAST_RATE 0.02       /* share of the rate that is left at the end of the schedule */

typedef struct trainer {
	const corpus *corpus;
	const train_options *options;
	train_result *result;
	model_info info;
	net net;
	float *w, *dw;
	const float *before; /* the resumed model's weights; NULL: none, or nothing of them is kept */
	float *mixed;        /* with them; NULL as they are */
	adam adam;
	feeder *feed, *score_feed;
	net_batch batch;
	net_work work, score_work;
	teacher *teacher; /* or NULL */
	float *chance;    /* [STEPS * LANES][INSTRUMENTS]: what it expects */
	struct timespec started;
	long epoch_batches;
	int epochs; /* planned */
	float rate;
	double best;
	bool saved;
	bool held_out[CORPUS_MAX_COLLECTIONS]; /* it has validation patterns; else those trained on are scored
						*/
} trainer;

static double
elapsed(const trainer *t)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->started.tv_sec) + 1e-9 * (double)(now.tv_nsec - t->started.tv_nsec);
}

/* Share of the time that training may take, by the clock and by the processor's, the nearer. */
static double
time_share(const trainer *t)
{
	struct timespec cpu;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	double worked = (double)cpu.tv_sec + 1e-9 * (double)cpu.tv_nsec;
	double by_clock = t->options->minutes > 0 ? elapsed(t) / (60.0 * t->options->minutes) : 0;
	double by_cpu = t->options->cpu_minutes > 0 ? worked / (60.0 * t->options->cpu_minutes) : 0;
	return fmax(by_clock, by_cpu);
}

static bool
timed(const trainer *t)
{
	return t->options->minutes > 0 || t->options->cpu_minutes > 0;
}

static bool
stopped(const trainer *t)
{
	/* Relaxed: the flag carries nothing but itself. */
	return t->options->stop && atomic_load_explicit(t->options->stop, memory_order_relaxed);
}

static void
say(const trainer *t, const char *line, bool final)
{
	if (t->options->progress)
		t->options->progress(t->options->user, line, final);
}

/* Where training is, from 0 to 1: by epochs, or by time where a limit in minutes is nearer. */
static double
progress(const trainer *t)
{
	double by_epochs = (double)t->adam.updates / (double)(t->epochs * t->epoch_batches);
	if (timed(t) && t->options->epochs <= 0)
		return time_share(t);
	return fmax(by_epochs, time_share(t));
}

/* Warm-up, then half a cosine (Loshchilov and Hutter, "SGDR", ICLR 2017). */
static float
rate_now(const trainer *t)
{
	double warm_up = fmin(WARM_UP, 0.1 * (double)(t->epochs * t->epoch_batches));
	double warm = fmin(1.0, (double)(t->adam.updates + 1) / warm_up);
	double fall = 0.5 * (1.0 + cos(M_PI * fmin(1.0, progress(t))));
	return t->rate * (float)(warm * (LAST_RATE + (1.0 - LAST_RATE) * fall));
}

static double
per_step(const net_loss *a, const net_loss *b)
{
	long steps = a->steps + b->steps;
	return steps ? (a->hits + b->hits) / M_LN2 / (double)steps : NAN;
}

/* Averaged over the updates; and, where something is kept of a resumed model, over the way from there to
 * here: that keeps more of what it knew than it loses of what it has learned (Wortsman and others, "Robust
 * fine-tuning of zero-shot models", CVPR 2022). */
static const float *
kept_weights(const trainer *t)
{
	const float *now = t->options->without & WITHOUT_AVERAGING ? t->w : t->adam.average;
	const float keep = t->options->keep;
	if (!t->before)
		return now;
	for (size_t i = 0; i < t->net.weights.total; i++)
		t->mixed[i] = keep * t->before[i] + (1.0f - keep) * now[i];
	return t->mixed;
}

/* Scores the averaged weights on the held-out patterns; returns the mean over the collections of hit bits
 * per step in 4/4 (other metres where there is nothing else), and the figures as text. */
static double
validate(trainer *t, char *text, size_t size)
{
	net_loss sums[NET_GROUPS] = {0}, all = {0};
	feeder_rewind(t->score_feed);
	memset(t->score_work.state, 0,
	       LANES * t->net.trunk.type->state_size(&t->net.trunk) * sizeof *t->score_work.state);
	while (feeder_fill(t->score_feed, &t->batch) > 0)
		net_run(&t->net, kept_weights(t), &t->batch, &t->score_work, sums, NULL);
	double sum = 0;
	int n = 0;
	size_t used = 0;
	text[0] = '\0';
	for (int c = 0; c < t->corpus->n_collections; c++) {
		const net_loss *g = sums + c * FEED_PARTS;
		double bits = per_step(&g[FEED_FIRST_PASS], &g[FEED_LOOP]);
		if (!isnan(bits)) {
			sum += bits;
			n++;
			if (used < size)
				used += (size_t)snprintf(text + used, size - used, " %s%s %.3f",
							 t->corpus->collection[c],
							 t->held_out[c] ? "" : " (itself)", bits);
		}
		if (g[FEED_LOOP].steps && used < size)
			used += (size_t)snprintf(text + used, size - used, " (%.2f/%.2f)",
						 per_step(&g[FEED_FIRST_PASS], &(net_loss){0}),
						 per_step(&g[FEED_LOOP], &(net_loss){0}));
	}
	for (int g = 0; g < t->corpus->n_collections * FEED_PARTS; g++) {
		all.hits += sums[g].hits;
		all.steps += sums[g].steps;
		all.heads.velocity += sums[g].heads.velocity;
		all.heads.offset_folded += sums[g].heads.offset_folded;
		all.heads.hits += sums[g].heads.hits;
	}
	double hits = all.heads.hits ? (double)all.heads.hits * M_LN2 : 1;
	if (used < size)
		snprintf(text + used, size - used, ", velocity %.2f offset %.2f", all.heads.velocity / hits,
			 all.heads.offset_folded / hits);
	return n ? sum / n : per_step(&all, &(net_loss){0});
}

static dr_status
save(trainer *t, dr_error *err)
{
	t->info.steps += t->result->steps_seen;
	dr_status status = model_write(t->options->output, &t->info, &t->net, kept_weights(t), err);
	t->info.steps -= t->result->steps_seen;
	t->saved = t->saved || status == DR_OK;
	return status;
}

/* One update. Returns the loss in bits per step. */
static double
train_batch(trainer *t)
{
	net_loss sums[NET_GROUPS] = {0}, all = {0};
	/* The last third learns from takes as they are; loops go on being varied (batches.c). */
	feeder_set_variation(t->feed, (float)fmin(1.0, 3.0 * fmax(0.0, 0.67 - progress(t))));
	int rows = feeder_fill(t->feed, &t->batch);
	float weights = 0;
	for (int i = 0; i < STEPS * LANES; i++)
		weights += t->batch.weight[i];
	for (int i = 0; i < STEPS * LANES; i++)
		t->batch.weight[i] /= weights;
	if (t->teacher)
		teacher_listen(t->teacher, &t->batch, t->chance);
	net_training how = {.head_share = HEAD_SHARE,
			    .chance = t->teacher ? t->chance : NULL,
			    .dropout = t->options->dropout >= 0 ? t->options->dropout : DEFAULT_DROPOUT,
			    .seed = rng_hash(t->options->seed, 0x64726f70, (uint64_t)t->adam.updates),
			    .dw = t->dw};
	net_run(&t->net, t->w, &t->batch, &t->work, sums, &how);
	without_weights(t->options->without, &t->net, t->dw);
	adam_update(&t->adam, rate_now(t), t->w, t->dw);
	t->result->steps_seen += rows;
	for (int g = 0; g < NET_GROUPS; g++) {
		all.hits += sums[g].hits;
		all.steps += sums[g].steps;
	}
	return per_step(&all, &(net_loss){0});
}

static void
time_left(const trainer *t, char *text, size_t size)
{
	double done = progress(t), spent = elapsed(t);
	double left = done > 0 ? fmax(0, spent / done - spent) : 0;
	snprintf(text, size, "%d:%02d, %d:%02d left", (int)spent / 60, (int)spent % 60, (int)left / 60,
		 (int)left % 60);
}

/* One epoch and its validation; *better tells whether it improved on the best so far. */
static dr_status
train_epoch(trainer *t, int epoch, bool *better, dr_error *err)
{
	char line[2 * LINE], figures[LINE], clock[48];
	double sum = 0, next_line = elapsed(t) + 0.5;
	long n = 0;
	while (n < t->epoch_batches && !stopped(t) && progress(t) < 1.0) {
		sum += train_batch(t);
		n++;
		if (elapsed(t) < next_line)
			continue;
		next_line = elapsed(t) + 0.5;
		time_left(t, clock, sizeof clock);
		snprintf(line, sizeof line, "epoch %d, %ld %%: loss %.3f bits/step, %s", epoch,
			 100 * n / t->epoch_batches, sum / (double)n, clock);
		say(t, line, false);
	}
	double bits = validate(t, figures, sizeof figures);
	*better = bits < t->best;
	dr_status status = DR_OK;
	if (*better || !t->saved) {
		t->best = t->result->validation_bits = bits;
		status = save(t, err);
	}
	time_left(t, clock, sizeof clock);
	snprintf(line, sizeof line, "epoch %d: loss %.3f, %s%s%s, %s", epoch, n ? sum / (double)n : 0.0,
		 t->result->held_out ? "validation" : "nothing held out, itself", figures,
		 *better ? " *" : "", clock);
	say(t, line, true);
	return status;
}

static dr_status
run(trainer *t, dr_error *err)
{
	bool open_ended = t->options->epochs <= 0 && !timed(t);
	int since_better = 0;
	t->best = INFINITY;
	for (int epoch = 1; progress(t) < 1.0; epoch++) {
		bool better;
		dr_status status = train_epoch(t, epoch, &better, err);
		if (status != DR_OK)
			return status;
		t->result->epochs = epoch;
		if (stopped(t))
			return error_set(err, DR_CANCELLED, "stopped; the best model so far is in %s",
					 t->options->output);
		since_better = better ? 0 : since_better + 1;
		if (open_ended && since_better >= PATIENCE)
			break;
	}
	return DR_OK;
}

/* Network and weights: from a model file, or from nothing. */
static dr_status
start_weights(trainer *t, const model *resumed, dr_error *err)
{
	net_config config = {trunk_find(t->options->arch), t->options->hidden, t->options->layers, 0, 0};
	if (resumed)
		config = resumed->info.config;
	if (!config.type) {
		char names[TRUNK_NAMES];
		trunk_names(names);
		return error_set(err, DR_USAGE, "no architecture %s; there are %s", t->options->arch, names);
	}
	dr_status status = net_init(&t->net, &config, err);
	if (status != DR_OK)
		return status;
	t->info.config = config;
	t->w = weights_alloc(t->net.weights.total);
	t->dw = weights_alloc(t->net.weights.total);
	if (resumed && t->options->keep > 0.0f) {
		t->before = resumed->w;
		t->mixed = weights_alloc(t->net.weights.total);
	}
	net_counts *counts = calloc(1, sizeof *counts);
	if (!t->w || !t->dw || (t->before && !t->mixed) || !counts) {
		free(counts);
		return error_set(err, DR_FAILED, "out of memory");
	}
	if (resumed) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): every model has weights */
		memcpy(t->w, resumed->w, t->net.weights.total * sizeof *t->w);
	} else {
		weights_init(&t->net.weights, t->options->seed, t->w);
		for (size_t i = 0; i < t->corpus->n_patterns; i++)
			if (!t->corpus->pattern[i].validation)
				net_count(counts, t->corpus->pattern[i].step, t->corpus->pattern[i].n_steps);
		net_start_biases(&t->net, counts, t->w);
	}
	free(counts);
	without_weights(t->options->without, &t->net, t->w);
	return DR_OK;
}

static dr_status
set_shares(trainer *t, dr_error *err)
{
	const train_share *s = t->options->share;
	for (int k = 0; k < CORPUS_MAX_COLLECTIONS && s[k].collection; k++) {
		int found = 0;
		while (found < t->corpus->n_collections &&
		       strcmp(t->corpus->collection[found], s[k].collection) != 0)
			found++;
		if (found == t->corpus->n_collections)
			return error_set(err, DR_USAGE, "no collection %s in these folders", s[k].collection);
		feeder_set_share(t->feed, found, s[k].weight);
	}
	return DR_OK;
}

static dr_status
call_teachers(trainer *t, dr_error *err)
{
	int n = 0;
	while (n < TEACHER_MAX && t->options->teacher[n])
		n++;
	if (n == 0)
		return DR_OK;
	t->chance = weights_alloc((size_t)STEPS * LANES * INSTRUMENTS);
	if (!t->chance)
		return error_set(err, DR_FAILED, "out of memory");
	return teacher_new(t->options->teacher, n, &t->info, STEPS, LANES, &t->teacher, err);
}

static dr_status
open_trainer(trainer *t, const model *resumed, dr_error *err)
{
	dr_status status = start_weights(t, resumed, err);
	if (status != DR_OK)
		return status;
	if (!adam_init(&t->adam, &t->net.weights, t->w) || !net_batch_init(&t->batch, STEPS, LANES) ||
	    !net_work_init(&t->work, &t->net, STEPS, LANES) ||
	    !net_work_init(&t->score_work, &t->net, STEPS, LANES))
		return error_set(err, DR_FAILED, "out of memory");
	status = feeder_new(t->corpus, &t->info, t->options->tuning ? FEED_TUNING : FEED_TRAINING, LANES,
			    rng_hash(t->options->seed, 1, 1), &t->feed, err);
	if (status == DR_OK)
		status = feeder_new(t->corpus, &t->info, FEED_SCORING, LANES, 0, &t->score_feed, err);
	if (status == DR_OK)
		status = set_shares(t, err);
	if (status == DR_OK)
		status = call_teachers(t, err);
	if (status != DR_OK)
		return status;
	feeder_set_emphasis(t->feed, t->teacher ? TAUGHT_EMPHASIS : EMPHASIS,
			    t->options->tuning ? 1.0f : OPENING);
	feeder_set_without(t->feed, t->options->without);
	feeder_set_without(t->score_feed, t->options->without);
	for (size_t i = 0; i < t->corpus->n_patterns; i++)
		if (t->corpus->pattern[i].validation)
			t->held_out[t->corpus->pattern[i].collection] = t->result->held_out = true;
	t->epoch_batches = (feeder_epoch_steps(t->feed) + STEPS * LANES - 1) / (STEPS * LANES);
	if (t->epoch_batches < EPOCH_BATCHES)
		t->epoch_batches = EPOCH_BATCHES;
	t->epochs = t->options->epochs > 0 ? t->options->epochs : DEFAULT_EPOCHS;
	t->rate = t->options->learning_rate > 0 ? t->options->learning_rate
		  : resumed                     ? RESUME_RATE
						: DEFAULT_RATE;
	return DR_OK;
}

static void
close_trainer(trainer *t)
{
	feeder_free(t->feed);
	feeder_free(t->score_feed);
	net_batch_clear(&t->batch);
	net_work_clear(&t->work);
	net_work_clear(&t->score_work);
	adam_clear(&t->adam);
	teacher_free(t->teacher);
	free(t->chance);
	free(t->w);
	free(t->dw);
	free(t->mixed);
	free(t);
}

static dr_status
check(const corpus *c, const train_options *options, const model *resumed, dr_error *err)
{
	if (c->n_collections * FEED_PARTS > NET_GROUPS)
		return error_set(err, DR_USAGE, "more than %d collections", NET_GROUPS / FEED_PARTS);
	if (options->dropout >= 1.0f)
		return error_set(err, DR_USAGE, "dropout is a share below 1");
	if (resumed && options->arch && strcmp(options->arch, model_arch(resumed)) != 0)
		return error_set(err, DR_USAGE, "%s is a %s, not a %s", options->resume, model_arch(resumed),
				 options->arch);
	return DR_OK;
}

dr_status
train_model(const corpus *c, const train_options *options, train_result *result, dr_error *err)
{
	model *resumed = NULL;
	memset(result, 0, sizeof *result);
	dr_status status = options->resume ? model_load(options->resume, &resumed, err) : DR_OK;
	trainer *t = calloc(1, sizeof *t);
	if (status == DR_OK)
		status = t ? check(c, options, resumed, err) : error_set(err, DR_FAILED, "out of memory");
	if (status == DR_OK) {
		*t = (trainer){.corpus = c, .options = options, .result = result};
		clock_gettime(CLOCK_MONOTONIC, &t->started);
		blas_open(options->threads);
		status = train_info(c, resumed ? &resumed->info : NULL, options->seed, &t->info, err);
		if (status == DR_OK)
			status = open_trainer(t, resumed, err);
		if (status == DR_OK)
			status = run(t, err);
		result->seconds = elapsed(t);
	}
	if (t)
		close_trainer(t);
	model_free(resumed);
	return status;
}
