#include "model/kit_sfz.h"

#include "model/fileio.h"
#include "model/kit_sfz_regions.h"

#include <ctype.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_DEFINES = 256, MAX_INCLUDES = 256, MAX_UNKNOWN = 64, NAME = 48, VALUE = 512 };
enum level { CONTROL, GLOBAL, MASTER, GROUP, REGION, OTHER };

typedef struct sfz {
	const char *name; /* of the file that is being read */
	int line, depth, includes;
	sfz_include_fn *include;
	void *user;
	kit_warner *warner;
	dr_status status;
	dr_error error;
	enum level level;
	sfz_region global, master, group, open;
	sfz_region *regions;
	uint32_t n_regions;
	char default_path[VALUE];
	int note_offset;
	struct {
		char name[NAME], value[NAME];
	} defines[MAX_DEFINES];
	int n_defines;
	char unknown[MAX_UNKNOWN][NAME];
	int n_unknown, unknown_count;
} sfz;

static void
stop(sfz *s, dr_status status, const char *fault)
{
	if (s->status == DR_OK)
		s->status = error_set(&s->error, status, "%s:%d: %s", s->name, s->line, fault);
}

/* --- opcodes ------------------------------------------------------------------------------------------ */

enum kind { INTEGER, KEY, REAL, FRAMES };
static const struct opcode {
	const char *name;
	enum kind kind;
	size_t offset;
	double low, high;
} opcodes[] = {
    {"lokey", KEY, offsetof(sfz_region, lokey), -1, 127},
    {"hikey", KEY, offsetof(sfz_region, hikey), -1, 127},
    {"pitch_keycenter", KEY, offsetof(sfz_region, keycenter), -127, 127},
    {"lovel", INTEGER, offsetof(sfz_region, lovel), 0, 127},
    {"hivel", INTEGER, offsetof(sfz_region, hivel), 0, 127},
    {"seq_position", INTEGER, offsetof(sfz_region, seq_position), 1, 100},
    {"lorand", REAL, offsetof(sfz_region, lorand), 0, 1},
    {"hirand", REAL, offsetof(sfz_region, hirand), 0, 1},
    {"group", INTEGER, offsetof(sfz_region, group), INT_MIN, INT_MAX},
    {"off_by", INTEGER, offsetof(sfz_region, off_by), INT_MIN, INT_MAX},
    {"offby", INTEGER, offsetof(sfz_region, off_by), INT_MIN, INT_MAX},
    {"tune", REAL, offsetof(sfz_region, tune), -9600, 9600},
    {"pitch", REAL, offsetof(sfz_region, tune), -9600, 9600},
    {"transpose", REAL, offsetof(sfz_region, transpose), -127, 127},
    {"pitch_keytrack", REAL, offsetof(sfz_region, keytrack), -1200, 1200},
    {"volume", REAL, offsetof(sfz_region, volume), -144, 24},
    {"gain", REAL, offsetof(sfz_region, volume), -144, 24},
    {"amplitude", REAL, offsetof(sfz_region, amplitude), 0, 1600},
    {"pan", REAL, offsetof(sfz_region, pan), -100, 100},
    {"ampeg_attack", REAL, offsetof(sfz_region, attack), 0, 100},
    {"ampeg_hold", REAL, offsetof(sfz_region, hold), 0, 100},
    {"ampeg_decay", REAL, offsetof(sfz_region, decay), 0, 100},
    {"ampeg_sustain", REAL, offsetof(sfz_region, sustain), 0, 100},
    {"offset", FRAMES, offsetof(sfz_region, offset), 0, 4294967295.0},
    {"end", FRAMES, offsetof(sfz_region, end), -1, 4294967295.0},
    {"locc4", INTEGER, offsetof(sfz_region, lopedal), 0, 127},
    {"hicc4", INTEGER, offsetof(sfz_region, hipedal), 0, 127},
};

