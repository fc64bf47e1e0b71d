/* Model files: how they are written. */
#include "model/model_file.h"

#include "model/json_text.h"
#include "model/safetensors.h"

#include <stdio.h>
#include <stdlib.h>

enum { NUMBER = 24 };

static char *
styles_text(const model_info *info)
{
	json_t *list = json_array();
	bool good = true;
	for (int i = 0; i < info->n_styles; i++) {
		const model_style *style = &info->style[i];
		json_t *item = json_pack("{s:s,s:f,s:f,s:f}", "name", style->name, "hits_per_bar",
					 (double)style->hits_per_bar, "tempo", (double)style->tempo, "rolls",
					 (double)style->rolls);
		if (info->hands)
			good &= json_object_set_new(item, "drummer", json_real((double)style->drummer)) == 0;
		if (style->touch)
			good &= json_object_set_new(item, "touch", json_integer(style->touch)) == 0;
		if (style->touch_other)
			good &=
			    json_object_set_new(item, "touch_other", json_integer(style->touch_other)) == 0;
		good &= json_array_append_new(list, item) == 0;
	}
	char *text = good ? json_text(list, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	json_decref(list);
	return text;
}

static char *
offsets_text(const model_info *info)
{
	json_t *list = json_array();
	bool good = true;
	for (int i = 0; i < MODEL_OFFSETS; i++)
		good &= json_array_append_new(list, json_real((double)info->offset_value[i])) == 0;
	char *text = good ? json_text(list, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	json_decref(list);
	return text;
}

dr_status
model_write(const char *path, const model_info *info, const net *n, const float *w, dr_error *err)
{
	safetensors_out tensor[WEIGHTS_MAX + 1];
	for (int i = 0; i < n->weights.n; i++) {
		const weight_tensor *t = &n->weights.item[i];
		tensor[i] = (safetensors_out){t->name, t->rows, t->cols, w + t->offset};
	}
	int tensors = n->weights.n;
	if (info->touch)
		tensor[tensors++] = (safetensors_out){MODEL_TOUCH_TENSOR, model_touches(info) * TOUCH_CELLS,
						      TOUCH_FLOATS, info->touch->played_velocity};
	char number[8][NUMBER];
	snprintf(number[0], NUMBER, "%d", n->trunk.hidden);
	snprintf(number[1], NUMBER, "%d", n->trunk.layers);
	snprintf(number[2], NUMBER, "%d", n->chain.hidden);
	snprintf(number[3], NUMBER, "%d", n->heads.hidden);
	snprintf(number[4], NUMBER, "%d", (int)FEATURES);
	snprintf(number[5], NUMBER, "%lld", (long long)info->seed);
	snprintf(number[6], NUMBER, "%ld", info->steps);
	snprintf(number[7], NUMBER, "%.9g", (double)info->hits_per_bar);
	char *styles = styles_text(info), *offsets = offsets_text(info);
	const char *const metadata[] = {"format",
					MODEL_FORMAT,
					"arch",
					n->trunk.type->name,
					"hidden",
					number[0],
					"layers",
					number[1],
					"chain",
					number[2],
					"heads",
					number[3],
					"features",
					number[4],
					"seed",
					number[5],
					"steps",
					number[6],
					"styles",
					styles,
					"offset_values",
					offsets,
					"hits_per_bar",
					number[7],
					"corpora",
					info->corpora,
					info->hands ? "hands" : NULL,
					"told",
					NULL};
	dr_status status = styles && offsets ? safetensors_write(path, tensor, tensors, metadata, err)
					     : error_set(err, DR_FAILED, "%s: out of memory", path);
	free(styles);
	free(offsets);
	return status;
}
