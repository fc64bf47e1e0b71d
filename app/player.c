#include "app/player.h"

#include "model/kit_morph.h"

#include "model/datafind.h"
#include "model/kitfile.h"
#include "model/primer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char default_model[] = "default", default_kit[] = "basalt", house_style[] = "techno";

static void
look(void *user, composer_view *view)
{
	const player *p = user;
	engine_status s;
	engine_get_status(p->engine, &s);
	*view = (composer_view){.epoch = s.epoch,
				.next_step = s.next_step,
				.position = s.position,
				.tempo = s.tempo,
				.bars = s.bars,
				.rolling = s.rolling,
				.period = s.rate ? (double)s.period / s.rate : 0.0};
}

static void
wake(void *user)
{
	composer_wake(((player *)user)->composer);
}

/* Styles are numbered from 1, 0 is all of them; names as the model has them. */
static int
find_style(void *user, const char *name)
{
	const player *p = user;
	char *end;
	const long number = strtol(name, &end, 10);
	if (*name && !*end)
		return number >= 0 && number <= model_n_styles(p->model) ? (int)number : -1;
	if (strcmp(name, "all") == 0)
		return 0;
	const int i = model_find_style(p->model, name);
	return i < 0 ? -1 : i + 1;
}

static dr_status
load_model(player *p, const char *name, dr_error *err)
{
	char *path = model_find(name, err);
	if (!path)
		return DR_BAD_INPUT;
	const dr_status status = model_load(path, &p->model, err);
	free(path);
	return status;
}

static dr_status
open_model(player *p, const char *wanted, bool forgiving, player_say_fn *say, void *user, dr_error *err)
{
	dr_error own = {""}, *e = err ? err : &own;
	dr_status status = load_model(p, wanted ? wanted : default_model, e);
	if (status == DR_BAD_INPUT && wanted && forgiving) {
		say(user, e->text);
		say(user, "playing with the default model instead");
		status = load_model(p, default_model, e);
	}
	return status;
}

static dr_status
set_style(player *p, int slot, const char *name, bool kept, player_say_fn *say, void *user, dr_error *err)
{
	char line[160], path[PARAM_PATH_MAX];
	const int style = name ? find_style(p, name) : -1;
	if (style >= 0) {
		params_set(&p->params, slot, (float)style, PARAM_SOURCE_NONE);
	} else if (name && kept) {
		snprintf(line, sizeof line, "the session's %s %.64s: this model does not know it",
			 param_path(slot, path), name);
		say(user, line);
	} else if (name) {
		const char *number = slot == PARAM_STYLE ? "" : param_path(slot, path) + strlen("style/");
		return error_set(err, DR_USAGE,
				 "--style%s%s %s: this model does not know it (see drumlin controls)",
				 *number ? "-" : "", number, name);
	}
	return DR_OK;
}

static dr_status
set_styles(player *p, const music_options *o, player_say_fn *say, void *user, dr_error *err)
{
	dr_status status = set_style(p, PARAM_STYLE, o->style, o->style_kept, say, user, err);
	for (int slot = PARAM_STYLE_2; slot <= PARAM_STYLE_4 && status == DR_OK; slot++)
		status = set_style(p, slot, o->style_corner[slot - PARAM_STYLE_2], false, say, user, err);
	return status;
}

static dr_status
set_params(player *p, const music_options *o, player_say_fn *say, void *user, dr_error *err)
{
	atomic_store(&p->params.styles, model_n_styles(p->model));
	const int house = model_find_style(p->model, house_style);
	if (house >= 0)
		params_set(&p->params, PARAM_STYLE, (float)(house + 1), PARAM_SOURCE_NONE);
	for (int slot = 0; slot < PARAM_GLOBAL_COUNT; slot++)
		if (o->given[slot])
			params_set(&p->params, slot, o->value[slot], PARAM_SOURCE_NONE);
	const dr_status status = set_styles(p, o, say, user, err);
	if (status != DR_OK)
		return status;
	/* Nobody has touched anything yet. */
	atomic_store(&p->params.last_slot, -1);
	return DR_OK;
}

static dr_status
prime(player *p, const char *name, dr_error *err)
{
	pattern primer;
	if (!name)
		return DR_OK;
	const dr_status status = primer_load(name, &primer, err);
	if (status == DR_OK)
		composer_prime(p->composer, primer.step, primer.n_steps);
	pattern_clear(&primer);
	return status;
}

