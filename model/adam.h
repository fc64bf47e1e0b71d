/* The optimiser: Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay
 * Regularization", ICLR 2019), clipping of the gradient's norm (Pascanu, Mikolov and Bengio, ICML 2013) and
 * an exponential average of the weights (Polyak and Juditsky, 1992). One thread. */
#ifndef DRUMLIN_ADAM_H
#define DRUMLIN_ADAM_H

#include "model/weights.h"

#include <stdbool.h>

typedef struct adam {
	const weight_table *table;      /* borrowed */
	float *mean, *square, *average; /* [table.total]; average is what is scored and saved */
	float beta1, beta2, decay;      /* decay applies to matrices, not to biases */
	float clip;                     /* largest norm of a gradient */
	float average_keep;             /* share that the average keeps per update, once warm */
	long updates;
} adam;

/* w are the weights to start from; the average starts there. false without memory. */
bool adam_init(adam *a, const weight_table *p, const float *w);
void adam_clear(adam *a);

/* One update of w with gradient dw, which is emptied. Returns the norm before clipping; a gradient that is
 * not finite changes nothing. */
double adam_update(adam *a, float rate, float *w, float *dw);

#endif
