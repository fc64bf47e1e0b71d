#include "app/undo.h"

#include <stdlib.h>
#include <string.h>

/* One thing that a gesture has changed: a parameter, or, from PARAM_SLOTS on, a cell. */
typedef union undo_value {
	float value;
	uint32_t cell;
} undo_value;
typedef struct undo_change {
	int what;
	undo_value before, after;
} undo_change;

typedef struct gesture {
	int n;
	undo_change *change;
	int scene; /* 1..16: this scene, too; 0 none */
	struct {
		scene before, after;
	} * scenes;
} gesture;

static const double patience = 4.0; /* seconds that a gesture of several hands may last */

enum { THINGS = PARAM_SLOTS + CELLS };

struct undo {
	scenes *scenes;
	params *params;
	undo_value base[THINGS]; /* as of the last gesture's end */
	undo_value last[THINGS]; /* as of the last look */
	double moved[THINGS];    /* when that became so */
	double newest, opened;   /* the last move of all; the first since a gesture ended */
	bool open;               /* something has moved since */
	uint32_t version[PARAM_SLOTS], cell_changes;
	gesture done[UNDO_GESTURES]; /* oldest first; those from `depth` on have been taken back */
	int depth, n;
};

/* --- things -------------------------------------------------------------------------------------------- */

static undo_value
look(const undo *u, int what)
{
	undo_value v;
	if (what < PARAM_SLOTS)
		v.value = params_get(u->params, what);
	else
		v.cell = cell_pack(params_cell(u->params, what - PARAM_SLOTS));
	return v;
}

static bool
equal(int what, undo_value a, undo_value b)
{
	return what < PARAM_SLOTS ? a.value == b.value : a.cell == b.cell;
}

static void
put(undo *u, int what, undo_value v)
{
	control *c = u->scenes->control;
	if (what < PARAM_SLOTS)
		control_set(c, what, v.value, PARAM_SOURCE_NONE);
	else
		control_set_cell(c, what - PARAM_SLOTS, cell_unpack(v.cell));
	/* As it was taken, not as it was asked for: what is out of range today is no new gesture. */
	u->base[what] = u->last[what] = look(u, what);
}

/* What hands set. A tempo that Link's other members turn is not our performer's, nor is a master that has
 * been lost to another. */
static bool
is_ours(const undo *u, int what)
{
	if (what >= PARAM_SLOTS)
		return true;
	const uint32_t by = params_setting(u->params, what).source;
	return (param_describe(what)->flags & PARAM_FLAG_SAVED) && by != PARAM_SOURCE_LINK &&
	       by != PARAM_SOURCE_HOST;
}

/* --- gestures ------------------------------------------------------------------------------------------ */

static void
gesture_free(gesture *g)
{
	free(g->change);
	free(g->scenes);
	memset(g, 0, sizeof *g);
}

static void
forget_from(undo *u, int first)
{
	for (int i = first; i < u->n; i++)
		gesture_free(&u->done[i]);
	u->n = first < u->n ? first : u->n;
}

/* Takes the gesture over. What was taken back is gone now; the oldest makes room. */
static void
remember(undo *u, gesture *g)
{
	forget_from(u, u->depth);
	if (u->n == UNDO_GESTURES) {
		gesture_free(&u->done[0]);
		memmove(u->done, u->done + 1, (UNDO_GESTURES - 1) * sizeof *u->done);
		u->n--;
	}
	u->done[u->n++] = *g;
	u->depth = u->n;
}

/* Ends what has rested since `until`. */
static void
end_gesture(undo *u, double until)
{
	gesture g = {.n = 0};
	for (int pass = 0; pass < 2; pass++) {
		int n = 0;
		for (int i = 0; i < THINGS; i++) {
			if (equal(i, u->base[i], u->last[i]) || u->moved[i] > until || !is_ours(u, i))
				continue;
			if (pass) {
				g.change[n] = (undo_change){i, u->base[i], u->last[i]};
				u->base[i] = u->last[i];
			}
			n++;
		}
		if (n == 0)
			return;
		if (!pass && !(g.change = calloc((size_t)n, sizeof *g.change)))
			return; /* without memory it stays open */
		g.n = n;
	}
	remember(u, &g);
}