dr_status
player_open(player *p, const music_options *o, uint32_t rate, bool forgiving, player_say_fn *say, void *user,
	    dr_error *err)
{
	memset(p, 0, sizeof *p);
	params_reset(&p->params);
	midi_map_default(&p->map);
	if (posix_memalign((void **)&p->plan, 4096, sizeof *p->plan) != 0) {
		p->plan = NULL;
		return error_set(err, DR_FAILED, "out of memory for the plan");
	}
	plan_init(p->plan);
	dr_status status = open_model(p, o->model, forgiving, say, user, err);
	if (status == DR_OK && o->int8)
		status = model_make_small(p->model, err);
	if (status == DR_OK)
		status = set_params(p, o, say, user, err);
	if (status == DR_OK)
		status = engine_new(&p->params, p->plan, &p->map, rate, &p->engine, err);
	if (status == DR_OK)
		status = composer_new(p->model, &p->params, p->plan, look, p, &p->composer, err);
	if (status == DR_OK)
		status = prime(p, o->primer, err);
	if (status != DR_OK) {
		player_close(p);
		return status;
	}
	control_init(&p->control, &p->params, p->engine);
	p->control.wake = wake;
	p->control.find_style = find_style;
	p->control.user = p;
	return DR_OK;
}

void
player_close(player *p)
{
	if (p->composer) {
		composer_stop(p->composer);
		composer_free(p->composer);
		control_destroy(&p->control);
	}
	engine_free(p->engine);
	if (p->model)
		model_free(p->model);
	free(p->plan);
	memset(p, 0, sizeof *p);
}

/* One kit on its way: what the loader's callbacks need to know. */
typedef struct kit_loading {
	const char *name;
	player_say_fn *say;
	void *user;
	struct timespec told;
} kit_loading;

static void
pass_on(void *user, const char *line)
{
	const kit_loading *l = user;
	l->say(l->user, line);
}

/* A kit that loads in a moment says nothing of it. */
static void
say_progress(void *user, uint64_t done, uint64_t total)
{
	kit_loading *l = user;
	struct timespec now;
	char line[160];
	clock_gettime(CLOCK_MONOTONIC, &now);
	const double passed =
	    (double)(now.tv_sec - l->told.tv_sec) + 1e-9 * (double)(now.tv_nsec - l->told.tv_nsec);
	if (passed < 1.0 || total == 0)
		return;
	l->told = now;
	snprintf(line, sizeof line, "loading %.80s: %.0f %% of %.0f MB", l->name,
		 100.0 * (double)done / (double)total, (double)total / 1e6);
	l->say(l->user, line);
}

static dr_status
load_kit(const char *name, uint32_t rate, const atomic_bool *cancel, player_say_fn *say, void *user,
	 kit **out, dr_error *err)
{
	char *path = kit_find(name, err);
	if (!path)
		return DR_BAD_INPUT;
	kit_loading loading = {.name = name, .say = say, .user = user};
	clock_gettime(CLOCK_MONOTONIC, &loading.told);
	const kit_load_options options = {
	    .rate = rate, .warn = pass_on, .progress = say_progress, .user = &loading, .cancel = cancel};
	const dr_status status = kit_load_with(path, &options, out, err);
	free(path);
	return status;
}

dr_status
player_load_kits(const music_options *o, uint32_t rate, bool forgiving, const atomic_bool *cancel,
		 player_say_fn *say, void *user, kit_set **out, dr_error *err)
{
	kit_set *set = calloc(1, sizeof *set);
	dr_status status = set ? DR_OK : error_set(err, DR_FAILED, "out of memory for the kits");
	dr_error own = {""}, *e = err ? err : &own;
	for (int i = 0; i < o->n_kits && status == DR_OK; i++) {
		status = load_kit(o->kit[i], rate, cancel, say, user, &set->corner[set->n_corners], e);
		if (status == DR_OK) {
			set->n_corners++;
		} else if (forgiving && status == DR_BAD_INPUT) {
			say(user, e->text);
			status = DR_OK;
		}
	}
	if (status == DR_OK && set->n_corners == 0) {
		if (o->n_kits)
			say(user, "playing the default kit instead");
		status = load_kit(default_kit, rate, cancel, say, user, &set->corner[0], e);
		set->n_corners = status == DR_OK;
	}
	if (status != DR_OK) {
		kit_set_free(set);
		return status;
	}
	*out = set;
	return DR_OK;
}

dr_status
player_morph_kits(const params *p, kit_set *set, dr_error *err)
{
	kit_morph *m;
	float weight[INSTRUMENTS][KIT_CORNERS];
	bool between = false, done = false;
	for (int i = 0; i < INSTRUMENTS; i++) {
		kit_set_wanted(p, set->n_corners, i, weight[i]);
		for (int c = 0; c < KIT_CORNERS; c++)
			between |= weight[i][c] > 0.0f && weight[i][c] < 1.0f;
	}
	if (!between)
		return DR_OK;
	dr_status status = kit_morph_new(set->corner, set->n_corners, &m, err);
	while (status == DR_OK && !done)
		status = kit_morph_prepare(m, &done, err);
	for (int i = 0; i < INSTRUMENTS && status == DR_OK; i++) {
		kit *k;
		status = kit_morph_render(m, i, weight[i], &k, err);
		if (status == DR_OK)
			kit_set_put_morph(set, i, k, weight[i]);
	}
	kit_morph_free(m);
	return status;
}
