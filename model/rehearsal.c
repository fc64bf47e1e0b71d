#include "model/rehearsal.h"

#include <stdlib.h>

struct rehearsal {
	const model *model;
	params params;
	plan plan;
	composer *composer;
	composer_view view;
};

static void
look(void *user, composer_view *view)
{
	*view = ((const rehearsal *)user)->view;
}

dr_status
rehearsal_new(const model *m, rehearsal **out, dr_error *err)
{
	*out = NULL;
	void *memory = NULL;
	if (posix_memalign(&memory, 64, sizeof(rehearsal)) != 0)
		return error_set(err, DR_FAILED, "out of memory for a rehearsal");
	rehearsal *r = memory;
	r->model = m;
	params_reset(&r->params);
	plan_init(&r->plan);
	atomic_store(&r->params.styles, model_n_styles(m));
	r->view = (composer_view){.epoch = 0};
	const dr_status status = composer_new(m, &r->params, &r->plan, look, r, &r->composer, err);
	if (status != DR_OK)
		free(r);
	else
		*out = r;
	return status;
}

void
rehearsal_free(rehearsal *r)
{
	if (r)
		composer_free(r->composer);
	free(r);
}

params *
rehearsal_params(rehearsal *r)
{
	return &r->params;
}

void
rehearsal_choose(rehearsal *r, int style)
{
	const float tempo = model_get_style(r->model, style)->tempo;
	params_set(&r->params, PARAM_STYLE, (float)(style + 1), PARAM_SOURCE_NONE);
	params_set(&r->params, PARAM_TEMPO, tempo > 0 ? tempo : param_describe(PARAM_TEMPO)->initial,
		   PARAM_SOURCE_NONE);
}

void
rehearsal_play_cued(rehearsal *r, int bars, rehearsal_cue_fn *cue, step_event *out)
{
	const bar_map map = bar_map_make((metre){4, 4, false});
	r->view = (composer_view){
	    .epoch = r->view.epoch + 1, .tempo = (double)params_get(&r->params, PARAM_TEMPO), .bars = map};
	for (int64_t n = 0; n < (int64_t)bars * REHEARSAL_BAR; n++) {
		if (cue)
			cue(&r->params, n);
		while (composer_update(r->composer, REHEARSAL_BAR))
			;
		(void)plan_read(&r->plan, n, &out[n]);
		r->view.rolling = true;
		r->view.next_step = n + 1;
		r->view.position = (double)n + 0.4;
	}
}

void
rehearsal_play(rehearsal *r, int bars, step_event *out)
{
	rehearsal_play_cued(r, bars, NULL, out);
}
