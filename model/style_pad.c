#include "model/style_pad.h"

#include <math.h>
#include <string.h>

/* How near to the edge the pad is read where only absent corners have weight: the nearest others then
 * share it as they do just beside that edge. */
static const float edge = 1e-3f;

static float
share(const bool here[STYLE_CORNERS], float x, float y, float part[STYLE_CORNERS])
{
	const float all[STYLE_CORNERS] = {(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y};
	float sum = 0;
	for (int c = 0; c < STYLE_CORNERS; c++)
		sum += part[c] = here[c] ? all[c] : 0;
	return sum;
}

static float
inside(float x)
{
	return fmaxf(edge, fminf(1 - edge, x));
}

void
style_pad_weights(const int corner[STYLE_CORNERS], float x, float y, int n_styles,
		  float weight[MODEL_MAX_STYLES])
{
	bool here[STYLE_CORNERS];
	float part[STYLE_CORNERS];
	memset(weight, 0, MODEL_MAX_STYLES * sizeof *weight);
	for (int c = 0; c < STYLE_CORNERS; c++)
		here[c] = corner[c] >= 1 && corner[c] <= n_styles;
	float sum = share(here, x, y, part);
	if (sum < edge * edge / 2)
		sum = share(here, inside(x), inside(y), part);
	for (int c = 0; c < STYLE_CORNERS && sum > 0; c++)
		if (here[c])
			weight[corner[c] - 1] += part[c] / sum;
}
