#include "model/kit_map.h"

#include "rt/instrument.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORD = 512 };

typedef struct mapper {
	const char *name;
	int line;
	const char *begin, *at; /* of the line; NUL-terminated */
	kit_desc *desc;
	kit_warner *warner;
	uint32_t mapped[INSTRUMENTS]; /* 1 + index of the instrument that lines made for a place; 0 none */
	bool failed;
} mapper;

static void
fault(mapper *m, const char *what)
{
	kit_warn(m->warner, "%s:%d:%d: %s; the line is passed over", m->name, m->line,
		 (int)(m->at - m->begin) + 1, what);
}

static void
skip_blanks(mapper *m)
{
	while (*m->at == ' ' || *m->at == '\t')
		m->at++;
}

/* The next word, or what stands in quotes; false (and told) if there is none. */
static bool
word(mapper *m, char out[WORD], const char *wanted)
{
	skip_blanks(m);
	size_t n = 0;
	if (*m->at == '"') {
		const char *end = strchr(m->at + 1, '"');
		if (!end) {
			fault(m, "a quote that does not end");
			return false;
		}
		n = (size_t)(end - m->at - 1);
		if (n < WORD) {
			memcpy(out, m->at + 1, n);
			out[n] = '\0';
			m->at = end + 1;
			return true;
		}
	} else {
		while (m->at[n] && !isspace((unsigned char)m->at[n]) && m->at[n] != '=' && m->at[n] != '#')
			n++;
	}
	if (n == 0 || n >= WORD) {
		char what[80];
		snprintf(what, sizeof what, n ? "%s is too long" : "%s is missing", wanted);
		fault(m, what);
		return false;
	}
	memcpy(out, m->at, n);
	out[n] = '\0';
	m->at += n;
	return true;
}

static bool
at_end(mapper *m)
{
	skip_blanks(m);
	return *m->at == '\0' || *m->at == '#';
}

static bool
number(mapper *m, double low, double high, float *out)
{
	char *end;
	skip_blanks(m);
	const double x = strtod(m->at, &end);
	if (end == m->at || !(x >= low && x <= high)) {
		char what[80];
		snprintf(what, sizeof what, "a number from %g to %g is missing", low, high);
		fault(m, what);
		return false;
	}
	m->at = end;
	*out = (float)x;
	return true;
}

/* The options behind a file or a colon; layer is NULL where the whole instrument is meant. */
static bool
options(mapper *m, kit_desc_instrument *in, kit_desc_layer *layer)
{
	while (!at_end(m)) {
		char key[WORD];
		const char *start = m->at;
		float x, y;
		if (!word(m, key, "an option"))
			return false;
		if (strcmp(key, "gain") == 0) {
			if (!number(m, -60.0, 24.0, &x))
				return false;
			*(layer ? &layer->gain : &in->gain) *= powf(10.0f, x / 20.0f);
		} else if (strcmp(key, "tune") == 0) {
			if (!number(m, -48.0, 48.0, &x))
				return false;
			*(layer ? &layer->pitch : &in->pitch) += x;
		} else if (strcmp(key, "pan") == 0) {
			if (!number(m, -1.0, 1.0, layer ? &layer->pan : &in->pan))
				return false;
		} else if (strcmp(key, "choke") == 0) {
			if (!number(m, -1.0, 1000.0, &x))
				return false;
			in->mute_group = (int)x;
		} else if (strcmp(key, "velocity") == 0 && layer) {
			if (!number(m, 1.0, 127.0, &x))
				return false;
			if (*m->at != '-') {
				fault(m, "velocities are written 1-127");
				return false;
			}
			m->at++;
			if (!number(m, 1.0, 127.0, &y))
				return false;
			kit_desc_set_velocities(layer, (int)x, (int)y);
		} else if (strcmp(key, "select") == 0) {
			if (!word(m, key, "velocity, robin or random"))
				return false;
			if (strcmp(key, "robin") == 0) {
				in->selection = KIT_SELECT_ROUND_ROBIN;
			} else if (strcmp(key, "random") == 0) {
				in->selection = KIT_SELECT_RANDOM;
			} else if (strcmp(key, "velocity") == 0) {
				in->selection = KIT_SELECT_VELOCITY;
			} else {
				fault(m, "velocity, robin or random is missing");
				return false;
			}
		} else {
			m->at = start;
			fault(m, "unknown option");
			return false;
		}
	}
	return true;
}

static kit_desc_instrument *
holder_of(const mapper *m, int place)
{
	for (uint32_t i = 0; i < m->desc->n_instruments; i++)
		if (m->desc->instruments[i].place == place)
			return &m->desc->instruments[i];
	return NULL;
}

static void
give_place(mapper *m, kit_desc_instrument *in, int place)
{
	kit_desc_instrument *before = holder_of(m, place);
	if (before)
		before->place = -1;
	if (in) {
		in->place = in->wants = place;
		in->why = KIT_BY_MAP;
		in->sure = 1.0f;
	}
}

static void
map_instrument(mapper *m, int place)
{
	char name[WORD];
	if (!word(m, name, "an instrument's name"))
		return;
	kit_desc_instrument *found = NULL;
	for (uint32_t i = 0; i < m->desc->n_instruments && !found; i++)
		if (m->desc->instruments[i].n_layers && strcasecmp(m->desc->instruments[i].name, name) == 0)
			found = &m->desc->instruments[i];
	if (!found) {
		fault(m, "the kit has no such instrument with samples");
	} else {
		give_place(m, found, place);
		(void)options(m, found, NULL);
	}
}