static void
note_move(undo *u, int what, double now)
{
	u->moved[what] = u->newest = now;
	if (!u->open)
		u->opened = now;
	u->open = true;
}

static void
see(undo *u, double now)
{
	for (int i = 0; i < PARAM_SLOTS; i++) {
		const uint32_t version = atomic_load_explicit(&u->params->version[i], memory_order_acquire);
		if (version == u->version[i])
			continue;
		u->version[i] = version;
		const undo_value v = look(u, i);
		if (!is_ours(u, i))
			u->base[i] = v;
		if (!equal(i, v, u->last[i]))
			note_move(u, i, now);
		u->last[i] = v;
	}
	const uint32_t changes = atomic_load_explicit(&u->params->cell_changes, memory_order_acquire);
	for (int i = PARAM_SLOTS; i < THINGS && changes != u->cell_changes; i++) {
		const undo_value v = look(u, i);
		if (!equal(i, v, u->last[i]))
			note_move(u, i, now);
		u->last[i] = v;
	}
	u->cell_changes = changes;
}

void
undo_watch(undo *u, double now)
{
	see(u, now);
	/* A scene comes in two halves, and two hands move together: one gesture. Where hands never rest at
	 * the same time, what does rest is one after a while. */
	if (u->newest > now - UNDO_REST && now - u->opened < patience)
		return;
	end_gesture(u, now - UNDO_REST);
	u->open = u->newest > now - UNDO_REST;
	u->opened = now;
}

void
undo_scene(undo *u, int number, const scene *before)
{
	gesture g = {.scene = number, .scenes = malloc(sizeof *g.scenes)};
	if (!g.scenes)
		return;
	g.scenes->before = *before;
	g.scenes->after = scenes_get(u->scenes, number);
	remember(u, &g);
}

bool
undo_back(undo *u, double now)
{
	see(u, now);
	end_gesture(u, now);
	if (u->depth == 0)
		return false;
	const gesture *g = &u->done[--u->depth];
	for (int i = 0; i < g->n; i++)
		put(u, g->change[i].what, g->change[i].before);
	if (g->scene)
		scenes_put(u->scenes, g->scene, &g->scenes->before);
	return true;
}

bool
undo_forward(undo *u, double now)
{
	see(u, now);
	end_gesture(u, now); /* and with one under way there is nothing left to do again */
	if (u->depth == u->n)
		return false;
	const gesture *g = &u->done[u->depth++];
	for (int i = 0; i < g->n; i++)
		put(u, g->change[i].what, g->change[i].after);
	if (g->scene)
		scenes_put(u->scenes, g->scene, &g->scenes->after);
	return true;
}

int
undo_depth(const undo *u)
{
	return u->depth;
}

int
undo_redo_depth(const undo *u)
{
	return u->n - u->depth;
}

/* --- life ---------------------------------------------------------------------------------------------- */

void
undo_begin(undo *u)
{
	forget_from(u, 0);
	u->depth = 0;
	for (int i = 0; i < PARAM_SLOTS; i++)
		u->version[i] = atomic_load_explicit(&u->params->version[i], memory_order_acquire);
	u->cell_changes = atomic_load_explicit(&u->params->cell_changes, memory_order_acquire);
	for (int i = 0; i < THINGS; i++)
		u->base[i] = u->last[i] = look(u, i);
}

dr_status
undo_new(scenes *s, undo **out, dr_error *err)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return error_set(err, DR_FAILED, "out of memory for undo");
	(*out)->scenes = s;
	(*out)->params = s->control->params;
	undo_begin(*out);
	return DR_OK;
}

void
undo_free(undo *u)
{
	if (!u)
		return;
	forget_from(u, 0);
	free(u);
}