/* Of no meaning where every hit rings to its end and the velocity's curve is the house's own. */
static const char *const ignored[] = {"loop_mode", "loopmode", "seq_length", "ampeg_release", "amp_veltrack",
				      "polyphony", "off_mode", "lochan", "hichan", "sw_default"};

/* 60, c4 (which is 60), C#4, eb3. */
static bool
read_key(const char *text, double *out)
{
	static const int steps[] = {9, 11, 0, 2, 4, 5, 7};
	const int letter = tolower((unsigned char)text[0]);
	char *end;
	if (letter < 'a' || letter > 'g') {
		*out = strtod(text, &end);
		return end != text && *end == '\0';
	}
	int key = steps[letter - 'a'];
	text++;
	if (*text == '#' || *text == 'b') {
		key += *text == '#' ? 1 : -1;
		text++;
	}
	const long octave = strtol(text, &end, 10);
	if (end == text || *end || octave < -2 || octave > 9)
		return false;
	*out = (double)(key + 12 * (octave + 1));
	return true;
}

static bool
read_number(sfz *s, const struct opcode *o, const char *text, double *out)
{
	char *end;
	*out = strtod(text, &end);
	const bool good = o->kind == KEY ? read_key(text, out) : end != text && *end == '\0';
	if (!good || isnan(*out)) {
		kit_warn(s->warner, "%s:%d: %s=%.40s is no number, and is ignored", s->name, s->line, o->name, text);
		return false;
	}
	if (*out < o->low || *out > o->high) {
		const double clamped = fmin(fmax(*out, o->low), o->high);
		kit_warn(s->warner, "%s:%d: %s=%.40s is out of range; %g is used", s->name, s->line, o->name, text,
			 clamped);
		*out = clamped;
	}
	return true;
}

static sfz_region *
target(sfz *s)
{
	switch (s->level) {
	case GLOBAL: return &s->global;
	case MASTER: return &s->master;
	case GROUP: return &s->group;
	case REGION: return &s->open;
	default: return NULL;
	}
}

static void
count_unknown(sfz *s, const char *name)
{
	s->unknown_count++;
	for (int i = 0; i < s->n_unknown; i++)
		if (strcmp(s->unknown[i], name) == 0)
			return;
	if (s->n_unknown < MAX_UNKNOWN)
		snprintf(s->unknown[s->n_unknown++], NAME, "%s", name);
}

static void
set_number(sfz *s, sfz_region *r, const struct opcode *o, const char *value)
{
	double number;
	void *to = (char *)r + o->offset;
	if (!read_number(s, o, value, &number))
		return;
	switch (o->kind) {
	case KEY:
		if (o->offset != offsetof(sfz_region, keycenter)) {
			r->keyed = true;
			if (number >= 0.0)
				number = fmin(127.0, fmax(0.0, number + s->note_offset));
		}
		*(int *)to = (int)number;
		break;
	case INTEGER: *(int *)to = (int)number; break;
	case REAL: *(float *)to = (float)number; break;
	case FRAMES: *(double *)to = number; break;
	}
}

static void
set_sample(const sfz *s, sfz_region *r, const char *value)
{
	const size_t before = strlen(s->default_path), n = strlen(value);
	if (before + n >= sizeof r->sample) {
		kit_warn(s->warner, "%s:%d: the sample's name is too long", s->name, s->line);
		return;
	}
	memcpy(r->sample, s->default_path, before);
	memcpy(r->sample + before, value, n + 1);
	for (char *c = r->sample; *c; c++)
		if (*c == '\\')
			*c = '/';
}

