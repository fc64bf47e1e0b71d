#include "model/eval_styles.h"

#include <stdlib.h>

dr_status
eval_write_json(json_t *object, int digits, FILE *out, dr_error *err)
{
	const int failed = json_dumpf(object, out, JSON_INDENT(2) | JSON_REAL_PRECISION((size_t)digits));
	json_decref(object);
	if (failed || fputc('\n', out) == EOF)
		return error_set(err, DR_FAILED, "the figures could not be written");
	return DR_OK;
}

dr_status
eval_styles(const style_listener *l, const model *m, const corpus *c, int seeds, bool json, FILE *out,
	    dr_error *err)
{
	const int n = model_n_styles(m);
	style_stage on = {.model = m, .corpus = c, .seeds = seeds};
	char *figures = calloc((size_t)n + 1, l->size);
	dr_status status =
	    figures ? rehearsal_new(m, &on.rehearsal, err) : error_set(err, DR_FAILED, "out of memory");
	for (int i = 0; i < n && status == DR_OK; i++)
		status = l->listen(&on, i, figures + (size_t)i * l->size, err);
	if (status == DR_OK && json)
		status = eval_write_json(l->to_json(figures, n), 5, out, err);
	else if (status == DR_OK)
		l->print(figures, n, out);
	rehearsal_free(on.rehearsal);
	free(figures);
	return status;
}
