/* Scenes and undo in drumlin play: the commands that concern what the control side keeps. */
#include "app/play_state.h"

#include "rt/host.h"

#include <math.h>
#include <stdio.h>

static const double undo_interval = 0.05;

dr_status
stage_open_scenes(stage *s, dr_error *err)
{
	control *c = &s->player.control;
	pthread_mutex_init(&s->desk, NULL);
	scenes_init(&s->scenes, c);
	const dr_status status = undo_new(&s->scenes, &s->undo, err);
	if (status != DR_OK)
		return status;
	c->obey_user = s;
	c->obey = stage_obey;
	return DR_OK;
}

void
stage_close_scenes(stage *s)
{
	if (s->undo)
		scenes_destroy(&s->scenes);
	undo_free(s->undo);
	s->undo = NULL;
}

static void
say_scene(stage *s, int number, const char *what)
{
	char line[64];
	snprintf(line, sizeof line, "scene %d %s", number, what);
	stage_say(s, line);
}

/* Fixes the bar that is playing as it is: its hits, and the rests between them. */
static void
keep_bar(stage *s)
{
	engine_status e;
	params *p = &s->player.params;
	engine_get_status(s->player.engine, &e);
	const int bar = (int)(e.place.bar % (int)params_get(p, PARAM_PATTERN_BARS));
	const int64_t first = (int64_t)floor(e.position) - e.place.step;
	for (int step = 0; step < e.place.len && step < CELL_STEPS; step++) {
		step_event event;
		if (!plan_read(s->player.plan, first + step, &event))
			continue;
		for (int i = 0; i < INSTRUMENTS; i++) {
			const step_hit *h = &event.hits.hit[i];
			cell c = h->velocity ? cell_hit(h->velocity) : (cell){.kind = CELL_REST};
			if (h->velocity) {
				c.ratchet = h->ratchet;
				c.offset = (int8_t)(h->offset / (STEP_OFFSET_ONE / 256));
			}
			control_set_cell(&s->player.control, cell_index(bar, i, step), c);
		}
	}
	stage_say(s, "the bar is kept");
}

static void
free_cells(stage *s)
{
	for (int i = 0; i < CELLS; i++)
		if (params_cell(&s->player.params, i).kind != CELL_FREE)
			control_set_cell(&s->player.control, i, (cell){.kind = CELL_FREE});
}

static void
call_scene(stage *s, int number)
{
	engine_status e;
	engine_get_status(s->player.engine, &e);
	if (!scenes_call(&s->scenes, number, &e))
		say_scene(s, number, "is empty");
}

static void
change_scene(stage *s, command_id command, int number)
{
	const scene before = scenes_get(&s->scenes, number);
	const bool done = command == COMMAND_SCENE_STORE   ? scenes_store(&s->scenes, number)
			  : command == COMMAND_SCENE_CLEAR ? scenes_clear(&s->scenes, number)
							   : scenes_copy(&s->scenes, number);
	if (done)
		undo_scene(s->undo, number, &before);
	else
		say_scene(s, number, "cannot be changed so");
}

static bool
carry_out(stage *s, command_id command, float value)
{
	const double now = (double)host_now_us() * 1e-6;
	const int number = value >= 1.0f && value <= SCENES ? (int)value : 0;
	switch (command) {
	case COMMAND_SCENE: call_scene(s, number); return true;
	case COMMAND_SCENE_STORE:
	case COMMAND_SCENE_CLEAR:
	case COMMAND_SCENE_COPY: change_scene(s, command, number); return true;
	case COMMAND_UNDO:
		if (!undo_back(s->undo, now))
			stage_say(s, "nothing to undo");
		return true;
	case COMMAND_REDO:
		if (!undo_forward(s->undo, now))
			stage_say(s, "nothing to do again");
		return true;
	case COMMAND_KEEP: keep_bar(s); return true;
	case COMMAND_CLEAR: free_cells(s); return true;
	default: return false;
	}
}

bool
stage_obey(void *user, command_id command, float value)
{
	stage *s = user;
	pthread_mutex_lock(&s->desk);
	const bool ours = carry_out(s, command, value);
	pthread_mutex_unlock(&s->desk);
	return ours;
}

void
stage_watch_scenes(stage *s, double now)
{
	engine_status e;
	engine_get_status(s->player.engine, &e);
	pthread_mutex_lock(&s->desk);
	scenes_watch(&s->scenes, &e);
	if (now >= s->undo_at) {
		undo_watch(s->undo, now);
		s->undo_at = now + undo_interval;
	}
	pthread_mutex_unlock(&s->desk);
}
