#include "model/model_file.h"

#include "model/fileio.h"
#include "model/safetensors.h"

#include <jansson.h>

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dr_status
bad(const char *name, const char *what, dr_error *err)
{
	return error_set(err, DR_BAD_INPUT, "%s: metadata: %s", name, what);
}

static bool
read_number(const safetensors *s, const char *key, long long least, long long most, long long *out)
{
	const char *text = safetensors_metadata(s, key);
	char *end = NULL;
	errno = 0;
	long long v = text ? strtoll(text, &end, 10) : 0;
	if (!text || errno || end == text || *end || v < least || v > most)
		return false;
	*out = v;
	return true;
}

static bool
finite_real(const json_t *v, double least, double most, float *out)
{
	double d = json_number_value(v);
	if (!json_is_number(v) || !isfinite(d) || d < least || d > most)
		return false;
	*out = (float)d;
	return true;
}

/* Every style says how much of it drummers played, or none does. */
static bool
read_hand(const json_t *item, bool first, model_info *info, model_style *style)
{
	const json_t *share = json_object_get(item, "drummer");
	if (first)
		info->hands = share != NULL;
	return info->hands ? finite_real(share, 0, 1, &style->drummer) : !share;
}

/* Younger than the format: a model may be silent about it. */
static bool
read_rolls(const json_t *item, model_style *style)
{
	const json_t *share = json_object_get(item, "rolls");
	return !share || finite_real(share, 0, 1, &style->rolls);
}

/* Likewise. */
static bool
read_touch(const json_t *item, const char *key, int *number)
{
	const json_t *row = json_object_get(item, key);
	const json_int_t n = json_integer_value(row);
	*number = row && n > 0 && n <= MODEL_MAX_TOUCHES ? (int)n : 0;
	return !row || *number > 0;
}

static bool
read_styles(const char *text, model_info *info)
{
	json_t *list = text ? json_loads(text, 0, NULL) : NULL;
	bool good = json_is_array(list) && json_array_size(list) <= MODEL_MAX_STYLES;
	for (size_t i = 0; good && i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(item, "name"));
		model_style *style = &info->style[i];
		good = name && name[0] && strlen(name) < sizeof style->name &&
		       finite_real(json_object_get(item, "hits_per_bar"), 0, 400, &style->hits_per_bar) &&
		       finite_real(json_object_get(item, "tempo"), 0, 1000, &style->tempo) &&
		       read_hand(item, i == 0, info, style) && read_rolls(item, style) &&
		       read_touch(item, "touch", &style->touch) &&
		       read_touch(item, "touch_other", &style->touch_other);
		if (good)
			snprintf(style->name, sizeof style->name, "%s", name);
		info->n_styles++;
	}
	json_decref(list);
	return good;
}

static bool
read_offsets(const char *text, model_info *info)
{
	json_t *list = text ? json_loads(text, 0, NULL) : NULL;
	bool good = json_is_array(list) && json_array_size(list) == MODEL_OFFSETS;
	for (size_t i = 0; good && i < MODEL_OFFSETS; i++)
		good = finite_real(json_array_get(list, i), -0.5, 0.5, &info->offset_value[i]);
	json_decref(list);
	return good;
}

