/* Plays a model without sound, as a performer would with the controls at rest: what evaluations listen to.
 * One thread. */
#ifndef DRUMLIN_REHEARSAL_H
#define DRUMLIN_REHEARSAL_H

#include "model/composer.h"

enum { REHEARSAL_BAR = 16, REHEARSAL_MAX_BARS = 256 }; /* bars are 4/4 */

typedef struct rehearsal rehearsal;

/* The model is borrowed. Errors: DR_FAILED (memory). */
dr_status rehearsal_new(const model *m, rehearsal **out, dr_error *err) DR_CHECKED;
void rehearsal_free(rehearsal *r);

/* The controls, at their defaults to begin with (no style). Owned by the rehearsal. */
params *rehearsal_params(rehearsal *r);

/* Chooses a style of the model, and its tempo. */
void rehearsal_choose(rehearsal *r, int style);

/* Plays so many bars from the top into out[bars * REHEARSAL_BAR], at the tempo of the controls. */
void rehearsal_play(rehearsal *r, int bars, step_event *out);

/* The same with a hand at the controls: cue is called before each step becomes due. */
typedef void rehearsal_cue_fn(params *p, int64_t step);
void rehearsal_play_cued(rehearsal *r, int bars, rehearsal_cue_fn *cue, step_event *out);

#endif
