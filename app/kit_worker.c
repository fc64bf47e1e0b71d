#include "app/kit_worker.h"

#include "model/kit_morph.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { RETIRED = 2 * ENGINE_KIT_SLOTS, MOST_OUT = ENGINE_KIT_SLOTS / 2 };
static const double look_seconds = 0.010, rest_seconds = 0.030, batch_seconds = 0.020;

/* One instrument's place, as the worker sees it. */
typedef struct watch {
	float seen[KIT_CORNERS];
	double since;
	bool done; /* rendered, or nothing to render there */
} watch;

/* The corners' names; owned. */
typedef struct kit_names {
	char *kit[KIT_CORNERS];
	int n;
} kit_names;

struct kit_worker {
	engine *engine;
	const params *params;
	player_say_fn *say;
	void *user;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	/* Under the lock. */
	uint32_t rate; /* wanted; 0: nothing is */
	kit_names wanted;
	bool chosen; /* wanted means something: the thread has not taken it up */
	kit_set *retired[RETIRED];
	int n_retired;
	int out; /* sets published and not come back */
	bool quit;
	atomic_bool cancel; /* a load under way shall end; set once, and what is loaded is thrown away:
			       relaxed will do */
	/* The thread's own. */
	kit_names names;
	kit_set *set; /* what was published last: the same kits */
	kit_morph *morph;
	bool prepared;
	watch watch[INSTRUMENTS];
	_Atomic uint32_t morphs;
};

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
names_free(kit_names *n)
{
	for (int i = 0; i < n->n; i++)
		free(n->kit[i]);
	*n = (kit_names){.n = 0};
}

/* False without memory. */
static bool
names_copy(const music_options *o, kit_names *out)
{
	*out = (kit_names){.n = 0};
	for (int i = 0; i < o->n_kits; i++) {
		out->kit[i] = strdup(o->kit[i]);
		if (!out->kit[i]) {
			names_free(out);
			return false;
		}
		out->n++;
	}
	return true;
}

/* Samples must not be paged out under the audio thread. Where the system refuses, it plays all the same. */
static void
lock_samples(const kit *k)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		const kit_instrument *in = &k->instrument[i];
		for (uint32_t l = 0; l < in->n_layers; l++) {
			const kit_sample *s = &in->layers[l].sample;
			const size_t channels = s->channel[1] ? 2 : 1;
			if (mlock(s->channel[0],
				  (s->frames + (size_t)KIT_GUARD) * channels * sizeof(float)) != 0)
				return;
		}
	}
}

/* Publishes a copy of the worker's set. */
static void
publish(kit_worker *w)
{
	kit_set *copy = kit_set_copy(w->set);
	if (!copy)
		return;
	kit_set *unused = engine_publish_kits(w->engine, copy);
	pthread_mutex_lock(&w->lock);
	w->out += unused == NULL;
	pthread_mutex_unlock(&w->lock);
	kit_set_free(unused);
}

static void
load(kit_worker *w, uint32_t rate)
{
	kit_set *set = NULL;
	dr_error err;
	music_options o = {.n_kits = w->names.n};
	for (int i = 0; i < o.n_kits; i++)
		o.kit[i] = w->names.kit[i];
	const dr_status status = player_load_kits(&o, rate, true, &w->cancel, w->say, w->user, &set, &err);
	if (status != DR_OK) {
		if (status != DR_CANCELLED)
			w->say(w->user, err.text);
		return;
	}
	for (int c = 0; c < set->n_corners; c++)
		lock_samples(set->corner[c]);
	kit_morph_free(w->morph);
	kit_set_free(w->set);
	w->set = set;
	w->morph = NULL;
	w->prepared = true;
	memset(w->watch, 0, sizeof w->watch);
	publish(w);
	if (set->n_corners < 2)
		return;
	if (kit_morph_new(set->corner, set->n_corners, &w->morph, &err) == DR_OK)
		w->prepared = false;
	else
		w->say(w->user, err.text);
}

/* --- the morph ---------------------------------------------------------------------------------------- */

/* Takes the next sample apart. */
static void
prepare(kit_worker *w)
{
	dr_error err;
	if (kit_morph_prepare(w->morph, &w->prepared, &err) != DR_OK) {
		w->say(w->user, err.text);
		w->prepared = true;
	}
}

/* Looks where an instrument's place is; true if it has stood still and is to be rendered. */
static bool
is_due(kit_worker *w, int instrument, double t)
{
	watch *own = &w->watch[instrument];
	float wanted[KIT_CORNERS];
	kit_set_wanted(w->params, w->set->n_corners, instrument, wanted);
	bool moved = false;
	for (int c = 0; c < KIT_CORNERS; c++)
		moved |= wanted[c] != own->seen[c];
	if (moved) {
		memcpy(own->seen, wanted, sizeof wanted);
		own->since = t;
		own->done = false;
	}
	return !own->done && t - own->since >= rest_seconds;
}

