#include "rt/kit_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
kit_set_free(kit_set *set)
{
	if (!set)
		return;
	for (int i = 0; i < set->n_corners; i++)
		kit_free(set->corner[i]);
	for (int i = 0; i < INSTRUMENTS; i++)
		kit_free(set->morph[i]);
	free(set);
}

kit_set *
kit_set_copy(const kit_set *from)
{
	kit_set *set = malloc(sizeof *set);
	if (!set)
		return NULL;
	*set = *from;
	for (int i = 0; i < set->n_corners; i++)
		kit_share(set->corner[i]);
	for (int i = 0; i < INSTRUMENTS; i++)
		if (set->morph[i])
			kit_share(set->morph[i]);
	return set;
}

void
kit_set_put_morph(kit_set *set, int instrument, kit *morph, const float weight[KIT_CORNERS])
{
	kit_free(set->morph[instrument]);
	set->morph[instrument] = morph;
	memcpy(set->place[instrument], weight, sizeof set->place[instrument]);
}

void
kit_set_weights(int n_corners, float x, float y, float weight[KIT_CORNERS])
{
	const float below = n_corners > 2 ? y : 0.0f;
	const float across = n_corners > 1 ? x : 0.0f;
	const float across_below = n_corners > 3 ? x : 0.0f;
	weight[0] = (1.0f - across) * (1.0f - below);
	weight[1] = across * (1.0f - below);
	weight[2] = (1.0f - across_below) * below;
	weight[3] = across_below * below;
}

void
kit_set_wanted(const params *p, int n_corners, int instrument, float weight[KIT_CORNERS])
{
	const bool own = params_get(p, param_slot(PARAM_KIT_OWN, instrument)) >= 0.5f;
	const int x = own ? param_slot(PARAM_INST_KIT_X, instrument) : PARAM_KIT_X;
	const int y = own ? param_slot(PARAM_INST_KIT_Y, instrument) : PARAM_KIT_Y;
	kit_set_weights(n_corners, params_get(p, x), params_get(p, y), weight);
}

float
kit_set_nearness(const float place[KIT_CORNERS], const float weight[KIT_CORNERS])
{
	float distance = 0.0f;
	for (int c = 0; c < KIT_CORNERS; c++) {
		const float d = fabsf(place[c] - weight[c]);
		distance = d > distance ? d : distance;
	}
	/* What rounding and the last steps of smoothing leave is no distance. */
	const float far = (distance - 0.002f) / 0.08f;
	if (far <= 0.0f)
		return 1.0f;
	return far >= 1.0f ? 0.0f : 1.0f - far * far * (3.0f - 2.0f * far);
}

/* A time in frames, where an absent one is as good as none: its log, and back. */
static float
log_time(float frames)
{
	return logf(frames + 1.0f);
}

static float
time_of(float log_frames)
{
	const float frames = expf(log_frames) - 1.0f;
	return frames < 0.01f ? 0.0f : frames;
}

bool
kit_set_shape(kit *const corner[], int n_corners, int instrument, const float weight[KIT_CORNERS],
	      kit_instrument *out)
{
	const kit_instrument *first = NULL;
	float sum = 0.0f, attack = 0.0f, decay = 0.0f, release = 0.0f, sustain = 0.0f, pan = 0.0f;
	for (int c = 0; c < n_corners; c++) {
		const kit_instrument *in = &corner[c]->instrument[instrument];
		if (!in->n_layers)
			continue;
		first = first ? first : in;
		sum += weight[c];
		attack += weight[c] * log_time(in->attack);
		decay += weight[c] * log_time(in->decay);
		release += weight[c] * log_time(in->release);
		sustain += weight[c] * in->sustain;
		pan += weight[c] * in->pan;
	}
	if (!first)
		return false;
	out->choke_group = first->choke_group;
	out->selection = first->selection;
	out->attack = sum > 0.0f ? time_of(attack / sum) : first->attack;
	out->decay = sum > 0.0f ? time_of(decay / sum) : first->decay;
	out->release = sum > 0.0f ? time_of(release / sum) : first->release;
	out->sustain = sum > 0.0f ? fminf(sustain / sum, 1.0f) : first->sustain;
	out->pan = sum > 0.0f ? fminf(fmaxf(pan / sum, -1.0f), 1.0f) : first->pan;
	return true;
}
