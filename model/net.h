/* A whole network: features -> trunk -> chain of hits and heads of hits. Its weights are one flat
 * vector; this describes it (plain data) and runs it over batches of sequences for training and scoring.
 * Playing, one step at a time, is model.h's. */
#ifndef DRUMLIN_NET_H
#define DRUMLIN_NET_H

#include "model/chain.h"
#include "model/hit_heads.h"
#include "model/trunk.h"

enum { NET_GROUPS = 64 };

/* Sizes; 0 takes the default. */
typedef struct net_config {
	const trunk_type *type;
	int hidden, layers, chain_hidden, head_hidden;
} net_config;

typedef struct net {
	weight_table weights;
	trunk trunk;
	chain chain;
	hit_heads heads;
} net;

/* Errors: DR_USAGE for sizes beyond what the layers hold. */
dr_status net_init(net *n, const net_config *config, dr_error *err) DR_CHECKED;

/* A batch of sequences: rows are [steps][lanes]. Owned arrays; filled by batches.h or by a test. */
typedef struct net_batch {
	int steps, lanes;
	float *x;          /* [rows][FEATURES] */
	step_hits *target; /* [rows] */
	uint16_t *mask;    /* [rows]: hit masks of target */
	float *weight;     /* [rows]: 0 for rows that do not count */
	uint8_t *reset;    /* [rows]: this step begins a pattern */
	uint8_t *group;    /* [rows]: which sum a row's loss goes to, below NET_GROUPS */
} net_batch;

/* false without memory */
bool net_batch_init(net_batch *b, int steps, int lanes);
void net_batch_clear(net_batch *b);

/* What a pass over batches of one size needs beside the weights. */
typedef struct net_work {
	float *state;                 /* [lanes][trunk state], carried from batch to batch */
	float *cache, *y, *dy, *keep; /* trunk: its cache, output, gradient, dropout factors */
	float *base, *direct, *heads_base;
	float *loss;
	heads_work heads;
	int steps, lanes;
} net_work;

bool net_work_init(net_work *k, const net *n, int steps, int lanes);
void net_work_clear(net_work *k);

/* Sums over rows, in nats. */
typedef struct net_loss {
	double hits;
	heads_loss heads;
	long steps;
} net_loss;

/* How to train on a batch. */
typedef struct net_training {
	float head_share;    /* weight of velocity, microtiming and ratchet beside the hits */
	const float *chance; /* [rows][12]: what is learned of the hits in their place (teacher.h), or NULL */
	float dropout;       /* of the trunk's output */
	uint64_t seed;       /* of this batch's dropout */
	float *dw;           /* [weights.total]: the gradient is added here */
	float *dx;           /* [rows][FEATURES] or NULL: for tests */
} net_training;

/* Runs a batch on; adds its losses to sums[group]. With training (may be NULL) also the gradient of
 * sum of weight * (hits + head_share * heads) over the rows. */
void net_run(const net *n, const float *w, const net_batch *b, net_work *k, net_loss sums[NET_GROUPS],
	     const net_training *training);

/* Runs a batch on; writes the chance of each hit given those before it in its step to chance[rows][12]. */
void net_expect(const net *n, const float *w, const net_batch *b, net_work *k, float *chance);

/* Starts the output biases at the frequencies of the training steps, so that the first updates need not
 * learn them. Counts with add-half. */
typedef struct net_counts {
	double steps, hit[INSTRUMENTS];
	double velocity[INSTRUMENTS][MODEL_VELOCITIES], offset[INSTRUMENTS][MODEL_OFFSETS];
	double ratchet[INSTRUMENTS][STEP_MAX_RATCHET];
} net_counts;
void net_count(net_counts *c, const step_hits *step, int n);
void net_start_biases(const net *n, const net_counts *c, float *w);

#endif