static void
set_opcode(sfz *s, const char *name, const char *value)
{
	if (s->level == CONTROL) {
		if (strcmp(name, "default_path") == 0)
			snprintf(s->default_path, sizeof s->default_path, "%s", value);
		else if (strcmp(name, "note_offset") == 0)
			s->note_offset = (int)fmin(127.0, fmax(-127.0, strtod(value, NULL)));
		else
			count_unknown(s, name);
		return;
	}
	sfz_region *r = target(s);
	if (!r) {
		count_unknown(s, name);
		return;
	}
	if (strcmp(name, "sample") == 0) {
		set_sample(s, r, value);
		return;
	}
	if (strcmp(name, "region_label") == 0 || strcmp(name, "group_label") == 0) {
		snprintf(r->label, sizeof r->label, "%.47s", value);
		return;
	}
	if (strcmp(name, "trigger") == 0) {
		r->released = strncmp(value, "release", 7) == 0;
		return;
	}
	if (strcmp(name, "key") == 0) {
		for (size_t i = 0; i < 3; i++)
			set_number(s, r, &opcodes[i], value);
		return;
	}
	for (size_t i = 0; i < sizeof opcodes / sizeof *opcodes; i++)
		if (strcmp(name, opcodes[i].name) == 0) {
			set_number(s, r, &opcodes[i], value);
			return;
		}
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		if (strcmp(name, ignored[i]) == 0)
			return;
	count_unknown(s, name);
}

/* --- headers ------------------------------------------------------------------------------------------ */

static void
end_region(sfz *s)
{
	if (s->level != REGION || s->status != DR_OK)
		return;
	if (s->n_regions >= SFZ_MAX_REGIONS) {
		stop(s, DR_BAD_INPUT, "too many regions");
		return;
	}
	if ((s->n_regions & (s->n_regions - 1)) == 0) {
		const size_t room = s->n_regions ? 2 * (size_t)s->n_regions : 1;
		sfz_region *grown = realloc(s->regions, room * sizeof *grown);
		if (!grown) {
			stop(s, DR_FAILED, "out of memory");
			return;
		}
		s->regions = grown;
	}
	s->regions[s->n_regions++] = s->open;
}

static void
begin_header(sfz *s, const char *name)
{
	end_region(s);
	if (strcmp(name, "control") == 0) {
		s->level = CONTROL;
	} else if (strcmp(name, "global") == 0) {
		s->level = GLOBAL;
		s->global = (sfz_region){.hikey = 127,
					 .keycenter = 60,
					 .hivel = 127,
					 .seq_position = 1,
					 .hirand = 1.0f,
					 .keytrack = 100.0f,
					 .amplitude = 100.0f,
					 .sustain = 100.0f,
					 .hipedal = 127};
		s->group = s->master = s->global;
	} else if (strcmp(name, "master") == 0) {
		s->level = MASTER;
		s->group = s->master = s->global;
	} else if (strcmp(name, "group") == 0) {
		if (s->level == GLOBAL)
			s->master = s->global;
		s->level = GROUP;
		s->group = s->master;
	} else if (strcmp(name, "region") == 0) {
		if (s->level == GLOBAL)
			s->group = s->master = s->global;
		else if (s->level == MASTER)
			s->group = s->master;
		s->level = REGION;
		s->open = s->group;
	} else {
		s->level = OTHER;
		if (strcmp(name, "curve") != 0 && strcmp(name, "effect") != 0 && strcmp(name, "midi") != 0)
			kit_warn(s->warner, "%s:%d: unknown header <%.30s>", s->name, s->line, name);
	}
}

/* --- text --------------------------------------------------------------------------------------------- */

static bool
is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Puts the defined values in the place of their names; the longest name that fits counts. */
static void
expand(const sfz *s, const char *from, size_t n, char *out, size_t size)
{
	size_t at = 0;
	for (size_t i = 0; i < n && at + 1 < size;) {
		const char *value = NULL;
		size_t length = 0;
		for (int d = 0; from[i] == '$' && d < s->n_defines; d++) {
			const size_t l = strlen(s->defines[d].name);
			if (l > length && l <= n - i && strncmp(from + i, s->defines[d].name, l) == 0) {
				value = s->defines[d].value;
				length = l;
			}
		}
		if (!value) {
			out[at++] = from[i++];
			continue;
		}
		for (; *value && at + 1 < size; value++)
			out[at++] = *value;
		i += length;
	}
	out[at] = '\0';
}

