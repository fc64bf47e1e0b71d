#include "model/kit_sfz_parser.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
				      "polyphony", "off_mode", "lochan",     "hichan",        "sw_default"};

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
		kit_warn(s->warner, "%s:%d: %s=%.40s is no number, and is ignored", s->name, s->line, o->name,
			 text);
		return false;
	}
	if (*out < o->low || *out > o->high) {
		const double clamped = fmin(fmax(*out, o->low), o->high);
		kit_warn(s->warner, "%s:%d: %s=%.40s is out of range; %g is used", s->name, s->line, o->name,
			 text, clamped);
		*out = clamped;
	}
	return true;
}

static sfz_region *
target(sfz *s)
{
	switch (s->level) {
	case SFZ_GLOBAL: return &s->global;
	case SFZ_MASTER: return &s->master;
	case SFZ_GROUP: return &s->group;
	case SFZ_REGION: return &s->open;
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
	if (s->n_unknown < SFZ_MAX_UNKNOWN)
		snprintf(s->unknown[s->n_unknown++], SFZ_NAME, "%s", name);
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

void
sfz_set_opcode(sfz *s, const char *name, const char *value)
{
	if (s->level == SFZ_CONTROL) {
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
