#include "app/cell_text.h"

#include <stdio.h>
#include <string.h>

const char *
cell_to_text(int bar, int step, cell c, char text[CELL_TEXT_MAX])
{
	text[0] = '\0';
	if (c.kind == CELL_FREE)
		return text;
	int n = snprintf(text, CELL_TEXT_MAX, "%d.%d", bar + 1, step + 1);
	if (c.kind == CELL_REST) {
		snprintf(text + n, CELL_TEXT_MAX - (size_t)n, " rest");
		return text;
	}
	n += snprintf(text + n, CELL_TEXT_MAX - (size_t)n, " v%d", c.velocity);
	if (c.chance != 100)
		n += snprintf(text + n, CELL_TEXT_MAX - (size_t)n, " c%d", c.chance);
	if (c.of != 1)
		n += snprintf(text + n, CELL_TEXT_MAX - (size_t)n, " %d:%d", c.nth, c.of);
	if (c.ratchet != 1)
		n += snprintf(text + n, CELL_TEXT_MAX - (size_t)n, " r%d", c.ratchet);
	if (c.offset)
		snprintf(text + n, CELL_TEXT_MAX - (size_t)n, " o%d", c.offset);
	return text;
}

/* A number in its range, and nothing after it up to a blank or the end. */
static bool
number(const char *text, int low, int high, int *out)
{
	int used = 0;
	return sscanf(text, "%5d%n", out, &used) == 1 && (text[used] == '\0' || text[used] == ' ') &&
	       *out >= low && *out <= high;
}

static bool
word(const char *text, cell *c)
{
	int x = 0, of = 0, used = 0;
	switch (text[0]) {
	case 'v':
		if (!number(text + 1, 1, 127, &x))
			return false;
		c->velocity = (uint8_t)x;
		return true;
	case 'c':
		if (!number(text + 1, 1, 100, &x))
			return false;
		c->chance = (uint8_t)x;
		return true;
	case 'r':
		if (!number(text + 1, 1, STEP_MAX_RATCHET, &x))
			return false;
		c->ratchet = (uint8_t)x;
		return true;
	case 'o':
		if (!number(text + 1, INT8_MIN, INT8_MAX, &x))
			return false;
		c->offset = (int8_t)x;
		return true;
	default:
		if (sscanf(text, "%3d:%3d%n", &x, &of, &used) != 2 || (text[used] && text[used] != ' ') ||
		    of < 1 || of > CELL_MAX_OF || x < 1 || x > of)
			return false;
		c->nth = (uint8_t)x;
		c->of = (uint8_t)of;
		return true;
	}
}

bool
cell_from_text(const char *text, int *bar, int *step, cell *c)
{
	int b = 0, s = 0, used = 0;
	if (sscanf(text, "%3d.%3d %n", &b, &s, &used) != 2 || used == 0 || b < 1 || b > CELL_BARS || s < 1 ||
	    s > CELL_STEPS)
		return false;
	cell made = {.kind = CELL_REST};
	const char *at = text + used;
	if (strcmp(at, "rest") != 0) {
		made = cell_hit(100);
		if (*at != 'v')
			return false;
		for (; *at; at += strcspn(at, " "), at += strspn(at, " "))
			if (!word(at, &made))
				return false;
	}
	*bar = b - 1;
	*step = s - 1;
	*c = made;
	return true;
}