/* Where a value ends: at the line's end, at the next header, or before the next opcode's name. Names of files may
 * hold blanks. */
static size_t
value_length(const char *text)
{
	size_t n = 0;
	for (; text[n] && text[n] != '<'; n++) {
		if (!isspace((unsigned char)text[n]))
			continue;
		size_t k = n;
		while (isspace((unsigned char)text[k]))
			k++;
		size_t name = k;
		while (is_name_char(text[name]) || text[name] == '$')
			name++;
		if (name > k && text[name] == '=')
			break;
	}
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	return n;
}

static void read_text(sfz *s, const char *text, size_t size);

static void
do_include(sfz *s, const char *name)
{
	char *text;
	size_t size;
	dr_error fault;
	if (!s->include || s->depth >= SFZ_MAX_DEPTH || ++s->includes > MAX_INCLUDES) {
		kit_warn(s->warner, "%s:%d: #include of %.200s is not followed", s->name, s->line, name);
		return;
	}
	if (s->include(s->user, name, &text, &size, &fault) != DR_OK) {
		kit_warn(s->warner, "%s:%d: #include: %s", s->name, s->line, fault.text);
		return;
	}
	const char *outer = s->name;
	const int line = s->line;
	s->name = name;
	s->depth++;
	read_text(s, text, size);
	s->depth--;
	s->name = outer;
	s->line = line;
	free(text);
}

static void
directive(sfz *s, const char *line)
{
	char name[NAME], value[NAME], path[VALUE];
	if (sscanf(line, "#define %47s %47s", name, value) == 2 && name[0] == '$') {
		int d = 0;
		while (d < s->n_defines && strcmp(s->defines[d].name, name) != 0)
			d++;
		if (d >= MAX_DEFINES) {
			stop(s, DR_BAD_INPUT, "too many #defines");
			return;
		}
		s->n_defines += d == s->n_defines;
		strcpy(s->defines[d].name, name);
		strcpy(s->defines[d].value, value);
	} else if (sscanf(line, "#include \"%511[^\"]\"", path) == 1) {
		for (char *c = path; *c; c++)
			*c = *c == '\\' ? '/' : *c;
		do_include(s, path);
	} else {
		kit_warn(s->warner, "%s:%d: %.40s is not understood", s->name, s->line, line);
	}
}

static void
read_line(sfz *s, const char *at)
{
	while (*at && s->status == DR_OK) {
		if (isspace((unsigned char)*at)) {
			at++;
			continue;
		}
		if (*at == '#') {
			directive(s, at);
			return;
		}
		char name[NAME], value[VALUE];
		if (*at == '<') {
			const size_t n = strcspn(at, ">");
			if (!at[n]) {
				kit_warn(s->warner, "%s:%d: a header without its >", s->name, s->line);
				return;
			}
			snprintf(name, sizeof name, "%.*s", (int)(n - 1), at + 1);
			begin_header(s, name);
			at += n + 1;
			continue;
		}
		size_t n = 0;
		while (is_name_char(at[n]) || at[n] == '$')
			n++;
		if (n == 0 || at[n] != '=') {
			const size_t skip = strcspn(at, " \t<");
			kit_warn(s->warner, "%s:%d: %.*s is not understood", s->name, s->line,
				 (int)(skip < 40 ? skip : 40), at);
			at += skip ? skip : 1;
			continue;
		}
		expand(s, at, n, name, sizeof name);
		at += n + 1;
		n = value_length(at);
		expand(s, at, n, value, sizeof value);
		at += n;
		set_opcode(s, name, value);
	}
}

