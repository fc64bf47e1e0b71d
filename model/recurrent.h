/* Stacks of recurrent layers: all that GRU and LSTM share. A cell is the part that differs: what one
 * layer does with its gates in one step. The stack does the products, the layers and the time. */
#ifndef DRUMLIN_RECURRENT_H
#define DRUMLIN_RECURRENT_H

#include "model/trunk.h"

enum { RECURRENT_MAX_GATES = 4, RECURRENT_TENSORS = 3 /* a layer's, in trunk.at */ };

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
void recurrent_step(const trunk *t, const step_weights *w, const float *x, float *state, float *y);

/* A layer taken apart, for trunks whose first layer is fed with more than its input: such a trunk begins
 * with recurrent_declare's tensors, its state with recurrent_state_size floats and its cache with
 * recurrent_cache_size. */

/* A layer's part of the cache; rows are [steps][lanes]. */
typedef struct recurrent_layer {
	float *gx;     /* [N][G*H]; backward puts its gradient there */
	float *dgh;    /* [N][G*H] */
	float *before; /* [N][S*H]: the state that each step found */
	float *saved;  /* [N][K*H] */
	float *y;      /* [N][H] */
	float *dy;     /* [N][H] */
	float *dstate; /* [lanes][S*H] */
} recurrent_layer;

recurrent_layer recurrent_layer_at(const trunk *t, float *cache, int layer, const sequence *s);

/* Forward: gx of all steps from the layer's input; then step by step, between which gx of the coming step may
 * be added to. first: the layer's part of the first lane's state. */
void recurrent_take_input(const trunk *t, const float *w, int layer, const sequence *s, const float *x,
			  const recurrent_layer *c);
void recurrent_pass_step(const trunk *t, const float *w, int layer, const sequence *s, int step, float *state,
			 const recurrent_layer *c);

/* Backward: begin, then from the last step to the first, each given the gradient of its own output
 * dy[lanes][H]; it leaves dgx of the step in gx. Then the gradients of the tensors and (unless din is NULL)
 * of the input. */
void recurrent_begin_back(const trunk *t, const sequence *s, const recurrent_layer *c);
void recurrent_back_step(const trunk *t, const float *w, int layer, const sequence *s, int step,
			 const float *dy, const recurrent_layer *c);
void recurrent_add_gradient(const trunk *t, const float *w, int layer, const sequence *s, const float *x,
			    const recurrent_layer *c, float *dw, float *din);

/* The layers from `from` on, as forward, backward and step do them all. x is the input of the first of them;
 * where there are none of them forward and step copy x to y, and backward dy to dx. */
void recurrent_forward_from(const trunk *t, const float *w, int from, const sequence *s, const float *x,
			    float *state, float *y, float *cache);
void recurrent_backward_from(const trunk *t, const float *w, int from, const sequence *s, const float *x,
			     float *dy, float *cache, float *dw, float *dx);
void recurrent_step_from(const trunk *t, const step_weights *w, int from, const float *x, float *state,
			 float *y);

/* One layer, one step: gx[G*H] holds W x + b and what else the layer is fed with. */
void recurrent_step_layer(const trunk *t, const step_weights *w, int layer, float *gx, float *state);
/* gx = W x + b */
void recurrent_step_input(const trunk *t, const step_weights *w, int layer, const float *x, float *gx);

extern const recurrent_cell cell_gru, cell_lstm;

#endif
