/* What trained networks expect, for another to learn from beside what came: where they are not sure, nothing
 * is to be known by heart (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015; of
 * networks of the same kind Furlanello and others, "Born-Again Neural Networks", ICML 2018). One thread. */
#ifndef DRUMLIN_TEACHER_H
#define DRUMLIN_TEACHER_H

#include "model/model_file.h"

enum { TEACHER_MAX = 4 };

typedef struct teacher teacher;

/* Reads the networks (files), for batches of this size. Errors: DR_BAD_INPUT (model_load's; styles other than
 * info's, or in another order), DR_FAILED (memory). */
dr_status teacher_new(const char *const *path, int n, const model_info *info, int steps, int lanes,
		      teacher **out, dr_error *err) DR_CHECKED;
void teacher_free(teacher *t);

/* The networks hear a batch, which follows the one before. Writes to chance[rows][12], for each hit given
 * those before it in its step, the mean of what they expect, mixed with what came. */
void teacher_listen(teacher *t, const net_batch *b, float *chance);

#endif
