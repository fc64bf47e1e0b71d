#include "model/teacher.h"

#include <stdlib.h>
#include <string.h>

#define TEACHER_SHARE 0.7f /* of what is expected; the rest is what came */

struct teacher {
	int n;
	model *model[TEACHER_MAX];
	net_work work[TEACHER_MAX];
	float *chance; /* [rows][INSTRUMENTS], of one of them */
};

static dr_status
check_styles(const model *m, const char *path, const model_info *info, dr_error *err)
{
	bool same = m->info.n_styles == info->n_styles;
	for (int s = 0; s < info->n_styles && same; s++)
		same = strcmp(m->info.style[s].name, info->style[s].name) == 0;
	return same ? DR_OK
		    : error_set(err, DR_BAD_INPUT, "%s: a teacher was trained on the styles of these folders",
				path);
}

dr_status
teacher_new(const char *const *path, int n, const model_info *info, int steps, int lanes, teacher **out,
	    dr_error *err)
{
	teacher *t = calloc(1, sizeof *t);
	dr_status status = t ? DR_OK : error_set(err, DR_FAILED, "out of memory");
	*out = NULL;
	if (t && !(t->chance = weights_alloc((size_t)steps * (size_t)lanes * INSTRUMENTS)))
		status = error_set(err, DR_FAILED, "out of memory");
	for (int k = 0; k < n && status == DR_OK; k++) {
		status = model_load(path[k], &t->model[k], err);
		if (status == DR_OK)
			status = check_styles(t->model[k], path[k], info, err);
		if (status == DR_OK && !net_work_init(&t->work[k], &t->model[k]->net, steps, lanes))
			status = error_set(err, DR_FAILED, "out of memory");
		t->n++;
	}
	if (status == DR_OK)
		*out = t;
	else
		teacher_free(t);
	return status;
}

void
teacher_free(teacher *t)
{
	if (!t)
		return;
	for (int k = 0; k < t->n; k++) {
		net_work_clear(&t->work[k]);
		model_free(t->model[k]);
	}
	free(t->chance);
	free(t);
}

void
teacher_listen(teacher *t, const net_batch *b, float *chance)
{
	const size_t n = (size_t)b->steps * (size_t)b->lanes * INSTRUMENTS;
	for (size_t i = 0; i < n; i++)
		chance[i] = (1.0f - TEACHER_SHARE) * (float)(b->mask[i / INSTRUMENTS] >> i % INSTRUMENTS & 1);
	for (int k = 0; k < t->n; k++) {
		net_expect(&t->model[k]->net, t->model[k]->w, b, &t->work[k], t->chance);
		for (size_t i = 0; i < n; i++)
			chance[i] += TEACHER_SHARE / (float)t->n * t->chance[i];
	}
}
