#include "rt/kit_set.h"

#include <stdlib.h>

void
kit_set_free(kit_set *set)
{
	if (!set)
		return;
	for (int i = 0; i < set->n_corners; i++)
		kit_free(set->corner[i]);
	free(set);
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
