#include "app/scenes.h"

#include <math.h>
#include <string.h>

enum { NOW, BAR, PHRASE }; /* values of scene/when */

/* Faders take 10 ms, and we are woken every 5 to 10. */
static const double sound_lead = 0.015;

/* The composer leaves alone what is nearer (model/composer.c). */
static const double guard_seconds = 0.008;

void
scenes_init(scenes *s, control *c)
{
	memset(s, 0, sizeof *s);
	s->control = c;
	pthread_mutex_init(&s->lock, NULL);
}

void
scenes_destroy(scenes *s)
{
	pthread_mutex_destroy(&s->lock);
}

static bool
is_number(int number)
{
	return number >= 1 && number <= SCENES;
}

/* --- the bank ------------------------------------------------------------------------------------------ */

scene
scenes_get(scenes *s, int number)
{
	scene copy = {.used = false};
	pthread_mutex_lock(&s->lock);
	if (is_number(number))
		copy = s->bank[number - 1];
	pthread_mutex_unlock(&s->lock);
	return copy;
}

void
scenes_put(scenes *s, int number, const scene *what)
{
	unsigned used = 0;
	if (!is_number(number))
		return;
	pthread_mutex_lock(&s->lock);
	s->bank[number - 1] = *what;
	for (int i = 0; i < SCENES; i++)
		used |= s->bank[i].used ? 1u << i : 0;
	pthread_mutex_unlock(&s->lock);
	/* Told even if the same bit was set before: it counts as a change to be saved. */
	params_set(s->control->params, PARAM_SCENES_USED, (float)used, PARAM_SOURCE_NONE);
}

static void
show(scenes *s, int slot, int number)
{
	params_set(s->control->params, slot, (float)number, PARAM_SOURCE_NONE);
}

bool
scenes_store(scenes *s, int number)
{
	scene now;
	if (!is_number(number))
		return false;
	scene_take(&now, s->control->params);
	scenes_put(s, number, &now);
	show(s, PARAM_SCENE_CURRENT, number);
	return true;
}

bool
scenes_clear(scenes *s, int number)
{
	static const scene empty;
	if (!is_number(number))
		return false;
	scenes_put(s, number, &empty);
	if ((int)params_get(s->control->params, PARAM_SCENE_CURRENT) == number)
		show(s, PARAM_SCENE_CURRENT, 0);
	return true;
}

bool
scenes_copy(scenes *s, int number)
{
	const scene from = scenes_get(s, (int)params_get(s->control->params, PARAM_SCENE_CURRENT));
	if (!from.used || !is_number(number))
		return false;
	scenes_put(s, number, &from);
	return true;
}

/* --- calling ------------------------------------------------------------------------------------------- */

static double
steps_per_second(const engine_status *e)
{
	return e->tempo * metre_steps_per_quarter(e->place.metre) / 60.0;
}

/* The first step that the composer would still change. */
static int64_t
first_free(const engine_status *e)
{
	const double period = e->rate ? (double)e->period / e->rate : 0.0;
	const double guard = fmax(guard_seconds, 2.0 * period) * steps_per_second(e);
	const int64_t step = (int64_t)ceil(e->position + guard + 0.5);
	return step > e->next_step ? step : e->next_step;
}

/* The line that a scene called now begins at. */
static int64_t
line_for(const scenes *s, const engine_status *e)
{
	static const int bars_of[] = {1, 2, 4, 8, 16};
	const params *p = s->control->params;
	int64_t line = bar_map_line(&e->bars, first_free(e));
	if ((int)params_get(p, PARAM_SCENE_WHEN) != PHRASE)
		return line;
	const int bars = bars_of[(int)params_get(p, PARAM_PHRASE)];
	while (bar_map_at(&e->bars, line).bar % bars != 0)
		line = bar_map_line(&e->bars, line + 1);
	return line;
}

static void
finish(scenes *s)
{
	show(s, PARAM_SCENE_CURRENT, s->waiting);
	show(s, PARAM_SCENE_NEXT, 0);
	s->waiting = 0;
}

bool
scenes_call(scenes *s, int number, const engine_status *e)
{
	const scene called = scenes_get(s, number);
	if (!called.used)
		return false;
	/* Half of another may be done: it is not finished, this one takes all of it back. */
	s->waiting = number;
	s->music_done = false;
	if (!e->rolling || (int)params_get(s->control->params, PARAM_SCENE_WHEN) == NOW) {
		scene_apply(&called, SCENE_MUSIC | SCENE_SOUND, s->control);
		finish(s);
		return true;
	}
	s->line = line_for(s, e);
	s->epoch = e->epoch;
	show(s, PARAM_SCENE_NEXT, number);
	return true;
}

static void
watch_line(scenes *s, const engine_status *e)
{
	/* A stop or a locate leaves no line to wait for. */
	const bool lost = !e->rolling || e->epoch != s->epoch;
	const bool music = lost || first_free(e) >= s->line;
	const bool sound = lost || e->position + sound_lead * steps_per_second(e) >= (double)s->line;
	if (!music || (s->music_done && !sound))
		return;
	const scene called = scenes_get(s, s->waiting);
	if (!called.used) { /* cleared while it waited */
		s->waiting = 0;
		show(s, PARAM_SCENE_NEXT, 0);
		return;
	}
	scene_apply(&called, (s->music_done ? 0u : SCENE_MUSIC) | (sound ? SCENE_SOUND : 0u), s->control);
	s->music_done = true;
	if (sound)
		finish(s);
}

/* Between two scenes, whenever the fader moves; choosing the two is no call. */
static void
watch_morph(scenes *s)
{
	const params *p = s->control->params;
	const uint32_t moved = atomic_load_explicit(&p->version[PARAM_SCENE_MORPH], memory_order_acquire);
	if (moved == s->morphed)
		return;
	s->morphed = moved;
	const scene a = scenes_get(s, (int)params_get(p, PARAM_SCENE_A));
	const scene b = scenes_get(s, (int)params_get(p, PARAM_SCENE_B));
	if (!a.used || !b.used)
		return;
	scene_between(&a, &b, params_get(p, PARAM_SCENE_MORPH), &s->mixed);
	scene_apply(&s->mixed, SCENE_MUSIC | SCENE_SOUND, s->control);
}

void
scenes_begin(scenes *s)
{
	s->waiting = 0;
	show(s, PARAM_SCENE_CURRENT, 0);
	show(s, PARAM_SCENE_NEXT, 0);
	s->morphed =
	    atomic_load_explicit(&s->control->params->version[PARAM_SCENE_MORPH], memory_order_acquire);
}

void
scenes_watch(scenes *s, const engine_status *e)
{
	if (s->waiting)
		watch_line(s, e);
	watch_morph(s);
}
