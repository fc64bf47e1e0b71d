/* The density control: how many hits are wanted, and how to get them. Pure but for its own small state.
 *
 * Above the middle the network is asked for more (its density label) and its logits are raised; below
 * it plays on as it would, unheard, and only the strongest of its hits sound, so that a hand on the
 * knob uncovers one and the same groove. A slow controller takes out what temperature and the network's
 * own feedback do to the mean. */
#ifndef DRUMLIN_DENSITY_H
#define DRUMLIN_DENSITY_H

#include "rt/step.h"

#include <stdbool.h>

typedef struct density_state {
	float hits, target; /* per step, averaged over the last bars: what came and what was wanted */
	float trim;         /* log-odds added to every hit */
	int32_t quiet;      /* steps since something was heard */
	int32_t at;         /* steps so far */
	float score[STEP_MAX_BAR][INSTRUMENTS]; /* strength of the hits of the last steps; 0: no hit */
} density_state;

/* Hits wanted over hits that the style plays by itself (mean, per 16-step bar), for density 0..1:
 * 1 at 0.5, about one hit per bar at 0, 30 or more at 1; geometric between. */
float density_ratio(float density, float mean);

/* The density label that the network is given for this ratio, in a style of so many hits per bar among all.
 * Below the middle it is left as it is. Asked for the middle alone, networks draw every style towards the
 * mean of them all; the label leans against that. */
float density_label(float ratio, float mean, float all);

void density_init(density_state *s);

/* Log-odds to add to every hit, before temperature sharpens them, for this ratio and temperature. */
float density_shift(const density_state *s, float ratio, float temperature);

/* Takes in a step: how many hits of instruments that are free to follow the control came, and how many
 * were wanted. */
void density_learn(density_state *s, float hits, float target);

/* Strength of a hit: the network's log-odds for it, its place in the bar and its instrument; > 0. */
float density_strength(float logit, int instrument, int bar_step, int bar_len);

/* Which of the hits in mask are heard when only `ratio` (below 1) of them shall be: the strongest among
 * those of the last bar. chance[i] in [0, 1) settles fractions. Remembers strengths for the next steps. */
unsigned density_thin(density_state *s, unsigned mask, const float strength[INSTRUMENTS], float ratio,
		      int bar_len, const float chance[INSTRUMENTS]);

/* Counts silence: whether this step is heard. */
void density_count_silence(density_state *s, bool heard);

/* What a silence calls for: after a whole bar of it a likely hit is to be heard where one is drawn, and after
 * three a bar shall begin with something. */
typedef enum density_call { DENSITY_REST, DENSITY_LIKELY, DENSITY_ANY } density_call;
density_call density_called(const density_state *s, int bar_step, int bar_len);

#endif
