#include "app/kit_worker.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { RETIRED = 16 };

struct kit_worker {
	engine *engine;
	const music_options *options;
	player_say_fn *say;
	void *user;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	uint32_t rate; /* wanted; 0: nothing is */
	kit_set *retired[RETIRED];
	int n_retired;
	bool quit;
	atomic_bool cancel; /* a load under way shall end; set once, and what is loaded is thrown away:
			       relaxed will do */
};

/* Samples must not be paged out under the audio thread. Where the system refuses, it plays all the same. */
static void
lock_samples(const kit_set *set)
{
	for (int c = 0; c < set->n_corners; c++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const kit_instrument *in = &set->corner[c]->instrument[i];
			for (uint32_t l = 0; l < in->n_layers; l++) {
				const kit_sample *s = &in->layers[l].sample;
				const size_t channels = s->channel[1] ? 2 : 1;
				if (mlock(s->channel[0],
					  (s->frames + (size_t)KIT_GUARD) * channels * sizeof(float)) != 0)
					return;
			}
		}
}

static void
load(kit_worker *w, uint32_t rate)
{
	kit_set *set = NULL;
	dr_error err;
	const dr_status status =
	    player_load_kits(w->options, rate, true, &w->cancel, w->say, w->user, &set, &err);
	if (status != DR_OK) {
		if (status != DR_CANCELLED)
			w->say(w->user, err.text);
		return;
	}
	lock_samples(set);
	kit_set_free(engine_publish_kits(w->engine, set));
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
		pthread_mutex_unlock(&w->lock);
		kit_set_free(old);
		if (rate)
			load(w, rate);
		pthread_mutex_lock(&w->lock);
		if (!w->quit && !w->rate && !w->n_retired)
			pthread_cond_wait(&w->work, &w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

dr_status
kit_worker_start(engine *e, const music_options *o, player_say_fn *say, void *user, kit_worker **out,
		 dr_error *err)
{
	*out = NULL;
	kit_worker *w = calloc(1, sizeof *w);
	if (!w)
		return error_set(err, DR_FAILED, "out of memory for the kit worker");
	w->engine = e;
	w->options = o;
	w->say = say;
	w->user = user;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	if (pthread_create(&w->thread, NULL, run, w) != 0) {
		free(w);
		return error_set(err, DR_FAILED, "cannot start the kit worker");
	}
	pthread_setname_np(w->thread, "kits");
	*out = w;
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
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	if (!room)
		kit_set_free(set);
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
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
