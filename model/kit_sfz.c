#include "model/kit_sfz.h"

#include "model/fileio.h"
#include "model/kit_sfz_parser.h"

#include <ctype.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void
stop(sfz *s, dr_status status, const char *fault)
{
	if (s->status == DR_OK)
		s->status = error_set(&s->error, status, "%s:%d: %s", s->name, s->line, fault);
}

static void
end_region(sfz *s)
{
	if (s->level != SFZ_REGION || s->status != DR_OK)
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
	/* What a header says is for all below it, whatever other headers come between. */
	if (s->level == SFZ_GLOBAL)
		s->group = s->master = s->global;
	else if (s->level == SFZ_MASTER)
		s->group = s->master;
	if (strcmp(name, "control") == 0) {
		s->level = SFZ_CONTROL;
	} else if (strcmp(name, "global") == 0) {
		s->level = SFZ_GLOBAL;
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
		s->level = SFZ_MASTER;
		s->group = s->master = s->global;
	} else if (strcmp(name, "group") == 0) {
		s->level = SFZ_GROUP;
		s->group = s->master;
	} else if (strcmp(name, "region") == 0) {
		s->level = SFZ_REGION;
		s->open = s->group;
	} else {
		s->level = SFZ_OTHER;
		if (strcmp(name, "curve") != 0 && strcmp(name, "effect") != 0 && strcmp(name, "midi") != 0)
			kit_warn(s->warner, "%s:%d: unknown header <%.30s>", s->name, s->line, name);
	}
}

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

/* Where a value ends: at the line's end, at the next header, or before the next opcode's name. Names of files
 * may hold blanks. */
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
	char *text = NULL;
	size_t size = 0;
	dr_error fault;
	if (!s->include || s->depth >= SFZ_MAX_DEPTH || ++s->includes > SFZ_MAX_INCLUDES) {
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
	char name[SFZ_NAME], value[SFZ_NAME], path[SFZ_VALUE];
	if (sscanf(line, "#define %47s %47s", name, value) == 2 && name[0] == '$') {
		int d = 0;
		while (d < s->n_defines && strcmp(s->defines[d].name, name) != 0)
			d++;
		if (d >= SFZ_MAX_DEFINES) {
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
		char name[SFZ_NAME], value[SFZ_VALUE];
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
		sfz_set_opcode(s, name, value);
	}
}

/* Line by line, comments taken out. */
static void
read_text(sfz *s, const char *text, size_t size)
{
	char line[4096] = "";
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
	for (int i = 0; i < s->n_unknown && at + SFZ_NAME + 8 < sizeof names; i++)
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
		s->level = SFZ_OTHER;
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