static dr_status
read_info(const safetensors *s, const char *name, model_info *info, dr_error *err)
{
	memset(info, 0, sizeof *info);
	const char *format = safetensors_metadata(s, "format"), *arch = safetensors_metadata(s, "arch");
	if (!format)
		return bad(name, "no format: not a Drumlin model", err);
	if (strcmp(format, MODEL_FORMAT) != 0)
		return error_set(err, DR_BAD_INPUT, "%s: format %.20s; this program reads %s", name, format,
				 MODEL_FORMAT);
	info->config.type = arch ? trunk_find(arch) : NULL;
	if (!info->config.type)
		return error_set(err, DR_BAD_INPUT, "%s: unknown architecture %.20s", name,
				 arch ? arch : "(none)");
	long long hidden, layers, chain_hidden, head_hidden, features, seed, steps;
	if (!read_number(s, "hidden", 1, TRUNK_MAX_HIDDEN, &hidden) ||
	    !read_number(s, "layers", 1, TRUNK_MAX_LAYERS, &layers) ||
	    !read_number(s, "chain", 1, CHAIN_MAX_HIDDEN, &chain_hidden) ||
	    !read_number(s, "heads", 1, HEADS_MAX_HIDDEN, &head_hidden))
		return bad(name, "sizes missing or out of range", err);
	if (!read_number(s, "features", 1, 1 << 16, &features) || features != FEATURES)
		return bad(name, "made for other inputs than this program gives", err);
	if (!read_number(s, "seed", INT64_MIN, INT64_MAX, &seed) ||
	    !read_number(s, "steps", 0, LONG_MAX, &steps))
		return bad(name, "seed or steps missing", err);
	info->config.hidden = (int)hidden;
	info->config.layers = (int)layers;
	info->config.chain_hidden = (int)chain_hidden;
	info->config.head_hidden = (int)head_hidden;
	info->seed = (uint64_t)seed;
	info->steps = (long)steps;
	if (!read_styles(safetensors_metadata(s, "styles"), info))
		return bad(name, "styles missing or not as they should be", err);
	if (info->n_styles == 0)
		info->hands = safetensors_metadata(s, "hands") != NULL;
	if (!read_offsets(safetensors_metadata(s, "offset_values"), info))
		return bad(name, "offset values missing or out of range", err);
	const char *hits = safetensors_metadata(s, "hits_per_bar"),
		   *corpora = safetensors_metadata(s, "corpora");
	info->hits_per_bar = hits ? strtof(hits, NULL) : 0.0f;
	if (!(info->hits_per_bar > 0 && info->hits_per_bar < 400))
		return bad(name, "hits_per_bar missing or out of range", err);
	snprintf(info->corpora, sizeof info->corpora, "%s", corpora ? corpora : "");
	return DR_OK;
}

int
model_touches(const model_info *info)
{
	int n = 0;
	for (int i = 0; i < info->n_styles; i++)
		n += (info->style[i].touch > 0) + (info->style[i].touch_other > 0);
	return n;
}

/* The styles' touches, if there are any: as many as the styles have, each another. */
static dr_status
read_touches(const safetensors *s, const char *name, model *m, dr_error *err)
{
	const int n = model_touches(&m->info);
	const safetensors_tensor *found = safetensors_find(s, MODEL_TOUCH_TENSOR);
	bool taken[MODEL_MAX_TOUCHES + 1] = {false};
	if (n == 0 && !found)
		return DR_OK;
	if (!found || found->cols != TOUCH_FLOATS || found->rows != n * TOUCH_CELLS)
		return error_set(err, DR_BAD_INPUT,
				 "%s: tensor " MODEL_TOUCH_TENSOR " does not go with its styles", name);
	for (int i = 0; i < 2 * m->info.n_styles; i++) {
		const model_style *style = &m->info.style[i / 2];
		const int row = i % 2 ? style->touch_other : style->touch;
		if (row > n || (row && taken[row]))
			return bad(name, "styles share a touch or have one that is not there", err);
		taken[row] = true;
	}
	m->info.touch = m->touch = calloc((size_t)found->rows, sizeof *m->touch);
	if (!m->touch)
		return error_set(err, DR_FAILED, "%s: out of memory", name);
	memcpy(m->touch, found->data, (size_t)found->rows * sizeof *m->touch);
	for (int k = 0; k < found->rows; k++)
		if (!touch_is_sound(&m->touch[k]))
			return error_set(err, DR_BAD_INPUT,
					 "%s: tensor " MODEL_TOUCH_TENSOR ", row %d does not rise", name, k);
	return DR_OK;
}

static dr_status
read_weights(const safetensors *s, const char *name, const weight_table *p, float *w, dr_error *err)
{
	for (int i = 0; i < p->n; i++) {
		const weight_tensor *t = &p->item[i];
		const safetensors_tensor *found = safetensors_find(s, t->name);
		if (!found)
			return error_set(err, DR_BAD_INPUT, "%s: tensor %s is missing", name, t->name);
		if (found->rows != t->rows || found->cols != t->cols)
			return error_set(err, DR_BAD_INPUT, "%s: tensor %s is %dx%d, should be %dx%d", name,
					 t->name, found->rows, found->cols, t->rows, t->cols);
		size_t n = (size_t)t->rows * (size_t)t->cols;
		memcpy(w + t->offset, found->data, n * sizeof *w);
		for (size_t k = 0; k < n; k++)
			if (!isfinite(w[t->offset + k]))
				return error_set(err, DR_BAD_INPUT,
						 "%s: tensor %s holds a value that is no number", name,
						 t->name);
	}
	if (safetensors_count(s) != p->n + (safetensors_find(s, MODEL_TOUCH_TENSOR) != NULL))
		return error_set(err, DR_BAD_INPUT, "%s: has tensors that its architecture does not know",
				 name);
	return DR_OK;
}

