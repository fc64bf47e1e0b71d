/* Stacks of recurrent layers: all that GRU and LSTM share. A cell is the part that differs: what one
 * layer does with its gates in one step. The stack does the products, the layers and the time. */
#ifndef DRUMLIN_RECURRENT_H
#define DRUMLIN_RECURRENT_H

#include "model/trunk.h"

enum { RECURRENT_MAX_GATES = 4 };

/* For one layer of H units; a row is one lane at one step. The stack hands a cell
 * gx[gates*H] = W x + b and gh[gates*H] = U h', where h' (and the rest of the state) is that of the step
 * before. */
typedef struct recurrent_cell {
	int gates;  /* G: pre-activations per unit */
	int states; /* S: state vectors per layer; the first is the output h */
	int saved;  /* floats per unit that backward needs, beside the states before: K */
	/* rows at once. state [rows][stride]: S*H floats each, before and after. saved [rows][K*H]. */
	void (*forward)(int rows, int hidden, const float *gx, const float *gh, float *state, size_t stride,
			float *saved);
	/* dstate [rows][S*H]: the gradient of the state after; becomes that of the state before, but for what
	 * flows through U. before [rows][S*H]. Writes dgx and dgh [rows][G*H]. */
	void (*backward)(int rows, int hidden, const float *before, const float *saved, float *dstate,
			 float *dgx, float *dgh);
} recurrent_cell;

void recurrent_declare(trunk *t, weight_table *p);
size_t recurrent_state_size(const trunk *t);
size_t recurrent_cache_size(const trunk *t, int steps, int lanes);
void recurrent_forward(const trunk *t, const float *w, const sequence *s, const float *x, float *state,
		       float *y, float *cache);
void recurrent_backward(const trunk *t, const float *w, const sequence *s, const float *x, float *dy,
			float *cache, float *dw, float *dx);
void recurrent_step(const trunk *t, const float *w, const float *x, float *state, float *y);

#endif