/* Line by line, comments taken out. */
static void
read_text(sfz *s, const char *text, size_t size)
{
	char line[4096];
	bool comment = false;
	s->line = 0;
	for (size_t i = 0; i < size && s->status == DR_OK;) {
		size_t n = 0;
		s->line++;
		for (; i < size && text[i] != '\n' && text[i] != '\r'; i++) {
			const char next = i + 1 < size ? text[i + 1] : '\0';
			if (comment) {
				if (text[i] == '*' && next == '/') {
					comment = false;
					i++;
				}
			} else if (text[i] == '/' && next == '*') {
				comment = true;
				i++;
			} else if (text[i] == '/' && next == '/') {
				while (i + 1 < size && text[i + 1] != '\n' && text[i + 1] != '\r')
					i++;
			} else if (text[i] && n + 1 < sizeof line) {
				line[n++] = text[i];
			}
		}
		if (i < size && text[i] == '\r' && i + 1 < size && text[i + 1] == '\n')
			i++;
		i++;
		line[n] = '\0';
		read_line(s, line);
	}
}

static void
tell_unknown(const sfz *s)
{
	char names[200] = "";
	size_t at = 0;
	for (int i = 0; i < s->n_unknown && at + NAME + 8 < sizeof names; i++)
		at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "", s->unknown[i]);
	if (s->unknown_count)
		kit_warn(s->warner, "%d opcodes of %d kinds are not used: %s", s->unknown_count, s->n_unknown,
			 names);
}

dr_status
kit_sfz_parse(const char *text, size_t size, const char *name, sfz_include_fn *include, void *user,
	      kit_warner *warner, kit_desc **out, dr_error *err)
{
	if (size > SFZ_MAX_BYTES)
		return error_set(err, DR_BAD_INPUT, "%s: too long for an SFZ file", name);
	sfz *s = calloc(1, sizeof *s);
	kit_desc *d = kit_desc_new();
	const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	dr_status status;
	if (s && d && c_locale) {
		const locale_t before = uselocale(c_locale);
		s->name = name;
		s->include = include;
		s->user = user;
		s->warner = warner;
		s->line = 1;
		begin_header(s, "global");
		s->level = OTHER;
		if (size >= 3 && memcmp(text, "\357\273\277", 3) == 0) {
			text += 3;
			size -= 3;
		}
		read_text(s, text, size);
		end_region(s);
		uselocale(before);
		if (s->status == DR_OK && s->n_regions == 0)
			s->status = error_set(&s->error, DR_BAD_INPUT, "%s: no <region> in it", name);
		status = s->status;
		if (status != DR_OK && err)
			*err = s->error;
		if (status == DR_OK) {
			tell_unknown(s);
			d->format = "SFZ";
			status = sfz_describe(s->regions, s->n_regions, warner, d, err);
		}
	} else {
		status = error_set(err, DR_FAILED, "%s: out of memory", name);
	}
	if (status == DR_OK)
		*out = d;
	else
		kit_desc_free(d);
	if (c_locale)
		freelocale(c_locale);
	if (s)
		free(s->regions);
	free(s);
	return status;
}

typedef struct includer {
	const char *folder;
} includer;

/* A file that is included: it lies in the kit's folder, as samples do. */
static dr_status
include_file(void *user, const char *name, char **text, size_t *size, dr_error *err)
{
	const char *folder = ((const includer *)user)->folder;
	kit_warner quiet = {.where = name};
	char *path = kit_desc_resolve(folder, name, &quiet);
	if (!path)
		return error_set(err, DR_BAD_INPUT, "%s: not there, or outside the kit's folder", name);
	const dr_status status = file_read_whole(path, SFZ_MAX_BYTES, text, size, err);
	free(path);
	return status;
}

dr_status
kit_sfz_read(const char *path, const char *folder, kit_warner *warner, kit_desc **out, dr_error *err)
{
	char *text;
	size_t size;
	const char *slash = strrchr(path, '/');
	includer user = {folder};
	dr_status status = file_read_whole(path, SFZ_MAX_BYTES, &text, &size, err);
	if (status != DR_OK)
		return status;
	status = kit_sfz_parse(text, size, slash ? slash + 1 : path, include_file, &user, warner, out, err);
	free(text);
	return status;
}