/* The first line for a place makes an instrument of its own; more lines add layers. */
static void
map_file(mapper *m, int place, const char *file)
{
	kit_desc_instrument *in = m->mapped[place] ? &m->desc->instruments[m->mapped[place] - 1] : NULL;
	if (!in) {
		in = kit_desc_add_instrument(m->desc);
		if (!in) {
			m->failed = true;
			return;
		}
		const kit_desc_instrument *before = holder_of(m, place);
		in->mute_group = before ? before->mute_group : -1;
		snprintf(in->name, sizeof in->name, "%s %.44s", instrument_name(place), file);
		in->selection = KIT_SELECT_ROUND_ROBIN;
		m->mapped[place] = m->desc->n_instruments;
	}
	if (in->n_layers >= KIT_MAX_LAYERS) {
		fault(m, "too many layers");
		return;
	}
	kit_desc_layer *l = kit_desc_add_layer(in);
	if (!l || !(l->file = strdup(file))) {
		m->failed = true;
		return;
	}
	if (!options(m, in, l))
		kit_desc_drop_layers(in, in->n_layers - 1);
	if (in->n_layers)
		give_place(m, in, place);
}

static void
map_place(mapper *m, int place)
{
	char file[WORD];
	skip_blanks(m);
	const bool quoted = *m->at == '"';
	if (!word(m, file, "a sample's file"))
		return;
	if (!quoted && strcmp(file, "silent") == 0) {
		if (at_end(m))
			give_place(m, NULL, place);
		else
			fault(m, "nothing may follow silent");
	} else if (!quoted && strcmp(file, "instrument") == 0) {
		map_instrument(m, place);
	} else {
		map_file(m, place, file);
	}
}

/* What stands behind kit = or name =: in quotes, or up to a comment, which a blank must precede ("Kit in
 * F#"). */
static const char *
setting_text(const char *c, size_t *n)
{
	c += strspn(c, " \t");
	const char *end = *c == '"' ? strchr(c + 1, '"') : NULL;
	if (end) {
		*n = (size_t)(end - c - 1);
		return c + 1;
	}
	for (*n = 0; c[*n]; ++*n)
		if (c[*n] == '#' && (*n == 0 || isspace((unsigned char)c[*n - 1])))
			break;
	while (*n > 0 && isspace((unsigned char)c[*n - 1]))
		--*n;
	return c;
}

static void
read_line(mapper *m)
{
	char key[WORD];
	if (at_end(m))
		return;
	const char *start = m->at;
	if (!word(m, key, "a place"))
		return;
	skip_blanks(m);
	const char mark = *m->at;
	const int place = instrument_from_name(key);
	const bool setting = strcmp(key, "kit") == 0 || strcmp(key, "name") == 0;
	if (place < 0 && !setting) {
		m->at = start;
		fault(m, "not one of the twelve (BD SD CP RS CH OH LT MT HT CC RC PC), kit or name");
	} else if (mark != '=' && (mark != ':' || setting)) {
		fault(m, "= is missing");
	} else if (m->at++, setting) {
		size_t n;
		const char *text = setting_text(m->at, &n);
		if (key[0] == 'n' && n)
			snprintf(m->desc->name, sizeof m->desc->name, "%.*s", (int)n, text);
	} else if (mark == '=') {
		map_place(m, place);
	} else {
		kit_desc_instrument *in = holder_of(m, place);
		if (in)
			(void)options(m, in, NULL);
		else
			fault(m, "nothing plays there");
	}
}

/* The text's next line without its end, in a buffer; what is too long for any line is cut. */
static bool
next_line(const char *text, size_t size, size_t *at, char *line, size_t room)
{
	if (*at >= size)
		return false;
	size_t n = 0;
	for (; *at < size && text[*at] != '\n'; (*at)++)
		if (n + 1 < room && text[*at] && text[*at] != '\r')
			line[n++] = text[*at];
	++*at;
	line[n] = '\0';
	return true;
}

bool
kit_map_base(const char *text, size_t size, char **out)
{
	char line[2048];
	*out = NULL;
	for (size_t at = 0; next_line(text, size, &at, line, sizeof line);) {
		const char *c = line + strspn(line, " \t");
		size_t n;
		if (strncmp(c, "kit", 3) != 0)
			continue;
		c += 3 + strspn(c + 3, " \t");
		if (*c++ != '=')
			continue;
		c = setting_text(c, &n);
		*out = n ? strndup(c, n) : NULL;
		return *out || !n;
	}
	return true;
}

dr_status
kit_map_apply(const char *text, size_t size, const char *name, kit_desc *d, kit_warner *warner, dr_error *err)
{
	char line[2048];
	mapper m = {.name = name, .desc = d, .warner = warner};
	const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!c_locale)
		return error_set(err, DR_FAILED, "%s: out of memory", name);
	const locale_t before = uselocale(c_locale);
	for (size_t at = 0; !m.failed && next_line(text, size, &at, line, sizeof line);) {
		m.line++;
		m.begin = m.at = line;
		read_line(&m);
	}
	uselocale(before);
	freelocale(c_locale);
	return m.failed ? error_set(err, DR_FAILED, "%s: out of memory", name) : DR_OK;
}
