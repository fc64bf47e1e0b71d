#include "model/layer_relative.h"

#include "model/blas.h"
#include "model/vec.h"

#include <math.h>

enum { REACH = RELATIVE_REACH };

past
relative_memory(relative r)
{
	return (past){REACH, 2 * r.width};
}

size_t
relative_shares_size(relative r, int steps, int lanes)
{
	return (size_t)steps * (size_t)lanes * (size_t)r.heads * REACH;
}

/* Two bands of scores by key, one by distance. */
size_t
relative_work_size(int steps)
{
	return (size_t)steps * (size_t)(2 * (REACH + steps) + REACH);
}

/* One head of one lane: where its numbers begin, and how far apart those of one step and the next lie. */
typedef struct view {
	const float *q, *k, *v;
	size_t shares;                                 /* offset */
	int steps, all, width, q_ld, kv_ld, shares_ld; /* all: steps and what was before them */
	float scale;
} view;

static view
view_of(relative r, const sequence *s, int lane, int head, const float *qkv, const float *rows)
{
	const int width = r.width / r.heads, at = head * width;
	view v = {.steps = s->steps,
		  .all = REACH + s->steps,
		  .width = width,
		  .q_ld = s->lanes * 3 * r.width,
		  .kv_ld = s->lanes * 2 * r.width,
		  .shares_ld = s->lanes * r.heads * REACH,
		  .scale = 1.0f / sqrtf((float)width)};
	v.q = qkv + (size_t)(lane * 3 * r.width + at);
	v.k = rows + (size_t)(lane * 2 * r.width + at);
	v.v = v.k + r.width;
	v.shares = (size_t)((lane * r.heads + head) * REACH);
	return v;
}

VEC_CLONES static void
softmax(int n, float *restrict x)
{
	/* cppcheck-suppress uninitvar ; there is always one: a step reaches itself */
	float top = x[0], sum = 0.0f;
	for (int i = 1; i < n; i++)
		top = x[i] > top ? x[i] : top;
	for (int i = 0; i < n; i++)
		x[i] = vec_exp1(x[i] - top);
	for (int i = 0; i < n; i++)
		sum += x[i];
	for (int i = 0; i < n; i++)
		x[i] /= sum;
}

/* Puts a row of distances where its keys are: distance d of step t is key REACH + t - d. */
static void
by_key(int step, const float *distances, int all, float *keys)
{
	memset(keys, 0, (size_t)all * sizeof *keys);
	for (int d = 0; d < REACH; d++)
		keys[REACH + step - d] = distances[d];
}

static void
head_forward(const view *v, const float *distance, int distance_ld, const float *depth, int depth_ld,
	     float *shares, float *work, float *o, int o_ld)
{
	float *keys = work, *near = work + (size_t)v->steps * (size_t)v->all;
	blas_gemm(false, true, v->steps, v->all, v->width, v->q, v->q_ld, v->k, v->kv_ld, 0.0f, keys, v->all);
	blas_gemm(false, true, v->steps, REACH, v->width, v->q, v->q_ld, distance, distance_ld, 0.0f, near,
		  REACH);
	for (int t = 0; t < v->steps; t++) {
		float *a = shares + v->shares + (size_t)t * (size_t)v->shares_ld,
		      *key = keys + (size_t)(t * v->all);
		const float had = depth[(size_t)t * (size_t)depth_ld];
		const int n = had < REACH - 1 ? (int)had + 1 : REACH;
		memset(a, 0, REACH * sizeof *a);
		for (int d = 0; d < n; d++)
			a[d] = v->scale * (key[REACH + t - d] + near[(size_t)(t * REACH + d)]);
		softmax(n, a);
		by_key(t, a, v->all, key);
	}
	blas_gemm(false, false, v->steps, v->width, v->all, keys, v->all, v->v, v->kv_ld, 0.0f, o, o_ld);
}

void
relative_forward(relative r, const float *distance, const sequence *s, const float *depth, const float *qkv,
		 float *rows, float *shares, float *work, float *o)
{
	const size_t n = (size_t)s->steps * (size_t)s->lanes, wide = (size_t)r.width;
	float *now = rows + past_rows_size(relative_memory(r), 0, s->lanes);
	for (size_t row = 0; row < n; row++)
		memcpy(now + row * 2 * wide, qkv + row * 3 * wide + wide, 2 * wide * sizeof *now);
	for (int b = 0; b < s->lanes; b++)
		for (int e = 0; e < r.heads; e++) {
			const view v = view_of(r, s, b, e, qkv, rows);
			const int at = e * v.width;
			head_forward(&v, distance + at, r.width, depth + b, s->lanes, shares, work,
				     o + (size_t)b * wide + at, s->lanes * r.width);
		}
}

