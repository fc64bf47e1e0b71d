#include "model/model_file.h"

#include "model/fileio.h"
#include "model/json_text.h"
#include "model/safetensors.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The features that a network was trained on; a file of another version cannot be used. */
#define FORMAT "drumlin-1"

enum { NUMBER = 24 };

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
		       read_hand(item, i == 0, info, style) && read_rolls(item, style);
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
	if (strcmp(format, FORMAT) != 0)
		return error_set(err, DR_BAD_INPUT, "%s: format %.20s; this program reads %s", name, format,
				 FORMAT);
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
	if (safetensors_count(s) != p->n)
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
	if (status == DR_OK)
		memcpy((*out)->w, w, (*out)->net.weights.total * sizeof *w);
	return status;
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
	small_free(m->small);
	free(m);
}

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
	safetensors_out tensor[WEIGHTS_MAX];
	for (int i = 0; i < n->weights.n; i++) {
		const weight_tensor *t = &n->weights.item[i];
		tensor[i] = (safetensors_out){t->name, t->rows, t->cols, w + t->offset};
	}
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
					FORMAT,
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
	dr_status status = styles && offsets ? safetensors_write(path, tensor, n->weights.n, metadata, err)
					     : error_set(err, DR_FAILED, "%s: out of memory", path);
	free(styles);
	free(offsets);
	return status;
}
