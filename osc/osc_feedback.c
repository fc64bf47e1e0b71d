/* Telling subscribers what has changed, on the paths that set it. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <stdio.h>
#include <string.h>

static uint32_t
version(const osc_server *s, int slot)
{
	return atomic_load_explicit(&s->control->params->version[slot], memory_order_acquire);
}

/* Into the packet that has been begun. False if there is no more room for now. */
static bool
tell_value(osc_server *s, int slot, float value)
{
	char name[PARAM_PATH_MAX], path[OSC_PATH_MAX];
	snprintf(path, sizeof path, "/drumlin/%s", param_path(slot, name));
	return param_describe(slot)->kind == PARAM_KIND_FLOAT ? osc_out_add(s, path, "f", (double)value)
							      : osc_out_add(s, path, "i", (int)value);
}

bool
osc_feedback_value(osc_server *s, osc_peer *to, int slot)
{
	const uint32_t told = version(s, slot);
	if (!tell_value(s, slot, params_get(s->control->params, slot)))
		return false;
	to->seen[slot] = told;
	osc_again_told(&to->value_again[slot], false);
	return true;
}

static bool
tell_param(osc_server *s, osc_peer *p, int slot)
{
	const uint32_t now = version(s, slot);
	const bool again = osc_again_due(&p->value_again[slot]);
	if (p->seen[slot] == now && !p->corrected[slot] && !again)
		return true;
	const param_setting is = params_setting(s->control->params, slot);
	const bool changed = p->seen[slot] != now || p->corrected[slot];
	/* no echo to the hand that moved it */
	if (changed && !p->corrected[slot] && osc_peer_same_hand(s, p, is.source)) {
		osc_again_set(&p->value_again[slot]);
	} else {
		if (!tell_value(s, slot, is.value))
			return false;
		osc_again_told(&p->value_again[slot], p->seen[slot] != now);
	}
	p->seen[slot] = now;
	p->corrected[slot] = false;
	return true;
}

static bool
tell_params(osc_server *s, osc_peer *p)
{
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		if (!tell_param(s, p, slot))
			return false;
	return true;
}

/* Both sides of a pad in one message, for those who have a pad. */
static bool
tell_pads(osc_server *s, osc_peer *p)
{
	static const struct {
		const char *path;
		int x, y;
	} pad[2] = {{"/drumlin/kit/xy", PARAM_KIT_X, PARAM_KIT_Y},
		    {"/drumlin/style/xy", PARAM_STYLE_X, PARAM_STYLE_Y}};
	for (int i = 0; i < 2; i++) {
		const uint32_t now = version(s, pad[i].x) + version(s, pad[i].y);
		const bool changed = p->xy[i] != now, again = osc_again_due(&p->xy_again[i]);
		if (!changed && !again)
			continue;
		const param_setting x = params_setting(s->control->params, pad[i].x),
				    y = params_setting(s->control->params, pad[i].y);
		if (changed && osc_peer_same_hand(s, p, x.source) && osc_peer_same_hand(s, p, y.source)) {
			osc_again_set(&p->xy_again[i]);
		} else {
			if (!osc_out_add(s, pad[i].path, "ff", (double)x.value, (double)y.value))
				return false;
			osc_again_told(&p->xy_again[i], changed && p->xy[i] != UINT32_MAX);
		}
		p->xy[i] = now;
	}
	return true;
}

static void
tell(osc_server *s, osc_peer *p)
{
	const unsigned want = p->sections;
	if (!osc_out_begin(s, p))
		return;
	/* In this order, until there is no more room; what is left comes with the next round. */
	const bool all = (!(want & OSC_SECTION_PARAMS) ||
			  (tell_params(s, p) && tell_pads(s, p) && osc_told_playing(s, p))) &&
			 (!(want & OSC_SECTION_PLAYHEAD) || osc_told_playhead(s, p)) &&
			 (!(want & OSC_SECTION_STEPS) || osc_told_steps(s, p)) &&
			 (!(want & OSC_SECTION_CELLS) || osc_told_cells(s, p)) &&
			 (!(want & OSC_SECTION_PLAYS) || osc_told_plays(s, p)) &&
			 (!(want & OSC_SECTION_METERS) || osc_told_meters(s, p));
	(void)all;
	osc_out_end(s);
}

void
osc_feedback_full(osc_server *s, osc_peer *to)
{
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		to->corrected[slot] = true;
		to->seen[slot] = version(s, slot);
	}
	for (int i = 0; i < 2; i++)
		to->xy[i] = UINT32_MAX;
	to->playing = to->playhead = to->edit = -1;
	memset(to->steps, 0xff, sizeof to->steps);
	memset(to->plays, OSC_UNTOLD, sizeof to->plays);
	/* Of all cells only those that are not free: there are hundreds. */
	memset(to->cells, 0, sizeof to->cells);
	for (int i = 0; i < ENGINE_METERS; i++)
		to->meters[i] = -1.0f;
	osc_told_look(s);
	tell(s, to);
}

void
osc_feedback_changes(osc_server *s)
{
	osc_told_look(s);
	for (int i = 0; i < OSC_PEERS; i++)
		if (s->peer[i].used && s->peer[i].subscribed)
			tell(s, &s->peer[i]);
}