/* From the gradient of the shares to that of the scores, scale included. */
VEC_CLONES static void
through_softmax(float scale, const float *restrict a, float *restrict da)
{
	float mean = 0.0f;
	for (int d = 0; d < REACH; d++)
		mean += a[d] * da[d];
	for (int d = 0; d < REACH; d++)
		da[d] = scale * a[d] * (da[d] - mean);
}

typedef struct head_gradient {
	const float *out; /* of the output */
	float *q, *k, *v, *distance;
	int out_ld, q_ld, kv_ld, distance_ld;
} head_gradient;

static void
head_backward(const view *v, const float *distance, const float *shares, const head_gradient *g, float *work)
{
	float *keys = work, *dkeys = keys + (size_t)(v->steps * v->all);
	float *near = dkeys + (size_t)(v->steps * v->all);
	const int all = v->all, steps = v->steps, width = v->width;
	blas_gemm(false, true, steps, all, width, g->out, g->out_ld, v->v, v->kv_ld, 0.0f, dkeys, all);
	for (int t = 0; t < steps; t++) {
		const float *a = shares + v->shares + (size_t)t * (size_t)v->shares_ld;
		float *da = near + (size_t)(t * REACH), *key = dkeys + (size_t)(t * all);
		for (int d = 0; d < REACH; d++)
			da[d] = key[REACH + t - d];
		by_key(t, a, all, keys + (size_t)(t * all));
		through_softmax(v->scale, a, da);
		by_key(t, da, all, key);
	}
	blas_gemm(true, false, all, width, steps, keys, all, g->out, g->out_ld, 0.0f, g->v, g->kv_ld);
	blas_gemm(true, false, all, width, steps, dkeys, all, v->q, v->q_ld, 0.0f, g->k, g->kv_ld);
	blas_gemm(false, false, steps, width, all, dkeys, all, v->k, v->kv_ld, 0.0f, g->q, g->q_ld);
	blas_gemm(false, false, steps, width, REACH, near, REACH, distance, g->distance_ld, 1.0f, g->q,
		  g->q_ld);
	blas_gemm(true, false, REACH, width, steps, near, REACH, v->q, v->q_ld, 1.0f, g->distance,
		  g->distance_ld);
}

void
relative_backward(relative r, const float *distance, const sequence *s, const float *qkv, const float *rows,
		  const float *shares, const float *dout, float *work, float *drows, float *ddistance,
		  float *dqkv)
{
	const size_t n = (size_t)s->steps * (size_t)s->lanes, wide = (size_t)r.width;
	const float *now = drows + past_rows_size(relative_memory(r), 0, s->lanes);
	for (int b = 0; b < s->lanes; b++)
		for (int e = 0; e < r.heads; e++) {
			const view v = view_of(r, s, b, e, qkv, rows);
			const int at = e * v.width, kv = b * 2 * r.width + at;
			const head_gradient g = {.out = dout + (size_t)b * wide + at,
						 .q = dqkv + (size_t)b * 3 * wide + at,
						 .k = drows + kv,
						 .v = drows + kv + r.width,
						 .distance = ddistance + at,
						 .out_ld = s->lanes * r.width,
						 .q_ld = v.q_ld,
						 .kv_ld = v.kv_ld,
						 .distance_ld = r.width};
			head_backward(&v, distance + at, shares, &g, work);
		}
	for (size_t row = 0; row < n; row++)
		memcpy(dqkv + row * 3 * wide + wide, now + row * 2 * wide, 2 * wide * sizeof *dqkv);
}

void
relative_step(relative r, const float *distance, const float *qkv, const float *clock, float *ring, float *o)
{
	const past memory = relative_memory(r);
	const int width = r.width / r.heads;
	const float scale = 1.0f / sqrtf((float)width);
	float *now = past_now(memory, clock, ring);
	const float *row[REACH] = {now};
	int n = 1;
	memcpy(now, qkv + r.width, (size_t)memory.width * sizeof *now);
	while (n < REACH && (row[n] = past_back(memory, clock, ring, n)))
		n++;
	memset(o, 0, (size_t)r.width * sizeof *o);
	for (int e = 0; e < r.heads; e++) {
		const int at = e * width;
		float a[REACH];
		for (int d = 0; d < n; d++)
			a[d] = scale * (vec_dot(width, qkv + at, row[d] + at) +
					vec_dot(width, qkv + at, distance + (size_t)(d * r.width + at)));
		softmax(n, a);
		for (int d = 0; d < n; d++)
			vec_axpy(width, a[d], row[d] + r.width + at, o + at);
	}
}
