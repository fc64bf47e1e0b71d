/* The pad between up to four styles, as the kits have one. Pure; any thread. */
#ifndef DRUMLIN_STYLE_PAD_H
#define DRUMLIN_STYLE_PAD_H

#include "model/model.h"

enum { STYLE_CORNERS = 4 };

/* Weights of n_styles styles, with sum 1, at x, y in [0, 1]. corner: upper left, upper right, lower left,
 * lower right, styles counted from 1; a corner of 0 (or of a style that there is not) is absent, and the
 * others share its part. No corner at all: every weight 0, which is no style. */
void style_pad_weights(const int corner[STYLE_CORNERS], float x, float y, int n_styles,
		       float weight[MODEL_MAX_STYLES]);

#endif
