#include "app/screen.h"

#include <math.h>
#include <stdio.h>

const char *
stage_style(const stage_view *v)
{
	const int style = (int)params_get(&v->player->params, PARAM_STYLE);
	if (style < 1 || style > model_n_styles(v->player->model))
		return "all styles";
	return model_get_style(v->player->model, style - 1)->name;
}

void
stage_last_control(const stage_view *v, char *text, size_t size)
{
	const int slot = atomic_load_explicit(&v->player->params.last_slot, memory_order_relaxed);
	char path[PARAM_PATH_MAX], name[PARAM_CHOICE_MAX];
	text[0] = '\0';
	if (slot == PARAM_STYLE)
		snprintf(text, size, "style %s", stage_style(v));
	else if (slot >= 0 && param_describe(slot)->kind == PARAM_KIND_CHOICE)
		snprintf(text, size, "%s %s", param_path(slot, path),
			 param_choice_name(slot, (int)params_get(&v->player->params, slot), name));
	else if (slot >= 0)
		snprintf(text, size, "%s %.4g %s", param_path(slot, path),
			 (double)params_get(&v->player->params, slot), param_describe(slot)->unit);
}

const char *
stage_sync(const stage_view *v)
{
	const engine_status *e = &v->engine;
	const int wanted = (int)params_get(&v->player->params, PARAM_SYNC);
	if (wanted != e->sync)
		return "own clock (no JACK)";
	switch (e->sync) {
	case SYNC_JACK: return e->master_tempo ? "JACK, its tempo" : "JACK";
	case SYNC_MASTER: return "JACK master";
	case SYNC_LINK: return v->link_peers > 0 ? "Link" : "Link: alone";
	case SYNC_MIDI: return e->clock_locked ? "MIDI clock" : "MIDI clock: none";
	default: return "own clock";
	}
}

void
stage_line(const stage_view *v, char *text, size_t size)
{
	const params *p = &v->player->params;
	const engine_status *e = &v->engine;
	const host_status *h = &v->host;
	snprintf(text, size,
		 "%s bar %ld.%02d  %.2f bpm%s  density %.2f  temperature %.2f  %s  %s %u/%u%s  load %.0f%%  "
		 "xruns %u  "
		 "underruns %u  voices %u  bad input %u",
		 e->rolling ? "playing" : "stopped", (long)e->place.bar + 1, e->place.step + 1, e->tempo,
		 e->master_tempo ? " (master)" : "", (double)params_get(p, PARAM_DENSITY),
		 (double)params_get(p, PARAM_TEMPERATURE), stage_style(v), h->name, h->rate, h->period,
		 h->realtime ? " rt" : "", v->load >= 0.0f ? (double)v->load * 100.0 : 0.0, h->xruns,
		 e->underruns, e->voices, v->ignored);
}
