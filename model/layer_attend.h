/* Additive attention (Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and
 * Translate", ICLR 2015) of one query over a few remembered rows:
 *   e_j = v . tanh(k_j + q)    a = softmax(e)    c = sum of a_j o_j
 * A row of memory is o_j [width], then its key k_j [width]. Whatever the weights, |e| <= |v|_1 and c lies
 * among the o_j. Pure; any thread; no allocation. */
#ifndef DRUMLIN_LAYER_ATTEND_H
#define DRUMLIN_LAYER_ATTEND_H

enum { ATTEND_MOST = 32 };

/* memory: n rows, at most ATTEND_MOST; a[n] receives their shares, c[width] the context (0 without rows). */
void attend_forward(int width, const float *v, const float *q, const float *const *memory, int n, float *a,
		    float *c);

/* Given a and the gradient dc: adds to dv, to dq, and to the rows of dmemory. */
void attend_backward(int width, const float *v, const float *q, const float *const *memory, int n,
		     const float *a, const float *dc, float *dv, float *dq, float *const *dmemory);

#endif