static bool
render(kit_worker *w, int instrument)
{
	kit *k;
	dr_error err;
	watch *own = &w->watch[instrument];
	if (kit_morph_render(w->morph, instrument, own->seen, &k, &err) != DR_OK) {
		w->say(w->user, err.text);
		own->done = true;
		return false;
	}
	/* Nothing to be had there, or not yet. */
	own->done = k || w->prepared;
	if (!k)
		return false;
	lock_samples(k);
	kit_set_put_morph(w->set, instrument, k, own->seen);
	atomic_fetch_add_explicit(&w->morphs, 1, memory_order_relaxed);
	return true;
}

static bool
may_publish(kit_worker *w)
{
	pthread_mutex_lock(&w->lock);
	const bool room = w->out < MOST_OUT && !w->rate && !w->quit;
	pthread_mutex_unlock(&w->lock);
	return room;
}

/* Renders what is due, and publishes it every few milliseconds. */
static void
follow(kit_worker *w)
{
	double published = now();
	bool news = false;
	for (int n = 0; n < INSTRUMENTS; n++) {
		const int i = kit_morph_order(n);
		if (!is_due(w, i, now()))
			continue;
		if (!may_publish(w))
			return;
		news |= render(w, i);
		if (news && now() - published > batch_seconds) {
			publish(w);
			published = now();
			news = false;
		}
	}
	if (news)
		publish(w);
}

/* --- the thread ----------------------------------------------------------------------------------------- */

/* Waits for work: until it is asked for something, and a hundredth of a second at most if it watches places.
 */
static void
wait_for_work(kit_worker *w)
{
	if (w->quit || w->rate || w->n_retired)
		return;
	if (!w->morph) {
		pthread_cond_wait(&w->work, &w->lock);
		return;
	}
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(look_seconds * 1e9);
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&w->work, &w->lock, &until);
}

/* The names that were chosen last become the thread's own. Under the lock. */
static void
take_names(kit_worker *w)
{
	if (!w->chosen)
		return;
	names_free(&w->names);
	w->names = w->wanted;
	w->wanted = (kit_names){.n = 0};
	w->chosen = false;
}

static void *
run(void *arg)
{
	kit_worker *w = arg;
	pthread_mutex_lock(&w->lock);
	while (!w->quit || w->rate) {
		const uint32_t rate = w->rate;
		kit_set *old = w->n_retired ? w->retired[--w->n_retired] : NULL;
		w->rate = 0;
		take_names(w);
		pthread_mutex_unlock(&w->lock);
		kit_set_free(old);
		if (rate)
			load(w, rate);
		if (w->morph && !w->prepared)
			prepare(w);
		if (w->morph)
			follow(w);
		const bool busy = w->morph && !w->prepared;
		pthread_mutex_lock(&w->lock);
		if (!busy)
			wait_for_work(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

dr_status
kit_worker_start(engine *e, const params *p, player_say_fn *say, void *user, kit_worker **out, dr_error *err)
{
	*out = NULL;
	kit_worker *w = calloc(1, sizeof *w);
	if (!w)
		return error_set(err, DR_FAILED, "out of memory for the kit worker");
	w->engine = e;
	w->params = p;
	w->say = say;
	w->user = user;
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&w->thread, NULL, run, w) != 0) {
		free(w);
		return error_set(err, DR_FAILED, "cannot start the kit worker");
	}
	pthread_setname_np(w->thread, "kits");
	*out = w;
	return DR_OK;
}

dr_status
kit_worker_choose(kit_worker *w, const music_options *o, uint32_t rate, dr_error *err)
{
	kit_names names;
	if (!names_copy(o, &names))
		return error_set(err, DR_FAILED, "out of memory for the kits' names");
	pthread_mutex_lock(&w->lock);
	names_free(&w->wanted);
	w->wanted = names;
	w->chosen = true;
	w->rate = rate;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	return DR_OK;
}

void
kit_worker_load(kit_worker *w, uint32_t rate)
{
	pthread_mutex_lock(&w->lock);
	w->rate = rate;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

void
kit_worker_retire(kit_worker *w, kit_set *set)
{
	pthread_mutex_lock(&w->lock);
	const bool room = w->n_retired < RETIRED;
	if (room)
		w->retired[w->n_retired++] = set;
	w->out--;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	if (!room)
		kit_set_free(set);
}

uint32_t
kit_worker_morphs(const kit_worker *w)
{
	return atomic_load_explicit(&w->morphs, memory_order_relaxed);
}

void
kit_worker_stop(kit_worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	w->rate = 0;
	atomic_store_explicit(&w->cancel, true, memory_order_relaxed);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	while (w->n_retired)
		kit_set_free(w->retired[--w->n_retired]);
	kit_morph_free(w->morph);
	kit_set_free(w->set);
	names_free(&w->names);
	names_free(&w->wanted);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