/* A model with its layout, weights still zero. */
static dr_status
allocate(const model_info *info, model **out, dr_error *err)
{
	model *m = calloc(1, sizeof *m);
	if (!m)
		return error_set(err, DR_FAILED, "out of memory");
	m->info = *info;
	m->info.touch = NULL;
	dr_status status = net_init(&m->net, &info->config, err);
	if (status == DR_OK && !(m->w = weights_alloc(m->net.weights.total)))
		status = error_set(err, DR_FAILED, "out of memory");
	if (status != DR_OK) {
		model_free(m);
		return status;
	}
	const trunk *t = &m->net.trunk;
	size_t at = 0;
	const size_t sizes[] = {FEATURES,
				t->type->state_size(t),
				(size_t)t->hidden,
				(size_t)m->net.chain.hidden,
				INSTRUMENTS,
				(size_t)m->net.heads.hidden,
				(size_t)m->net.chain.hidden,
				(size_t)m->net.chain.hidden};
	size_t *const places[] = {&m->at.x,      &m->at.trunk,      &m->at.y, &m->at.base,
				  &m->at.direct, &m->at.heads_base, &m->at.a, &m->at.tanh_a};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		*places[i] = at;
		at += (sizes[i] + WEIGHT_ALIGN - 1) / WEIGHT_ALIGN * WEIGHT_ALIGN;
	}
	m->at.floats = at;
	*out = m;
	return DR_OK;
}

dr_status
model_new(const model_info *info, const float *w, model **out, dr_error *err)
{
	*out = NULL;
	dr_status status = allocate(info, out, err);
	if (status != DR_OK)
		return status;
	memcpy((*out)->w, w, (*out)->net.weights.total * sizeof *w);
	const size_t touches = (size_t)model_touches(info) * TOUCH_CELLS * sizeof *info->touch;
	if (!touches)
		return DR_OK;
	if (!((*out)->touch = malloc(touches))) {
		model_free(*out);
		*out = NULL;
		return error_set(err, DR_FAILED, "out of memory");
	}
	memcpy((*out)->touch, info->touch, touches);
	(*out)->info.touch = (*out)->touch;
	return DR_OK;
}

dr_status
model_parse(const void *data, size_t size, const char *name, model **out, dr_error *err)
{
	safetensors *s;
	model_info info;
	*out = NULL;
	dr_status status = safetensors_parse(data, size, name, &s, err);
	if (status != DR_OK)
		return status;
	model *m = NULL;
	status = read_info(s, name, &info, err);
	/* The biggest tensor that the sizes imply must be there before memory is taken for all of them. */
	if (status == DR_OK &&
	    size / 4 < (size_t)info.config.hidden * (size_t)(info.config.hidden + FEATURES))
		status = error_set(err, DR_BAD_INPUT, "%s: too small for the sizes in its metadata", name);
	if (status == DR_OK)
		status = allocate(&info, &m, err);
	if (status == DR_OK)
		status = read_weights(s, name, &m->net.weights, m->w, err);
	if (status == DR_OK)
		status = read_touches(s, name, m, err);
	safetensors_free(s);
	if (status != DR_OK) {
		model_free(m);
		return status;
	}
	*out = m;
	return DR_OK;
}

dr_status
model_load(const char *path, model **out, dr_error *err)
{
	char *data;
	size_t size;
	*out = NULL;
	dr_status status = file_read_whole(path, MODEL_MAX_FILE, &data, &size, err);
	if (status != DR_OK)
		return status;
	status = model_parse(data, size, path, out, err);
	free(data);
	return status;
}

void
model_free(model *m)
{
	if (!m)
		return;
	free(m->w);
	free(m->touch);
	small_free(m->small);
	free(m);
}
